"""Generated images that look like electron microscopy of nerve, with exact labels."""

from phantoms.pair import PAIR_FIBRE_PX, Pair, make_pair
from phantoms.sem import LOOKS, SemLook, make_sem
from phantoms.tem import AXON, MYELIN, UAXON, make_tem

__all__ = [
    "AXON",
    "LOOKS",
    "MYELIN",
    "PAIR_FIBRE_PX",
    "UAXON",
    "Pair",
    "SemLook",
    "make_pair",
    "make_sem",
    "make_tem",
]
