"""The correction of one image: its history, journal, review queue and effort, kept in step."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from psygnal import Signal

from labelbridge.core import AnyArray, InputError, Reporter
from labelbridge.plugin.presenters.differences import are_same
from labelbridge.plugin.presenters.journaling import SessionJournal
from labelbridge.plugin.presenters.reviewing import Evidence, Reviewing
from labelbridge.refine import Edit, History, MaskOrigin, Note, restore_session
from labelbridge.refine.edits import Layers, Window
from labelbridge.refine.effort import EffortLedger
from labelbridge.refine.review import FibreRow, Place, ReviewQueue

__all__ = ["CorrectionSession"]

_SETTLE_S = 1.0
"""Longest time that the end waits for what has changed to be measured again."""


class CorrectionSession:
    """All that belongs to correcting the masks of one image; made by `begin` or `restore`, ended by `close`.

    Parameters
    ----------
    history
        Edits of the class layers.
    folder
        Where journal and effort go.
    image, image_id
        Name of the image, and what tells it from others.
    origin
        Where the masks came from that the correction begins with; None where that is not known.
    notes
        Notes of the journal that it was restored from.

    Attributes
    ----------
    image, image_id, origin
        As given.
    history
        As given; its layers are the very arrays that are shown.
    reviewing
        The review queue, once it is built.
    ledger
        What the correction takes.
    about_to_change
        Emitted before an undo, a redo, a repair and the end: who holds unrecorded strokes records them now.
    about_to_look
        Emitted before the masks are ranked, accepted or exported: who holds a stroke records it so far, and goes on
        with the same one.
    layers_changed
        Emitted after the masks have changed: names of the layers, window.
    changed
        Emitted after anything that a dock shows has changed.
    journal_begun
        Emitted when the journal has begun.
    problem
        Emitted with one sentence where edits are not kept on the disk, with None once they are; in any thread.
    """

    about_to_change = Signal()
    about_to_look = Signal()
    layers_changed = Signal(tuple, tuple)
    changed = Signal()
    journal_begun = Signal()
    problem = Signal(object)

    def __init__(
        self,
        history: History,
        *,
        folder: Path,
        image: str,
        image_id: str,
        origin: MaskOrigin | None = None,
        notes: tuple[Note, ...] = (),
    ) -> None:
        self.image, self.image_id = image, image_id
        self.origin = origin or MaskOrigin()
        self.history = history
        self.reviewing = Reviewing(history, notes)
        self.ledger = EffortLedger(folder, image=image, image_id=image_id, first_masks=self.origin.first_masks)
        self._journal = SessionJournal(
            history, folder=folder, image=image, image_id=image_id, origin=self.origin, tell=self.problem.emit
        )
        self._is_open, self._is_saved = True, True
        history.listeners.append(self._on_change)

    @classmethod
    def begin(
        cls, layers: Layers, *, folder: Path, image: str, image_id: str, origin: MaskOrigin | None = None
    ) -> Self:
        """Begin to correct class layers: the very arrays that are shown, each (Y, X), uint8, 0 or 1.

        Raises
        ------
        InputError
            Where they are not planes of one shape, uint8.
        """
        return cls(History(layers), folder=folder, image=image, image_id=image_id, origin=origin)

    @classmethod
    def restore(cls, path: Path) -> Self:
        """Continue the correction that a journal holds; `history.layers` are to be shown.

        Raises
        ------
        InputError
            Where the journal cannot be read, or another window has it open.
        """
        restored = restore_session(path)
        header = restored.header
        session = cls(
            restored.history,
            folder=path.parent,
            image=header.image,
            image_id=header.image_id,
            origin=header.origin,
            notes=restored.notes,
        )
        session._journal = SessionJournal.resume(restored, tell=session.problem.emit)
        session._is_saved = restored.is_saved
        return session

    @property
    def is_open(self) -> bool:
        """Whether it still takes edits."""
        return self._is_open

    @property
    def journal_path(self) -> Path | None:
        """The journal's file; None before the first edit."""
        return self._journal.path

    @property
    def is_unsaved(self) -> bool:
        """Whether the masks have changed since they were exported or saved; all changes are in the journal."""
        return not self._is_saved

    def record(self, edit: Edit, *, continues: bool = False) -> None:
        """Take an edit that is painted already, as `History.record` does, and bring it to the disk."""
        if edit.is_empty:
            return
        self._begin_journal()
        self.ledger.saw_edit(edit, continues=continues)
        self.history.record(edit, continues=continues)

    def apply(self, edit: Edit) -> None:
        """Do an edit that is not painted yet, such as a repair.

        Raises
        ------
        InputError
            Where the masks have changed since it was made.
        """
        self.about_to_change.emit()
        self._begin_journal()
        self.history.apply(edit)
        self.ledger.saw_edit(edit)

    def undo(self) -> bool:
        """Take back the latest edit in all layers; return whether there was one."""
        self.about_to_change.emit()
        if self.history.undo() is None:
            return False
        self.ledger.saw_undo()
        return True

    def redo(self) -> bool:
        """Do again what was undone last; return whether there was something."""
        self.about_to_change.emit()
        if self.history.redo() is None:
            return False
        self.ledger.saw_redo()
        return True

    def review_work(self, evidence: Evidence | None = None) -> Callable[[Reporter], ReviewQueue]:
        """Return the function that builds the review queue from copies of the masks, for a worker thread."""
        self.about_to_look.emit()
        return self.reviewing.work(evidence or Evidence())

    def adopt(self, queue: ReviewQueue) -> None:
        """Take the queue that a worker has built, and let it catch up with what was painted meanwhile."""
        self.about_to_look.emit()
        self.reviewing.adopt(queue, self._journal)
        self.changed.emit()

    def accept(self, place: Place) -> None:
        """Mark a place as looked at; it counts as corrected where it was changed by hand.

        Raises
        ------
        InputError
            Where its masks have changed since it was chosen.
        """
        self.about_to_look.emit()
        self._begin_journal()
        queue = self.reviewing.settled()
        queue.accept(place)
        if place.kind == "fibre":
            if queue.state(place) == "corrected":
                self.ledger.saw_correction()
            else:
                self.ledger.saw_accept()
        self.changed.emit()

    def fibre_rows(self) -> list[FibreRow] | None:
        """Record what is painted, and return each fibre with its state; None before they are ranked."""
        self.about_to_look.emit()
        return None if self.reviewing.queue is None else self.reviewing.settled().fibre_rows()

    def note_saved(self, masks: Mapping[str, AnyArray]) -> None:
        """Note that masks were exported or saved, by class name, (Y, X); nothing where they have changed meanwhile."""
        self.about_to_look.emit()
        if self._is_open and self.is_unsaved and are_same(self.history.layers, masks):
            self._is_saved = True
            self._journal.append_saved()
            self.changed.emit()

    def close(self) -> str | None:
        """Bring everything to the disk and end; return one sentence where that failed. Closing twice does nothing."""
        if not self._is_open:
            return None
        self.about_to_change.emit()
        self._is_open = False
        self.reviewing.settle(_SETTLE_S)
        self.history.listeners.remove(self._on_change)
        self.ledger.close()
        try:
            self._journal.close()
        except InputError as error:
            return str(error)
        return None

    def _begin_journal(self) -> None:
        if self.journal_path is None and self._journal.begin(self.reviewing.note_content()):
            self.journal_begun.emit()

    def _on_change(self, names: tuple[str, ...], window: Window) -> None:
        self._is_saved = False
        self.layers_changed.emit(names, window)
        self.changed.emit()
