"""Class layers made ready to be corrected: planes of 0 and 1 that can be written to and do not overlap."""

from typing import TYPE_CHECKING

import numpy as np

from labelbridge.core import AXON, MYELIN, InputError, LabelArray, bands

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari.layers import Labels

__all__ = ["empty_masks", "make_ready"]


def empty_masks(shape: tuple[int, int]) -> dict[str, LabelArray]:
    """Return masks of axon and myelin with nothing in them, for an image of this height and width."""
    return {name: np.zeros(shape, np.uint8) for name in (AXON, MYELIN)}


def make_ready(layers: "Mapping[str, Labels]", shape: tuple[int, int]) -> list[str]:
    """Give class layers arrays that can be corrected, and return a sentence for each thing that had to be changed.

    Arrays of whole numbers with one value beside 0 become 0 and 1; where classes overlap, the axon yields to the
    myelin and others yield to both. Arrays that need no change are kept: what belongs to others is not written to.

    Parameters
    ----------
    layers
        Class layers by name.
    shape
        Height and width of their image in px.

    Raises
    ------
    InputError
        Where a layer is no mask of this shape; no layer is changed then.
    """
    masks = {name: _mask(layer, shape) for name, layer in layers.items()}
    overlap = _untangle(masks)
    for name, mask in masks.items():
        if layers[name].data is not mask:
            layers[name].data = mask
        layers[name].editable = True
    return [f"{overlap:,} pixels were in two classes; one class was kept in each, myelin first."] if overlap else []


def _mask(layer: "Labels", shape: tuple[int, int]) -> LabelArray:
    """Return a layer's own array where it can be corrected as it is, else a copy."""
    if layer.multiscale or tuple(layer.data.shape) != shape:
        got = "several resolutions" if layer.multiscale else f"a mask of shape {tuple(layer.data.shape)}"
        raise InputError(
            f"{layer.name}: got {got} for an image of {shape} (height, width), expected one plane of the same shape; "
            "choose the masks of this image, or one plane of the stack."
        )
    data: LabelArray = layer.data
    if isinstance(data, np.ndarray) and data.dtype == np.uint8 and data.flags.writeable and data.max(initial=0) <= 1:
        return data
    copy = np.asarray(data)
    values = np.unique(copy)
    if np.count_nonzero(values) > 1:
        raise InputError(
            f"{layer.name}: got {np.count_nonzero(values):,} labels beside the background, expected a mask of 0 and "
            "1; merge the labels of the class first."
        )
    return np.asarray(copy != 0, np.uint8)


def _untangle(masks: dict[str, LabelArray]) -> int:
    """Leave one class in each pixel, in arrays of its own, and return how many pixels had more."""
    order = sorted(masks, key=lambda name: {MYELIN: 0, AXON: 1}.get(name, 2))
    overlap = 0
    for number, name in enumerate(order[1:], start=1):
        mask = masks[name]
        for rows in bands((mask.shape[0], mask.shape[1])):
            both = mask[rows] & np.bitwise_or.reduce([masks[other][rows] for other in order[:number]])
            if both.any():
                if masks[name] is mask:
                    masks[name] = mask.copy()
                masks[name][rows] -= both
                overlap += int(np.count_nonzero(both))
    return overlap
