"""Split axons that have grown together."""

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import AXON, MYELIN, BoolArray, InputError
from labelbridge.refine.edits import Edit, Layers
from labelbridge.refine.repairs.clicks import check_positive, name_place
from labelbridge.refine.repairs.fibres import fibre_at
from labelbridge.refine.repairs.windows import Point

__all__ = ["split_axon"]


def split_axon(layers: Layers, at: Point, *, gap_px: int = 1, depth_px: float = 1.0) -> Edit:
    """Draw a line through the waist of the clicked axon, or several: of myelin where it has some, else of background.

    Parameters
    ----------
    layers
        Class layers by name.
    at
        Row and column of a pixel of the axon, or of its myelin.
    gap_px
        Thickness of the line, 1 or 2 px.
    depth_px
        How much the largest circle in either part must exceed, in radius, the largest one in the waist.

    Raises
    ------
    InputError
        Where only one axon is found, no fibre is at the pixel, or a too large one, or a setting cannot be.
    """
    if gap_px not in (1, 2):
        raise InputError(f"got a gap of {gap_px} px, expected 1 or 2 px.")
    check_positive(depth_px, "depth")
    fibre = fibre_at(layers, at).with_margin(1)
    line = _line(fibre.axon, gap_px, depth_px)
    if not line.any():
        raise InputError(
            f"got an axon at {name_place(at)} that has no waist, so only one axon was found; "
            "allow a lesser depth, or draw the line with the eraser."
        )
    new = {AXON: layers[AXON][fibre.window] * ~line}
    if fibre.myelin.any():
        new[MYELIN] = layers[MYELIN][fibre.window] | line
    return Edit.of_arrays(layers, fibre.window, new, "split axon")


def _line(axon: BoolArray, gap_px: int, depth_px: float) -> BoolArray:
    """Return where parts of an axon meet, axes (Y, X), bool; without it they do not touch even by a corner."""
    from scipy import ndimage

    parts = _parts(axon, depth_px)
    highest = ndimage.maximum_filter(parts, 3)
    line = parts < highest
    if gap_px == 2:
        lowest = ndimage.minimum_filter(np.where(axon, parts, parts.max()), 3)
        line |= parts > lowest
    return np.asarray(line & axon, np.bool_)


def _parts(axon: BoolArray, depth_px: float) -> NDArray[np.int32]:
    """Return the numbered parts of an axon, one for each summit of the distance to its outline."""
    from scipy import ndimage
    from skimage.morphology import local_maxima, reconstruction
    from skimage.segmentation import watershed

    distance = ndimage.distance_transform_edt(axon)
    lowered = reconstruction(np.maximum(distance - depth_px, 0), distance)
    summits, _ = ndimage.label(local_maxima(lowered) & axon, np.ones((3, 3)))
    parts: NDArray[np.int32] = watershed(-distance, summits, mask=axon)
    return parts
