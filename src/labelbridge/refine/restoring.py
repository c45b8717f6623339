"""What a journal still holds after a crash, and the file ready to be continued."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from labelbridge.core import InputError, LabelArray
from labelbridge.io import atomic_path
from labelbridge.io.atomic import saying_why
from labelbridge.refine.appendfile import copy_start, open_to_append, save_file, write_whole
from labelbridge.refine.editbytes import decode_edit
from labelbridge.refine.header import JournalHeader, inflate_mask, read_header
from labelbridge.refine.history import History
from labelbridge.refine.records import Kind, Record, are_saved_after, read_records, to_bytes

__all__ = ["Note", "RestoredSession", "open_to_continue", "restore_session"]


@dataclass(frozen=True)
class Note:
    """A note from a journal.

    Attributes
    ----------
    time_s
        When it was made, seconds since 1970, UTC.
    content
        What was noted.
    """

    time_s: float
    content: dict[str, object]


@dataclass(frozen=True, eq=False)
class RestoredSession:
    """What a journal holds.

    Attributes
    ----------
    path
        The journal.
    header
        What it is about.
    history
        The layers as they were last, with the edits that could be undone and redone.
    notes
        All notes, in order.
    readable_bytes
        Length of the part of the file that this is.
    unreadable_bytes
        Length of what follows it and is damaged or cut; 0 where all is well.
    is_saved
        Whether the masks have not changed since they were exported or saved, or at all.
    """

    path: Path
    header: JournalHeader
    history: History
    notes: tuple[Note, ...]
    readable_bytes: int
    unreadable_bytes: int
    is_saved: bool


def restore_session(path: Path) -> RestoredSession:
    """Read a journal up to its end or the first record that is damaged or cut; the file is not changed.

    Raises
    ------
    InputError
        Where it is no journal, cannot be opened, or is damaged or cut before the masks at its start are whole.
    """
    try:
        with path.open("rb") as file:
            return _restore(file, path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the file and its permissions.") from error


def open_to_continue(session: RestoredSession) -> BinaryIO:
    """Open a restored journal to append to it, locked.

    Where a part of it is unreadable, a new file with the readable part and, as a record that is passed over, the
    unreadable one, takes its place once it is whole.

    Raises
    ------
    InputError
        Where it is in use, has changed since it was restored, or cannot be written to.
    """
    with saying_why(session.path):
        file = open_to_append(session.path, is_new=False)
        if not session.unreadable_bytes and _size(file) == session.readable_bytes:
            return file
        with file:
            if _size(file) != session.readable_bytes + session.unreadable_bytes:
                raise InputError(
                    f"{session.path}: got a journal that has grown since it was restored; restore it again."
                )
            _rewrite(session, file)
            return open_to_append(session.path, is_new=False)


def _restore(file: BinaryIO, path: Path) -> RestoredSession:
    size = _size(file)
    records = read_records(file, size)
    header = read_header(next(records, None), path)
    masks, end = _read_masks(records, header, path)
    history = History(masks, undo_bytes=header.undo_bytes)
    notes: list[Note] = []
    is_saved = True
    for record in records:
        try:
            _replay(record, history, notes)
        except ValueError:
            break
        end, is_saved = record.end, are_saved_after(record.kind, is_saved)
    return RestoredSession(path, header, history, tuple(notes), end, size - end, is_saved)


def _read_masks(records: Iterator[Record], header: JournalHeader, path: Path) -> tuple[dict[str, LabelArray], int]:
    masks = {}
    end = 0
    for name, record in zip(header.classes, records, strict=False):
        try:
            if record.kind == Kind.MASK:
                masks[name] = inflate_mask(record.payload, header.shape)
        except ValueError:
            break
        end = record.end
    if len(masks) < len(header.classes):
        raise InputError(
            f"{path}: got a journal that is damaged or cut before its first edit; nothing can be restored."
        )
    return masks, end


def _replay(record: Record, history: History, notes: list[Note]) -> None:
    """Do what a record says; raises ValueError where that makes no sense."""
    match record.kind:
        case Kind.EDIT | Kind.CONTINUATION:
            edit = decode_edit(record.payload, history.shape, history.layers.keys())
            history.record(edit, continues=record.kind == Kind.CONTINUATION)
        case Kind.UNDO if history.can_undo:
            history.undo()
        case Kind.REDO if history.can_redo:
            history.redo()
        case Kind.NOTE:
            notes.append(_read_note(record))
        case Kind.CLOSED | Kind.UNREADABLE | Kind.SAVED:
            pass
        case _:
            raise ValueError(f"got a record of kind {record.kind.name} where none can be")


def _read_note(record: Record) -> Note:
    content = json.loads(record.payload)
    if not isinstance(content, dict):
        raise ValueError("got a note that is no JSON object")
    return Note(record.time_s, content)


def _rewrite(session: RestoredSession, old: BinaryIO) -> None:
    """Put a journal with a readable end in the place of `old`, which Windows wants closed for that."""
    with atomic_path(session.path, overwrite=True) as temporary:
        with temporary.open("xb", buffering=0) as new:
            copy_start(old, new, session.readable_bytes)
            unreadable = old.read()
            write_whole(new, to_bytes(Kind.UNREADABLE, time.time(), unreadable))
            save_file(new)
        if os.name == "nt":
            old.close()


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size
