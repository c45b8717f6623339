"""The size that a compressed strip or tile states itself, read before it is decoded."""

import struct

__all__ = ["embedded_size"]

_JPEG_START = b"\xff\xd8"
_NO_FRAMES = (0xC4, 0xC8, 0xCC)
_LONE_MARKERS = (0x01, *range(0xD0, 0xD9))
_JPEG2000_SIZE = b"\xff\x4f\xff\x51"
_SEARCHED_BYTES = 4096


def embedded_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a JPEG or JPEG 2000 picture; raises ValueError where it states none."""
    size = _jpeg_size(content) if content.startswith(_JPEG_START) else _jpeg2000_size(content)
    if size is None:
        raise ValueError("a strip or tile does not begin as a JPEG or JPEG 2000 does")
    return size


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Walk from marker to marker to the frame header."""
    position = len(_JPEG_START)
    while position + 9 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES:
            height, width = struct.unpack_from(">HH", content, position + 5)
            return width, height
        if marker == 0xFF:
            position += 1
        elif marker in _LONE_MARKERS:
            position += 2
        else:
            position += 2 + struct.unpack_from(">H", content, position + 2)[0]
    return None


def _jpeg2000_size(content: bytes) -> tuple[int, int] | None:
    """Read the reference grid of the code stream, which may lie in a file of boxes."""
    found = content.find(_JPEG2000_SIZE, 0, _SEARCHED_BYTES)
    if found < 0 or found + 16 > len(content):
        return None
    width, height = struct.unpack_from(">II", content, found + 8)
    return width, height
