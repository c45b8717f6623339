"""The chain of a TIFF's pages, followed and looked over before anything else trusts it."""

import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

__all__ = ["read_chain"]

_MOST_PAGES = 300_000
_MOST_TAGS = 4096
_WHOLE_NUMBERS = {1: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8}
_SINGLE_NUMBERS = frozenset((254, 255, 256, 257, 259, 262, 266, 277, 284, 317, 322, 323, 32997, 32998))
_NUMBERS = _SINGLE_NUMBERS | {258, 273, 278, 279, 324, 325, 330, 338, 339}


class _Format(NamedTuple):
    """How numbers are stored in a classic TIFF or BigTIFF."""

    tags: struct.Struct
    """Number of tags of a page."""

    tag: struct.Struct
    """Code, type, number of values and the values or where they are."""

    offset: struct.Struct
    """Place in the file."""


def read_chain(path: Path) -> list[int]:
    """Return where the pages of a TIFF are, in their order.

    Raises
    ------
    ValueError
        Where there are none, they follow each other in a circle, or sizes and places of pixels are no whole numbers.
    OSError, struct.error
        Where the file cannot be read, or ends too early.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        kind = _format(stream.read(4))
        stream.seek(kind.offset.size)  # the header is as long as two offsets, the second is that of the first page
        (offset,) = kind.offset.unpack(stream.read(kind.offset.size))
        offsets: dict[int, None] = {}
        while offset:
            if offset in offsets or len(offsets) >= _MOST_PAGES:
                raise ValueError("its pages follow each other in a circle")
            if offset >= size:
                raise ValueError("a page is missing at the end")
            offsets[offset] = None
            offset = _look_over(stream, kind, offset, size)
    if not offsets:
        raise ValueError("there is no image in it")
    return list(offsets)


def _format(start: bytes) -> _Format:
    order = "<" if start.startswith(b"II") else ">"
    is_big = start[2:] in (b"+\0", b"\0+")
    count, tag, offset = ("Q", "HHQ8s", "Q") if is_big else ("H", "HHI4s", "I")
    return _Format(struct.Struct(order + count), struct.Struct(order + tag), struct.Struct(order + offset))


def _look_over(stream: BinaryIO, kind: _Format, offset: int, size: int) -> int:
    """Check the tags of a page and return where the next one is, 0 after the last."""
    stream.seek(offset)
    (count,) = kind.tags.unpack(stream.read(kind.tags.size))
    if not 0 < count <= _MOST_TAGS:
        raise ValueError(f"a page has {count} tags")
    for code, number, values, _ in kind.tag.iter_unpack(stream.read(count * kind.tag.size)):
        if code in _NUMBERS and not _is_sound(code, number, values, size):
            raise ValueError(f"the tag {code} of a page is damaged")
    following: int = kind.offset.unpack(stream.read(kind.offset.size))[0]
    return following


def _is_sound(code: int, number: int, values: int, size: int) -> bool:
    """Tell whether a tag of whole numbers holds some, and no more than fit into a file of `size` bytes."""
    if number not in _WHOLE_NUMBERS or values < 1 or (code in _SINGLE_NUMBERS and values > 1):
        return False
    return values * _WHOLE_NUMBERS[number] <= size
