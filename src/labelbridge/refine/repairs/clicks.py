"""What was clicked and which numbers came with it, checked."""

from labelbridge.core import AXON, MYELIN, InputError
from labelbridge.refine.edits import Layers, shape_of
from labelbridge.refine.repairs.windows import Point

__all__ = ["check_positive", "checked_shape", "class_at", "name_place"]


def checked_shape(layers: Layers, at: Point) -> tuple[int, int]:
    """Return the shape of the layers; raises InputError where they have no axon or myelin, or no such pixel."""
    shape = shape_of(layers)
    if not {AXON, MYELIN} <= layers.keys():
        raise InputError(f"got the class layers {list(layers)}, expected '{AXON}' and '{MYELIN}' among them.")
    if not (0 <= at[0] < shape[0] and 0 <= at[1] < shape[1]):
        raise InputError(
            f"got a click at {name_place(at)}, outside the image of {shape[1]} x {shape[0]} px; click within it."
        )
    return shape


def check_positive(value: float, name: str, unit: str = "px") -> None:
    """Raise InputError where a number is not above 0."""
    if not value > 0:
        raise InputError(f"got a {name} of {value} {unit}, expected more than 0.")


def name_place(at: Point) -> str:
    """Return how a sentence names a pixel."""
    return f"row {at[0]}, column {at[1]}"


def class_at(layers: Layers, at: Point) -> str | None:
    """Return the class of a pixel, None for background."""
    return next((name for name, layer in layers.items() if layer[at]), None)
