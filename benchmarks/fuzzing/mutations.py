"""Ways in which a file gets damaged: on the way, on the disk, or by somebody who means it."""

import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from random import Random
from typing import Any

__all__ = ["mutate_file", "mutate_set"]

Files = dict[str, bytes]
"""The files of a seed by their path; a path that ends in a slash is an empty folder."""

INTEGERS = (0, 1, 2, 7, 8, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**63, -1)
NUMBERS = (b"0", b"-1", b"1", b"3", b"65536", b"2147483648", b"99999999999999999999", b"1e400", b"-1e-400", b"NaN", b"")
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 3, 1.5, 2**31, 2**70, 1e308, float("nan"), float("inf"), "", "x", "µm", "../../x",
    "\n", "a" * 5000, [], {}, [[]], [0], [1, 2, 3], {"": None}, {"axon": 1}, ["background", "axon"],
)  # fmt: skip
DEPTH = 100_000
_UNREADABLE = (
    ValueError, ArithmeticError, LookupError, RuntimeError, OSError, EOFError, MemoryError,
    struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip
PNG_START = b"\x89PNG\r\n\x1a\n"


def mutate_set(files: Files, others: Sequence[Files], random: Random) -> Files:
    """Return the files with one to three damages.

    Parameters
    ----------
    files
        The seed.
    others
        Other seeds, to splice with.
    random
        Decides everything.
    """
    damaged = dict(files)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        name = random.choice(sorted(damaged))
        if len(damaged) > 1 and random.random() < 0.1:
            _mutate_tree(damaged, name, random)
        else:
            damaged[name] = mutate_file(damaged[name], _like(name, others, random), random)
        if not damaged:
            break
    return damaged


def mutate_file(data: bytes, other: bytes, random: Random) -> bytes:
    """Return the content of a file with one damage; half of the damages keep the format's own checksums right."""
    deep = _deep_mutation(data)
    if deep is not None and random.random() < 0.5:
        try:
            return deep(data, random)
        except _UNREADABLE:
            pass  # an earlier damage made it unreadable for this one
    if random.random() < 0.1:
        return _splice(data, other, random)
    return random.choice(_BYTE_MUTATIONS)(data, random)


def _like(name: str, others: Sequence[Files], random: Random) -> bytes:
    """Return a file of the same ending from another seed."""
    ending = name.rpartition(".")[2]
    alike = [seed[other] for seed in others for other in sorted(seed) if other.rpartition(".")[2] == ending]
    return random.choice(alike) if alike else b""


def _mutate_tree(files: Files, name: str, random: Random) -> None:
    """Lose a file, swap two, copy one over another, or let a folder take its place."""
    other = random.choice(sorted(files))
    kind = random.randrange(4)
    if kind == 0:
        del files[name]
    elif kind == 1:
        files[name], files[other] = files[other], files[name]
    elif kind == 2:
        files[name] = files[other]
    else:
        del files[name]
        files[f"{name.rstrip('/')}/"] = b""


# Bytes, whatever they mean


def _flip_bits(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 16)) if data else 0):
        changed[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _set_bytes(data: bytes, random: Random) -> bytes:
    start, stop = _block(data, random)
    return data[:start] + random.choice((b"\0", b"\xff", b"\x20")) * (stop - start) + data[stop:]


def _truncate(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _insert(data: bytes, random: Random) -> bytes:
    start, _ = _block(data, random)
    return data[:start] + random.randbytes(random.choice((1, 2, 4, 100))) + data[start:]


def _duplicate(data: bytes, random: Random) -> bytes:
    start, stop = _block(data, random)
    return data[:stop] + data[start:stop] * random.choice((1, 2, 50)) + data[stop:]


def _delete(data: bytes, random: Random) -> bytes:
    start, stop = _block(data, random)
    return data[:start] + data[stop:]


def _write_integer(data: bytes, random: Random) -> bytes:
    size = random.choice((1, 2, 4, 8))
    start = random.randrange(min(len(data), random.choice((64, 512, 1 << 20))) + 1)
    value = random.choice(INTEGERS) % (1 << 8 * size)
    return data[:start] + value.to_bytes(size, random.choice(("little", "big"))) + data[start + size :]


def _change_number(data: bytes, random: Random) -> bytes:
    """Change a number that is written in letters, as in XML, JSON and texts."""
    numbers = list(re.finditer(rb"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])", data))
    if not numbers:
        return _flip_bits(data, random)
    found = random.choice(numbers)
    return data[: found.start()] + random.choice(NUMBERS) + data[found.end() :]


def _splice(data: bytes, other: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]


def _block(data: bytes, random: Random) -> tuple[int, int]:
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + random.choice((1, 4, 16, 100, 1000)))


_BYTE_MUTATIONS: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flip_bits, _set_bytes, _truncate, _insert, _duplicate, _delete, _write_integer, _write_integer, _change_number,
)  # fmt: skip


