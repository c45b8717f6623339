"""Delete a fibre."""

from labelbridge.core import MYELIN
from labelbridge.refine.edits import Edit, Layers
from labelbridge.refine.repairs.fibres import fibre_at
from labelbridge.refine.repairs.windows import Point

__all__ = ["delete_fibre"]


def delete_fibre(layers: Layers, at: Point) -> Edit:
    """Delete the clicked axon, or area of a further class, with the myelin that belongs to it.

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
    fibre = fibre_at(layers, at, any_class=True)
    new = {
        name: layers[name][fibre.window] * ~gone for name, gone in ((fibre.kind, fibre.axon), (MYELIN, fibre.myelin))
    }
    return Edit.of_arrays(layers, fibre.window, new, "delete fibre")
