"""Repairs: each looks at the layers around a click and returns the edit that would mend them, changing nothing."""

from labelbridge.refine.repairs.borders import BorderMove, move_border
from labelbridge.refine.repairs.delete import delete_fibre
from labelbridge.refine.repairs.fibres import Fibre, fibre_at
from labelbridge.refine.repairs.fill import fill_ring
from labelbridge.refine.repairs.grow import grow_ring
from labelbridge.refine.repairs.relabel import relabel_fibre
from labelbridge.refine.repairs.smooth import smooth_fibre
from labelbridge.refine.repairs.specks import fill_holes, remove_specks
from labelbridge.refine.repairs.split import split_axon

__all__ = [
    "BorderMove",
    "Fibre",
    "delete_fibre",
    "fibre_at",
    "fill_holes",
    "fill_ring",
    "grow_ring",
    "move_border",
    "relabel_fibre",
    "remove_specks",
    "smooth_fibre",
    "split_axon",
]
