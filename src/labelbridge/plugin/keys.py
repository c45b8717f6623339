"""The keys of the Refine dock.

None is one of napari's own for labels, images or the window but E and those for undo, which mean the same there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app_model.types import KeyBinding, KeyCode, KeyMod

__all__ = ["KEYS", "POINTER_KEYS", "REPAIR_KEYS", "UNDO_KEYS", "BoundKeys", "Key"]


@dataclass(frozen=True)
class Key:
    """A key, and what it does.

    Attributes
    ----------
    code
        The key as napari takes it; the Control key is Command on a Mac.
    label
        What it does, in a word or two.
    tooltip
        What it does, in a sentence.
    """

    code: int
    label: str
    tooltip: str

    @property
    def text(self) -> str:
        """The key as it is written on this system."""
        return KeyBinding.from_int(self.code).to_text()

    @property
    def title(self) -> str:
        """What stands on its button."""
        return f"{self.label}  [{self.text}]"


KEYS: Mapping[str, Key] = {
    "axon": Key(KeyCode.KeyQ, "Axon", "Paint axon; myelin goes where you paint."),
    "myelin": Key(KeyCode.KeyW, "Myelin", "Paint myelin; axon goes where you paint."),
    "erase": Key(KeyCode.KeyE, "Eraser", "Erase the class that is chosen."),
    "smaller": Key(KeyCode.Comma, "Smaller", "Make the brush smaller."),
    "larger": Key(KeyCode.Period, "Larger", "Make the brush larger."),
    "hide": Key(KeyCode.KeyH, "Hide masks", "Hide the masks, or show them again."),
    "previous": Key(KeyCode.KeyJ, "Previous", "Go back to the place that ranks before this one."),
    "accept": Key(KeyCode.KeyG, "Accept", "This place is good: mark it and go to the next one."),
    "next": Key(KeyCode.KeyN, "Next", "Go to the next place that is likely wrong and was not looked at."),
}
"""By action."""

POINTER_KEYS: Mapping[str, Key] = {
    "delete fibre": Key(KeyCode.KeyD, "Delete fibre", "Delete the fibre under the pointer, or myelin without axon."),
    "thinner ring": Key(KeyCode.KeyA, "Thinner ring", "Make the ring of the fibre under the pointer thinner."),
    "thicker ring": Key(KeyCode.KeyS, "Thicker ring", "Make the ring of the fibre under the pointer thicker."),
    "narrower axon": Key(KeyMod.Shift | KeyCode.KeyA, "Narrower axon", "Give some of the axon to its ring."),
    "wider axon": Key(KeyMod.Shift | KeyCode.KeyS, "Wider axon", "Give some of the ring to its axon."),
}
"""Repairs of the fibre under the pointer, done at once: by the names in `AT_POINTER`."""

UNDO_KEYS: Mapping[str, Key] = {
    "undo": Key(KeyMod.CtrlCmd | KeyCode.KeyZ, "Undo", "Take back the latest edit, in all classes."),
    "redo": Key(KeyMod.CtrlCmd | KeyMod.Shift | KeyCode.KeyZ, "Redo", "Do again what was undone last."),
}
"""Napari's own keys for the same, bound to the one history of all classes."""

REPAIR_KEYS: Mapping[str, Key] = {
    "apply": Key(KeyCode.Enter, "Apply", "Apply the repair that is shown; undo takes it back."),
    "leave": Key(KeyCode.Escape, "Leave", "Leave the repair without changing anything."),
}
"""Bound while a repair is chosen."""


class BoundKeys:
    """Keys bound in a viewer and in some of its layers, and what they were bound to before.

    A layer's keys come before the viewer's, so those that napari binds for all Labels layers must be bound there.
    """

    def __init__(self) -> None:
        self._before: list[tuple[Any, int, object]] = []

    def bind(self, holder: Any, key: int, action: Callable[[], object]) -> None:
        """Let a key of a viewer or a layer do `action`, as napari takes it."""

        def act(_: object) -> None:
            action()

        self._before.append((holder, key, holder.bind_key(key, act, overwrite=True)))

    def release(self) -> None:
        """Let all keys do what they did before."""
        for holder, key, before in reversed(self._before):
            holder.bind_key(key, before, overwrite=True)
        self._before.clear()
