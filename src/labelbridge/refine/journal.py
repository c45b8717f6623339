"""The journal of one image: all edits, on the disk as they are made."""

import atexit
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from labelbridge.core import InputError
from labelbridge.io import to_json
from labelbridge.io.atomic import saying_why
from labelbridge.refine.appendfile import AppendFile, open_to_append
from labelbridge.refine.editbytes import encode_edit
from labelbridge.refine.edits import Edit
from labelbridge.refine.filenames import new_file_name
from labelbridge.refine.header import JournalHeader, deflate_mask
from labelbridge.refine.history import History
from labelbridge.refine.origin import MaskOrigin
from labelbridge.refine.records import MAGIC, Kind
from labelbridge.refine.restoring import RestoredSession, open_to_continue
from labelbridge.refine.snapshot import Snapshot
from labelbridge.refine.writer import Entry, JournalWriter

__all__ = ["JOURNAL_ENDING", "Journal"]

JOURNAL_ENDING = ".journal"
"""Ending of the files."""

_EXIT_S = 2.0


class Journal:
    """An append-only file with all that happens to a history; begun by `start`, continued by `resume`.

    What is appended goes to a thread that writes it at once and has the disk confirm it within a second; appending only
    puts it into that thread's queue. Where the disk refuses, everything is kept in memory and tried again each second.

    Attributes
    ----------
    path
        The file.
    on_problem
        Called in the writer's thread with one sentence when the disk begins to refuse, and with None when all is on the
        disk again; or None.
    """

    def __init__(self, path: Path, file: AppendFile, history: History) -> None:
        self.path = path
        self.on_problem: Callable[[str | None], object] | None = None
        self._history = history
        self._closed: str | None = None
        self._writer = JournalWriter(file, self._tell)
        atexit.register(self._writer.drain, _EXIT_S)

    @classmethod
    def start(
        cls,
        folder: Path,
        history: History,
        *,
        image: str,
        image_id: str,
        origin: MaskOrigin | None = None,
        masks: Snapshot | None = None,
    ) -> Self:
        """Begin a new journal with a history's state, what can be undone and redone included, and record what follows.

        Parameters
        ----------
        folder
            Where the file goes; made where there is none.
        history
            What is recorded; an earlier journal of it hears nothing more.
        image
            Name of the image, for the user.
        image_id
            What tells the image from others, e.g. `labelbridge.io.hash_images` of it.
        origin
            Where the masks come from; None where that is not known.
        masks
            The layers as they are now, or were before what is to be recorded first; None takes them now, which costs
            some milliseconds where the image is large.

        Raises
        ------
        InputError
            Where no file can be made or locked there.
        """
        header = JournalHeader(
            image=image,
            image_id=image_id,
            shape=history.shape,
            classes=tuple(history.layers),
            undo_bytes=history.undo_bytes,
            origin=origin or MaskOrigin(),
            notes_saves=True,
        )
        path = folder / new_file_name(header.image, header.created, JOURNAL_ENDING)
        with saying_why(path):
            folder.mkdir(parents=True, exist_ok=True)
            file = AppendFile(path, open_to_append(path, is_new=True))
        file.add(MAGIC)
        return cls._of(path, file, history, _state(header, history, masks or Snapshot(history.layers)))

    @classmethod
    def resume(cls, session: RestoredSession) -> Self:
        """Continue a restored journal: what happens to the session's history is appended to its file.

        To be called before the session's history changes.

        Raises
        ------
        InputError
            Where another window uses it, it has grown since it was restored, or it cannot be written to.
        """
        return cls._of(session.path, AppendFile(session.path, open_to_continue(session)), session.history, ())

    @classmethod
    def _of(cls, path: Path, file: AppendFile, history: History, first: "Iterator[Entry] | tuple[()]") -> Self:
        journal = cls(path, file, history)
        for entry in first:
            journal._writer.put(entry)
        history.recorder = journal
        return journal

    @property
    def problem(self) -> str | None:
        """One sentence where the disk does not take what was appended, or the journal is closed; else None."""
        return self._closed or self._writer.problem

    def append_edit(self, edit: Edit, *, continues: bool = False) -> str | None:
        """Append an edit, or the continuation of the last one; return `problem`. `History` calls it."""
        return self._append(Kind.CONTINUATION if continues else Kind.EDIT, partial(encode_edit, edit))

    def append_undo(self) -> str | None:
        """Append that the latest edit was undone; return `problem`. `History` calls it."""
        return self._append(Kind.UNDO, bytes)

    def append_redo(self) -> str | None:
        """Append that the edit undone last was done again; return `problem`. `History` calls it."""
        return self._append(Kind.REDO, bytes)

    def append_note(self, content: Mapping[str, object]) -> str | None:
        """Append a small note that JSON can hold, such as the state of a fibre's review; return `problem`."""
        note = to_json(content)
        return self._append(Kind.NOTE, lambda: note)

    def append_saved(self) -> str | None:
        """Append that the masks as they are now were exported or saved; return `problem`."""
        return self._append(Kind.SAVED, bytes)

    def drain(self, timeout_s: float = 5.0) -> str | None:
        """Bring all that was appended to the disk now; return `problem`, or a sentence where it takes too long."""
        if self._closed is None and not self._writer.drain(timeout_s):
            return f"{self.path}: the disk did not take the latest edits within {timeout_s:g} s."
        return self.problem

    def close(self, timeout_s: float = 5.0) -> None:
        """Bring everything to the disk, mark the journal as closed and unlock it; closing twice does nothing.

        Raises
        ------
        InputError
            Where the disk does not take it in time: the latest edits are in the layers alone.
        """
        if self._closed is not None:
            return
        self._append(Kind.CLOSED, bytes)
        is_done = self._writer.stop(timeout_s)
        atexit.unregister(self._writer.drain)
        problem = self._writer.problem
        self._closed = f"{self.path}: this journal is closed; edits are not kept on the disk any more."
        if self._history.recorder is self:
            self._history.recorder = None
        if problem or not is_done:
            raise InputError(problem or f"{self.path}: the disk did not take the latest edits within {timeout_s:g} s.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, kind: Kind, payload: Callable[[], bytes]) -> str | None:
        if self._closed is None:
            self._writer.put(Entry(kind, payload))
        return self.problem

    def _tell(self, problem: str | None) -> None:
        if self.on_problem:
            self.on_problem(problem)


def _state(header: JournalHeader, history: History, now: Snapshot) -> Iterator[Entry]:
    """Give the records that lead to a history's present state, from the masks before all edits that it remembers."""
    yield Entry(Kind.HEADER, partial(str.encode, header.model_dump_json()))
    done = history.done
    for name in history.layers:
        yield Entry(Kind.MASK, partial(_mask_before, done, now, name))
    for edit in (*done, *reversed(history.undone)):
        yield Entry(Kind.EDIT, partial(encode_edit, edit))
    for _ in history.undone:
        yield Entry(Kind.UNDO, bytes)


def _mask_before(edits: Sequence[Edit], now: Snapshot, name: str) -> bytes:
    """Return a layer as it was before some edits, deflated."""
    mask = now.layer(name)
    for edit in reversed(edits):
        if (part := edit.changes.get(name)) is not None:
            mask.ravel()[part.indices] = part.before
    return deflate_mask(mask)
