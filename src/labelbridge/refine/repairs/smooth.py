"""Smooth the outline of a fibre."""

import math

import numpy as np

from labelbridge.core import MYELIN, BoolArray, InputError
from labelbridge.refine.edits import Edit, Layers
from labelbridge.refine.repairs.areas import occupied
from labelbridge.refine.repairs.clicks import check_positive, name_place
from labelbridge.refine.repairs.fibres import Fibre, fibre_at
from labelbridge.refine.repairs.windows import Point

__all__ = ["smooth_fibre"]


def smooth_fibre(layers: Layers, at: Point, radius_px: float) -> Edit:
    """Smooth the outlines of the clicked axon and its myelin, so that each pixel is as most of those around it are.

    Spurs go and notches are filled, where that neither changes other fibres nor makes them touch this one. Myelin
    may be thin, because its outer outline is smoothed and not the ring.

    Parameters
    ----------
    layers
        Class layers by name.
    at
        Row and column of a pixel of the fibre, or of a further class.
    radius_px
        Radius of the circle around a pixel that counts, in px: weighted by a Gaussian of half of it.

    Raises
    ------
    InputError
        Where the axon would vanish, no fibre is at the pixel, or a too large one, or the radius is not above 0.
    """
    check_positive(radius_px, "radius")
    fibre = fibre_at(layers, at, any_class=True).with_margin(2 * math.ceil(radius_px) + 2)
    others = occupied(layers, fibre.window) & ~fibre.whole
    axon = _smoothed(fibre.axon, others, radius_px)
    if not axon.any():
        raise InputError(
            f"got a radius of {radius_px:g} px, too large for the fibre at {name_place(at)}, which would vanish; "
            "take a smaller one."
        )
    axon &= _room(fibre.axon, others)
    new = {fibre.kind: (layers[fibre.kind][fibre.window] * ~fibre.axon) | axon}
    if fibre.myelin.any():
        myelin = _smoothed_myelin(fibre, others, axon, radius_px)
        new[MYELIN] = (layers[MYELIN][fibre.window] * ~fibre.whole) | myelin
    return Edit.of_arrays(layers, fibre.window, new, "smooth")


def _smoothed_myelin(fibre: Fibre, others: BoolArray, axon: BoolArray, radius_px: float) -> BoolArray:
    """Return what lies between the new outline of the axon and that of the fibre; gaps in between stay."""
    from scipy import ndimage

    filled = ndimage.binary_fill_holes(fibre.whole)
    gaps = filled & ~fibre.whole
    return np.asarray(_smoothed(filled, others, radius_px) & ~gaps & ~axon & _room(fibre.whole, others), np.bool_)


def _room(own: BoolArray, others: BoolArray) -> BoolArray:
    """Return where a mask is already or no other fibre is touched, axes (Y, X), bool."""
    from scipy import ndimage

    return np.asarray(own | ~ndimage.binary_dilation(others, np.ones((3, 3))), np.bool_)


def _smoothed(mask: BoolArray, others: BoolArray, radius_px: float) -> BoolArray:
    """Return a mask (Y, X) with a smooth outline; beyond the image it is taken to go on as at the border.

    Where fibres lie side by side, the ends of their seam are no corners: `others` support what is there.
    """
    return (mask & _averaged(mask | others, radius_px)) | _averaged(mask, radius_px)


def _averaged(mask: BoolArray, radius_px: float) -> BoolArray:
    """Return where the larger part of what surrounds a pixel lies in the mask (Y, X)."""
    from scipy import ndimage

    weights = ndimage.gaussian_filter(mask.astype(np.float32), radius_px / 2, mode="nearest", truncate=4.0)
    return np.asarray(weights > 0.5, np.bool_)
