"""Generated images that look like electron microscopy of nerve, with exact labels."""

from phantoms.sem import LOOKS, SemLook, make_sem
from phantoms.tem import AXON, MYELIN, UAXON, make_tem

__all__ = ["AXON", "LOOKS", "MYELIN", "UAXON", "SemLook", "make_sem", "make_tem"]
