"""Give a fibre another class."""

from labelbridge.core import MYELIN, InputError
from labelbridge.refine.edits import Edit, Layers
from labelbridge.refine.repairs.fibres import fibre_at
from labelbridge.refine.repairs.windows import Point

__all__ = ["relabel_fibre"]


def relabel_fibre(layers: Layers, at: Point, to: str, *, with_myelin: bool = False) -> Edit:
    """Give the clicked axon, or area of a further class, the class `to`; the edit is empty where it has it.

    Parameters
    ----------
    layers
        Class layers by name.
    at
        Row and column of a pixel of the fibre.
    to
        The new class, the name of a layer.
    with_myelin
        Whether its myelin takes the new class too, or stays as it is.

    Raises
    ------
    InputError
        Where there is no such layer, no fibre at the pixel, or a too large one.
    """
    if to not in layers:
        raise InputError(f"got the new class '{to}', expected one of {list(layers)}.")
    fibre = fibre_at(layers, at, any_class=True)
    moved = fibre.whole if with_myelin else fibre.axon
    new = {name: layers[name][fibre.window] * ~moved for name in (fibre.kind, MYELIN)}
    new[to] = layers[to][fibre.window] | moved
    return Edit.of_arrays(layers, fibre.window, new, f"relabel as {to}")
