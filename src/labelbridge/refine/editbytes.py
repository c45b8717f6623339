"""Edits as bytes: sorted indices as steps, everything deflated."""

import json
import zlib
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from labelbridge.refine.edits import Edit
from labelbridge.refine.pixelchanges import PixelChanges

__all__ = ["decode_edit", "encode_edit", "inflate"]

_LEVEL = 1
_HEAD_BYTES = 1 << 16
_PIXEL_BYTES = 10
"""At most: a step of 8 bytes, the values before and after."""


def encode_edit(edit: Edit) -> bytes:
    """Return an edit as bytes, deflated at level 1.

    Inside is a line of JSON (action; name, number of pixels, first index and bytes a step for each layer). Then follow
    for each layer the steps from index to index, the first being 0 (little-endian, 1, 2, 4 or 8 bytes each), the values
    before and the values after (a byte each). The shape is not in it.
    """
    steps = {name: _steps(part.indices) for name, part in edit.changes.items()}
    layers = [[name, s.size, int(edit.changes[name].indices[0]), s.itemsize] for name, s in steps.items()]
    parts = [json.dumps({"action": edit.action, "layers": layers}).encode() + b"\n"]
    for name, part in edit.changes.items():
        parts += [steps[name].tobytes(), part.before.tobytes(), part.after.tobytes()]
    return zlib.compress(b"".join(parts), _LEVEL)


def decode_edit(data: bytes, shape: tuple[int, int], classes: Collection[str]) -> Edit:
    """Read what `encode_edit` has written.

    Parameters
    ----------
    data
        The bytes.
    shape
        Height and width of the layers in px.
    classes
        Names of the layers that there are.

    Raises
    ------
    ValueError
        Where these are no bytes of an edit of such layers.
    """
    limit = _HEAD_BYTES + len(classes) * shape[0] * shape[1] * _PIXEL_BYTES
    head, _, body = inflate(data, limit).partition(b"\n")
    try:
        said = json.loads(head)
        return Edit(shape, _read_layers(said["layers"], body, classes), str(said["action"]))
    except (KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError("got bytes that are no edit") from error


def inflate(data: bytes, limit: int) -> bytes:
    """Inflate what zlib has deflated; raises ValueError where it is damaged or gives more than `limit` bytes."""
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(data, limit + 1)
    except zlib.error as error:
        raise ValueError(f"got damaged bytes ({error})") from error
    if len(content) > limit or not inflater.eof:
        raise ValueError("got bytes that are cut or hold more than they may")
    return content


def _steps(indices: NDArray[np.signedinteger]) -> NDArray[np.unsignedinteger]:
    steps = np.diff(indices, prepend=indices[:1])
    kind = np.min_scalar_type(int(steps.max(initial=0)))
    return steps.astype(kind.newbyteorder("<"))


def _read_layers(
    layers: list[tuple[str, int, int, int]], body: bytes, classes: Collection[str]
) -> dict[str, PixelChanges]:
    changes = {}
    start = 0
    for name, count, first, width in layers:
        if name not in classes or width not in (1, 2, 4, 8):
            raise ValueError("got an edit of other layers")
        values = start + count * width
        steps = np.frombuffer(body, f"<u{width}", count, start)
        before = np.frombuffer(body, np.uint8, count, values)
        after = np.frombuffer(body, np.uint8, count, values + count)
        changes[name] = PixelChanges(first + np.cumsum(steps, dtype=np.int64), before, after)
        start = values + 2 * count
    return changes
