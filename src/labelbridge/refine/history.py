"""One history of edits for all class layers of an image."""

from collections.abc import Callable
from typing import Protocol

from labelbridge.core import InputError
from labelbridge.refine.edits import Edit, Layers, Window, shape_of

__all__ = ["UNDO_BYTES", "History", "Listener", "Recorder"]

UNDO_BYTES = 256 * 2**20
"""Memory for edits that can be undone, unless told otherwise: some ten thousand strokes."""

Listener = Callable[[tuple[str, ...], Window], object]
"""Told after a change: the names of the changed layers, and the window that holds the changed pixels."""


class Recorder(Protocol):
    """Whoever writes down what happens to a history; `Journal` does."""

    def append_edit(self, edit: Edit, *, continues: bool = False) -> object:
        """Note an edit, or the continuation of the last one."""
        ...

    def append_undo(self) -> object:
        """Note that the last edit was undone."""
        ...

    def append_redo(self) -> object:
        """Note that the edit undone last was done again."""
        ...


class History:
    """Edits of the class layers of one image, undone and redone for all layers together; for one thread.

    All changes of the layers go through it. Edits beyond `undo_bytes` can no longer be undone, the oldest first; they
    stay done, and stay in the journal. The latest can always be undone.

    Parameters
    ----------
    layers
        Class layers by name, each (Y, X), uint8, 0 or 1, not overlapping: the very arrays that a viewer shows. They are
        changed in place.
    undo_bytes
        Memory for edits that can be undone.

    Attributes
    ----------
    layers
        As given.
    undo_bytes
        As given.
    recorder
        Writes down what happens, or None; `Journal` sets it.
    listeners
        Called after each change, in order.

    Raises
    ------
    InputError
        Where the layers are not uint8 planes of one shape.
    """

    def __init__(self, layers: Layers, *, undo_bytes: int = UNDO_BYTES) -> None:
        self.shape = shape_of(layers)
        self.layers = dict(layers)
        self.undo_bytes = undo_bytes
        self.recorder: Recorder | None = None
        self.listeners: list[Listener] = []
        self._done: list[Edit] = []
        self._undone: list[Edit] = []
        self._done_bytes = 0

    @property
    def done(self) -> tuple[Edit, ...]:
        """Edits that can be undone, the latest last."""
        return tuple(self._done)

    @property
    def undone(self) -> tuple[Edit, ...]:
        """Edits that can be redone, the next one last."""
        return tuple(self._undone)

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to redo."""
        return bool(self._undone)

    def apply(self, edit: Edit) -> None:
        """Change the layers and remember it; what was undone cannot be redone after that. An empty edit is nothing.

        Raises
        ------
        InputError
            Where the layers have changed since the edit was made; nothing is changed then.
        """
        self._check(edit)
        if not edit.fits(self.layers):
            raise InputError(
                f"got '{edit.action}' for masks that have changed since; expected the same masks, repeat it."
            )
        self.record(edit)

    def record(self, edit: Edit, *, continues: bool = False) -> None:
        """Remember an edit that a viewer has painted already; what it takes from other layers is taken now.

        Parameters
        ----------
        edit
            The edit, as `Edit.of_stroke` makes it. An empty one is nothing.
        continues
            Whether it belongs to the latest edit, so that both are undone in one step: a long stroke can be recorded,
            and thereby kept, in parts.

        Raises
        ------
        InputError
            Where the edit is for other layers.
        """
        self._check(edit)
        if edit.is_empty:
            return
        continues = continues and self.can_undo
        edit.write_after(self.layers)
        self._undone.clear()
        whole = self._pop().followed_by(edit) if continues else edit
        if not whole.is_empty:
            self._push(whole)
        if self.recorder:
            self.recorder.append_edit(edit, continues=continues)
        self._tell(edit)

    def undo(self) -> Edit | None:
        """Take back the latest edit in all its layers and return it; None where there is none."""
        if not self._done:
            return None
        edit = self._pop()
        edit.write_before(self.layers)
        self._undone.append(edit)
        if self.recorder:
            self.recorder.append_undo()
        self._tell(edit)
        return edit

    def redo(self) -> Edit | None:
        """Do again in all its layers what was undone last and return it; None where there is nothing."""
        if not self._undone:
            return None
        edit = self._undone.pop()
        edit.write_after(self.layers)
        self._push(edit)
        if self.recorder:
            self.recorder.append_redo()
        self._tell(edit)
        return edit

    def _check(self, edit: Edit) -> None:
        if edit.shape != self.shape or not edit.changes.keys() <= self.layers.keys():
            raise InputError(
                f"got an edit of {list(edit.changes)} of shape {edit.shape}, "
                f"expected one of {list(self.layers)} of shape {self.shape}."
            )

    def _push(self, edit: Edit) -> None:
        self._done.append(edit)
        self._done_bytes += edit.nbytes
        while self._done_bytes > self.undo_bytes and len(self._done) > 1:
            self._done_bytes -= self._done.pop(0).nbytes

    def _pop(self) -> Edit:
        edit = self._done.pop()
        self._done_bytes -= edit.nbytes
        return edit

    def _tell(self, edit: Edit) -> None:
        for listener in self.listeners:
            listener(tuple(edit.changes), edit.window)