# What a format's own checks would stop at the door


def _deep_mutation(data: bytes) -> Callable[[bytes, Random], bytes] | None:
    if data.startswith(PNG_START):
        return _mutate_png
    if data.startswith(b"PK\3\4"):
        return _mutate_zip
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _mutate_tiff
    return _mutate_json if data.lstrip()[:1] in (b"{", b"[") else None


def _mutate_png(data: bytes, random: Random) -> bytes:
    """Change a chunk, or the pixels below the compression, and make the chunk's checksum right again."""
    chunks, at = [], len(PNG_START)
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += size + 12
    index = random.randrange(len(chunks))
    kind, content = chunks[index]
    if kind == b"IDAT" and random.random() < 0.7:
        content = zlib.compress(_any_bytes(zlib.decompress(content), random))
    else:
        content = _any_bytes(content, random)
    chunks[index] = (kind, content)
    return PNG_START + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def _mutate_zip(data: bytes, random: Random) -> bytes:
    """Change a file in a zip and pack it again."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        entries = [(entry, archive.read(entry)) for entry in archive.infolist()]
    index = random.randrange(len(entries))
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number, (entry, content) in enumerate(entries):
            archive.writestr(entry, mutate_file(content, b"", random) if number == index else content)
    return stream.getvalue()


def _mutate_tiff(data: bytes, random: Random) -> bytes:
    """Write an interesting integer into the tag, type, count or value of an entry of one of the directories."""
    order = "<" if data[:2] == b"II" else ">"
    fields = list(_tiff_fields(data, order, is_big=b"+" in data[2:4]))
    start, size = random.choice(fields)
    value = random.choice((*INTEGERS, *range(254, 340), *range(20))) % (1 << 8 * size)
    return data[:start] + value.to_bytes(size, "little" if order == "<" else "big") + data[start + size :]


def _tiff_fields(data: bytes, order: str, *, is_big: bool) -> Iterator[tuple[int, int]]:
    """Yield the start and size in bytes of the fields in a TIFF's directories."""
    count_size, entry, sizes, pointer = (8, 20, (2, 2, 8, 8), "Q") if is_big else (2, 12, (2, 2, 4, 4), "I")
    width = struct.calcsize(pointer)
    (at,) = struct.unpack_from(order + pointer, data, 8 if is_big else 4)
    seen: set[int] = set()
    while at and at not in seen:
        seen.add(at)
        yield at, count_size
        (count,) = struct.unpack_from(order + ("Q" if is_big else "H"), data, at)
        for number in range(min(count, 100)):
            start = at + count_size + number * entry
            for size in sizes:
                yield start, size
                start += size
        after = at + count_size + count * entry
        yield after, width
        (at,) = struct.unpack_from(order + pointer, data, after)


def _mutate_json(data: bytes, random: Random) -> bytes:
    """Replace, lose, rename or swap values, or nest them beyond reason."""
    content = json.loads(data)
    if random.random() < 0.03:
        return b"[" * DEPTH + b"]" * DEPTH
    places = list(_json_places(content))
    if not places:
        return json.dumps(random.choice(VALUES)).encode()
    holder, key = random.choice(places)
    kind = random.randrange(6)
    if kind == 0:
        del holder[key]
    elif kind == 1:
        other, name = random.choice(places)
        holder[key], other[name] = json.loads(json.dumps([other[name], holder[key]]))
    elif kind == 2 and isinstance(holder, dict):
        holder[random.choice(("", "x", "axon", "version", "0", "a" * 300))] = holder.pop(key)
    elif kind == 3 and isinstance(holder[key], str):
        holder[key] = mutate_file(holder[key].encode(), b"", random).decode("utf-8", "replace")
    else:
        holder[key] = random.choice(VALUES)
    return json.dumps(content).encode()


def _json_places(content: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container below `content` with each of its keys."""
    keys = list(content) if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ()
    for key in keys:
        yield content, key
        yield from _json_places(content[key])


def _any_bytes(data: bytes, random: Random) -> bytes:
    return random.choice(_BYTE_MUTATIONS)(data, random)
