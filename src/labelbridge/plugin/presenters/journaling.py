"""The journal of a session: begun with the first edit, found again after a crash or on another day."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from labelbridge.core import AnyArray, InputError
from labelbridge.plugin.presenters.differences import are_same
from labelbridge.refine import (
    History,
    Journal,
    JournalInfo,
    MaskOrigin,
    RestoredSession,
    list_journals,
    restore_session,
)
from labelbridge.refine.snapshot import Snapshot

__all__ = ["SessionJournal", "journals_of", "note_saved"]

_CLOSE_S = 2.0


class SessionJournal:
    """The journal of one history, which begins when there is something to keep.

    The masks to begin with are packed when it is made, before anything is recorded: no stroke waits for that.

    Parameters
    ----------
    history
        What is kept.
    folder
        Where the journal goes.
    image, image_id
        Name of the image, and what tells it from others.
    origin
        Where the masks come from that the correction begins with.
    tell
        Called with one sentence where something is not kept on the disk, and with None once all is; also from the
        thread that writes the journal.
    """

    def __init__(
        self,
        history: History,
        *,
        folder: Path,
        image: str,
        image_id: str,
        origin: MaskOrigin,
        tell: Callable[[str | None], object],
    ) -> None:
        self._history = history
        self._folder, self._image, self._image_id, self._origin = folder, image, image_id, origin
        self._tell = tell
        self._first: Snapshot | None = Snapshot(history.layers)
        self._journal: Journal | None = None
        self._problem: str | None = None

    @classmethod
    def resume(cls, restored: RestoredSession, *, tell: Callable[[str | None], object]) -> Self:
        """Continue the journal that a session was restored from; raises InputError where that cannot be."""
        header = restored.header
        kept = cls(
            restored.history,
            folder=restored.path.parent,
            image=header.image,
            image_id=header.image_id,
            origin=header.origin,
            tell=tell,
        )
        kept._take(Journal.resume(restored))
        return kept

    @property
    def path(self) -> Path | None:
        """The file; None before the first edit."""
        return self._journal.path if self._journal else None

    def begin(self, first_note: Mapping[str, object] | None = None) -> bool:
        """Begin the journal where there is none yet, and return whether there is one now.

        Where the disk refuses, the user is told, and the next edit tries again: a journal begins with all edits that
        can be undone.
        """
        if self._journal is not None:
            return True
        first, self._first = self._first, None
        try:
            self._take(
                Journal.start(
                    self._folder,
                    self._history,
                    image=self._image,
                    image_id=self._image_id,
                    origin=self._origin,
                    masks=first,
                )
            )
        except InputError as error:
            self._say(f"{str(error).removesuffix('.')}; edits are not kept on the disk until that works.")
            return False
        self._say(None)
        if first_note is not None:
            self.append_note(first_note)
        return True

    def append_note(self, content: Mapping[str, object]) -> object:
        """Append a note; does nothing before the journal has begun."""
        return self._journal.append_note(content) if self._journal else None

    def append_saved(self) -> object:
        """Append that the masks as they are now were exported or saved; does nothing before the journal has begun."""
        return self._journal.append_saved() if self._journal else None

    def close(self) -> None:
        """Mark the journal as closed: nothing is left to be restored.

        Raises
        ------
        InputError
            Where the disk does not take the latest edits.
        """
        if self._journal is not None:
            self._journal.on_problem = None
            self._journal.close(_CLOSE_S)

    def _take(self, journal: Journal) -> None:
        journal.on_problem = self._tell
        self._journal, self._first = journal, None

    def _say(self, problem: str | None) -> None:
        if (problem is None) != (self._problem is None):
            self._tell(problem)
        self._problem = problem


def journals_of(folder: Path, image_id: str, shape: tuple[int, int]) -> list[JournalInfo]:
    """Return the journals of an image that have edits in them and can be restored now, the latest first.

    One that is not closed was left by a crash.

    Raises
    ------
    InputError
        Where the folder cannot be read.
    """
    return [
        info
        for info in list_journals(folder)
        if info.header is not None
        and info.header.image_id == image_id
        and info.header.shape == shape
        and info.edits
        and not info.is_in_use
    ]


def note_saved(path: Path, masks: Mapping[str, AnyArray]) -> None:
    """Note in the journal of an ended correction that its masks were exported or saved.

    Nothing is noted where the journal holds other masks.

    Parameters
    ----------
    path
        The journal.
    masks
        What was exported or saved: by class name, (Y, X), 0 outside.

    Raises
    ------
    InputError
        Where the journal cannot be read or written to, or another window has it open.
    """
    restored = restore_session(path)
    if are_same(restored.history.layers, masks) and not restored.is_saved:
        with Journal.resume(restored) as journal:
            journal.append_saved()
