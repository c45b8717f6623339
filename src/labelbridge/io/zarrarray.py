"""Zarr arrays of others, opened after a look at what their metadata ask for."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelbridge.io.pixels import MAX_SEGMENT_BYTES

if TYPE_CHECKING:
    import zarr

__all__ = ["open_array", "read_json"]

_MOST_JSON_BYTES = 64 * 2**20
_MOST_SIDE = 2**40
_CODECS_2 = ("blosc", "bz2", "delta", "gzip", "lz4", "shuffle", "zlib", "zstd")
_CODECS_3 = ("blosc", "bytes", "crc32c", "gzip", "sharding_indexed", "transpose", "zstd")
_TYPES_3 = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
)  # fmt: skip


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in a file, None where there is no such file; raises ValueError where it is none."""
    if not path.is_file():
        return None
    if path.stat().st_size > _MOST_JSON_BYTES:
        raise ValueError(f"{path.name} is too large")
    content = json.loads(path.read_text("utf-8-sig"))
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} holds no JSON object")
    return content


def open_array(folder: Path) -> "zarr.Array[Any]":
    """Open a Zarr array (version 2 or 3) in a local folder.

    Numbers alone, and codecs that only unpack, are allowed: others can run code, or take any amount of memory.

    Raises
    ------
    ValueError, KeyError, TypeError, ...
        Where the metadata are missing or damaged, or ask for more than that.
    """
    described = read_json(folder / "zarr.json")
    version: Any = 3
    if described is not None:
        _check_3(described)
    else:
        described, version = read_json(folder / ".zarray"), 2
        if described is None:
            raise ValueError(f"the array {folder.name} is missing")
        _check_2(described)
    import zarr
    from zarr.storage import LocalStore

    return zarr.open_array(LocalStore(folder, read_only=True), mode="r", zarr_format=version)


def _check_2(described: Mapping[str, Any]) -> None:
    kind = np.dtype(str(described["dtype"]))
    if kind.kind not in "buifc":
        raise ValueError(f"it holds {kind}")
    for codec in (described.get("compressor"), *(described.get("filters") or ())):
        if codec is not None and codec["id"] not in _CODECS_2:
            raise ValueError(f"the codec {codec['id']} is not supported")
    _check_sizes(described["shape"], described["chunks"], kind.itemsize)


def _check_3(described: Mapping[str, Any]) -> None:
    if described["node_type"] != "array" or described["data_type"] not in _TYPES_3:
        raise ValueError(f"it holds {described.get('data_type', 'no pixels')}")
    if described["chunk_grid"]["name"] != "regular" or described.get("storage_transformers"):
        raise ValueError("its chunks are not regular")
    shapes = [described["chunk_grid"]["configuration"]["chunk_shape"]]
    for codec in _all_codecs(described["codecs"]):
        if codec["name"] not in _CODECS_3:
            raise ValueError(f"the codec {codec['name']} is not supported")
        if codec["name"] == "sharding_indexed":
            shapes.append(codec["configuration"]["chunk_shape"])
    _check_sizes(described["shape"], shapes[-1], np.dtype(described["data_type"]).itemsize)


def _all_codecs(codecs: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield codecs and those within shards."""
    for codec in codecs:
        yield codec
        settings = codec.get("configuration") or {}
        yield from _all_codecs(settings.get("codecs") or ())
        yield from _all_codecs(settings.get("index_codecs") or ())


def _check_sizes(shape: Sequence[int], chunks: Sequence[int], item_bytes: int) -> None:
    for sizes in (shape, chunks):
        if not all(type(size) is int and 0 < size < _MOST_SIDE for size in sizes):
            raise ValueError(f"the shape {sizes} is no shape")
    if len(shape) != len(chunks):
        raise ValueError(f"its chunks have {len(chunks)} axes, it has {len(shape)}")
    if math.prod(chunks) * item_bytes > MAX_SEGMENT_BYTES:
        raise ValueError(f"one chunk of it takes {math.prod(chunks) * item_bytes:,} bytes; save it with smaller chunks")
