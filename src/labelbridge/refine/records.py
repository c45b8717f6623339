"""Records: what a journal consists of, each guarded by checksums."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO

__all__ = ["MAGIC", "Kind", "Record", "are_saved_after", "read_records", "to_bytes"]

MAGIC = b"LabelBridge journal\n"
"""The first bytes of every journal, before the first record."""

_MARK = b"\xb5L"
_HEAD = struct.Struct("<2sBdQI")
_CHECK = struct.Struct("<I")
_HEAD_BYTES = _HEAD.size + _CHECK.size


class Kind(IntEnum):
    """What a record holds."""

    HEADER = 1
    """A `JournalHeader` as JSON; the first record."""

    MASK = 2
    """The mask of a class at the start; one for each, in the header's order."""

    EDIT = 3
    """An edit."""

    CONTINUATION = 4
    """An edit that is undone together with the one before."""

    UNDO = 5
    """The latest edit was undone."""

    REDO = 6
    """The edit undone last was done again."""

    NOTE = 7
    """A JSON object."""

    CLOSED = 8
    """The journal was closed properly; more may follow where it was continued."""

    UNREADABLE = 9
    """Bytes that nobody could read when the journal was continued."""

    SAVED = 10
    """The masks as they are then were exported, or saved in a project."""


_CHANGES = frozenset({Kind.EDIT, Kind.CONTINUATION, Kind.UNDO, Kind.REDO})
"""What leaves the masks other than they were."""


@dataclass(frozen=True)
class Record:
    """One record of a journal.

    Attributes
    ----------
    kind
        What it holds.
    time_s
        When it was made, seconds since 1970, UTC.
    payload
        Its content; empty where it was passed over.
    end
        Where it ends, in bytes from the start of the file.
    """

    kind: Kind
    time_s: float
    payload: bytes
    end: int


def are_saved_after(kind: Kind, were_saved: bool) -> bool:
    """Return whether no edit is left unsaved after a record of this kind, given whether none was before."""
    return kind == Kind.SAVED or (were_saved and kind not in _CHANGES)


def to_bytes(kind: Kind, time_s: float, payload: bytes) -> bytes:
    """Return a record: mark, kind, time, length, CRC32 of the payload, CRC32 of all these, payload; little-endian."""
    head = _HEAD.pack(_MARK, kind, time_s, len(payload), zlib.crc32(payload))
    return head + _CHECK.pack(zlib.crc32(head)) + payload


def read_records(file: BinaryIO, size: int, *, with_payloads: bool = True) -> Iterator[Record]:
    """Read the records from the file's start up to the first that is damaged or cut; none where it is no journal.

    Parameters
    ----------
    file
        At its start.
    size
        Its length in bytes.
    with_payloads
        False passes over the payloads of all records but the header, unchecked: quick, for an overview.
    """
    if file.read(len(MAGIC)) != MAGIC:
        return
    end = len(MAGIC)
    while size - end >= _HEAD_BYTES:
        head = file.read(_HEAD_BYTES)
        if len(head) < _HEAD_BYTES or zlib.crc32(head[: _HEAD.size]) != _CHECK.unpack(head[_HEAD.size :])[0]:
            return
        mark, kind, time_s, length, check = _HEAD.unpack(head[: _HEAD.size])
        if mark != _MARK or kind not in iter(Kind) or length > size - end - _HEAD_BYTES:
            return
        end += _HEAD_BYTES + length
        payload = b""
        if with_payloads or kind == Kind.HEADER:
            payload = file.read(length)
            if len(payload) < length or zlib.crc32(payload) != check:
                return
        else:
            file.seek(end)
        yield Record(Kind(kind), time_s, payload, end)
