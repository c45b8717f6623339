"""Grow a ring of myelin around an axon."""

import math

import numpy as np

from labelbridge.core import AXON, MYELIN, BoolArray
from labelbridge.refine.edits import Edit, Layers
from labelbridge.refine.repairs.areas import connected, occupied
from labelbridge.refine.repairs.clicks import check_positive
from labelbridge.refine.repairs.fibres import Fibre, fibre_at
from labelbridge.refine.repairs.windows import Point

__all__ = ["grow_ring"]


def grow_ring(layers: Layers, at: Point, thickness_px: float) -> Edit:
    """Add myelin up to a distance from the clicked axon, on background alone and where no other axon is nearer.

    Myelin that is there stays. What lies behind other fibres or classes, seen from the axon, is not reached.

    Parameters
    ----------
    layers
        Class layers by name.
    at
        Row and column of a pixel of the axon, or of its myelin.
    thickness_px
        Thickness of the ring in px.

    Raises
    ------
    InputError
        Where no fibre is at the pixel, or a too large one, or the thickness is not above 0.
    """
    check_positive(thickness_px, "thickness")
    fibre = fibre_at(layers, at)
    fibre = fibre.with_margin(2 * math.ceil(thickness_px) + 1)
    near = _nearer_than(thickness_px, layers, fibre) & ~occupied(layers, fibre.window)
    row, column = np.argwhere(fibre.axon)[0]
    ring = connected(near | fibre.whole, (int(row), int(column))) & near
    return Edit.of_arrays(layers, fibre.window, {MYELIN: layers[MYELIN][fibre.window] | ring}, "grow ring")


def _nearer_than(thickness_px: float, layers: Layers, fibre: Fibre) -> BoolArray:
    """Return where the fibre's axon is within reach and no other axon nearer, axes (Y, X), bool."""
    from scipy import ndimage

    distance = ndimage.distance_transform_edt(~fibre.axon)
    near = distance <= thickness_px
    others = (layers[AXON][fibre.window] != 0) & ~fibre.axon
    if others.any():
        near &= distance <= ndimage.distance_transform_edt(~others)
    return np.asarray(near, np.bool_)
