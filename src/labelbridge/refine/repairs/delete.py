"""Delete a fibre."""

from labelbridge.core import MYELIN
from labelbridge.refine.edits import Edit, Layers
from labelbridge.refine.repairs.areas import area_at
from labelbridge.refine.repairs.clicks import checked_shape, class_at
from labelbridge.refine.repairs.fibres import axon_of_myelin, fibre_at, too_large
from labelbridge.refine.repairs.windows import Point

__all__ = ["delete_fibre"]

_ACTION = "delete fibre"


def delete_fibre(layers: Layers, at: Point) -> Edit:
    """Delete the clicked axon, or area of a further class, with the myelin that belongs to it.

    An area of myelin without any axon goes as a whole.

    Parameters
    ----------
    layers
        Class layers by name.
    at
        Row and column of a pixel of the fibre.

    Raises
    ------
    InputError
        Where there is no fibre at the pixel, or a too large one.
    """
    shape = checked_shape(layers, at)
    if class_at(layers, at) == MYELIN:
        owner = axon_of_myelin(layers, at)
        if owner is None:
            return _without_area(layers, at, shape)
        at = owner
    fibre = fibre_at(layers, at, any_class=True)
    new = {
        name: layers[name][fibre.window] * ~gone for name, gone in ((fibre.kind, fibre.axon), (MYELIN, fibre.myelin))
    }
    return Edit.of_arrays(layers, fibre.window, new, _ACTION)


def _without_area(layers: Layers, at: Point, shape: tuple[int, int]) -> Edit:
    """Delete the connected area of myelin that a pixel lies in."""
    area = area_at(lambda window: layers[MYELIN][window] != 0, at, shape)
    if area is None:
        raise too_large(MYELIN, at)
    window, loose = area
    return Edit.of_arrays(layers, window, {MYELIN: layers[MYELIN][window] * ~loose}, _ACTION)
