"""Which myelin belongs to which axon, for all fibres of a window at once."""

from typing import NamedTuple

import numpy as np

from labelbridge.core import GAP_PX, MYELIN, Numbers, nearest_axons
from labelbridge.refine.edits import Layers, Window
from labelbridge.refine.repairs.fibres import way_through_myelin
from labelbridge.refine.repairs.windows import distance_to_cut

__all__ = ["Territory", "territory_of"]


class Territory(NamedTuple):
    """The fibres of a window."""

    owner: Numbers
    """Number of the axon for each pixel of axon and of myelin that belongs to one, 0 elsewhere."""

    unsure: Numbers
    """The same where what lies beyond the window may change it, 0 elsewhere."""


def territory_of(layers: Layers, window: Window, axons: Numbers, shape: tuple[int, int]) -> Territory:
    """Give each pixel of myelin to the axon that `labelbridge.refine.repairs.fibre_at` would give it to.

    That is the axon to which the way through myelin, and a gap of up to 2 px around the axon, is shortest; where two
    are equally far, none. Myelin that is more than about 150 px away belongs to none.

    Parameters
    ----------
    layers
        Class layers by name.
    window
        Rows and columns to look at.
    axons
        Numbers of the axons in the window.
    shape
        Height and width of the image in px.
    """
    way = way_through_myelin(layers, window)
    distance, nearest = nearest_axons(way, axons)
    unsure = np.where(distance + GAP_PX >= distance_to_cut(window, shape), nearest, np.int32(0))
    return Territory(np.where(way & (layers[MYELIN][window] == 0), np.int32(0), nearest), unsure)
