"""How a journal begins: what it is about, and the masks at the start."""

import zlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from labelbridge.core import InputError, LabelArray
from labelbridge.refine.editbytes import inflate
from labelbridge.refine.origin import MaskOrigin
from labelbridge.refine.records import Kind, Record

__all__ = ["FORMAT", "JournalHeader", "deflate_mask", "inflate_mask", "read_header"]

FORMAT = 1
"""Version of the journal's layout."""

_LEVEL = 1


class _Versioned(BaseModel):
    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    """Version of the layout."""


class JournalHeader(_Versioned):
    """What a journal is about."""

    image: str
    """Name of the image, for the user."""

    image_id: str
    """What tells the image from others, e.g. `labelbridge.io.hash_images` of it."""

    shape: tuple[PositiveInt, PositiveInt]
    """Height and width in px."""

    classes: tuple[str, ...] = Field(min_length=1)
    """Names of the class layers."""

    created: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    """When the journal was begun, UTC."""

    undo_bytes: int
    """Memory for edits that can be undone, so that a restored history has the same ones."""

    origin: MaskOrigin = MaskOrigin()
    """Where the masks came from that the correction began with."""

    notes_saves: bool = False
    """Whether it is noted when the masks are exported or saved, which the first journals did not."""


def read_header(record: Record | None, path: Path) -> JournalHeader:
    """Read the header from a journal's first record.

    Raises
    ------
    InputError
        Where there is none or it is of a newer LabelBridge.
    """
    if record is None or record.kind != Kind.HEADER:
        raise InputError(f"{path}: got a file that is damaged at its start or is no journal of LabelBridge.")
    try:
        if (version := _Versioned.model_validate_json(record.payload).format) != FORMAT:
            raise InputError(f"{path}: got a journal of format {version}, expected {FORMAT}; update LabelBridge.")
        return JournalHeader.model_validate_json(record.payload)
    except ValidationError as error:
        raise InputError(f"{path}: got a journal whose header cannot be read ({error.errors()[0]['msg']}).") from error


def deflate_mask(mask: LabelArray) -> bytes:
    """Return a mask (Y, X), uint8, as deflated rows."""
    return zlib.compress(np.ascontiguousarray(mask).data, _LEVEL)


def inflate_mask(data: bytes, shape: tuple[int, int]) -> LabelArray:
    """Read what `deflate_mask` has written; raises ValueError where it is not a mask of this shape."""
    rows = inflate(data, shape[0] * shape[1])
    return np.frombuffer(rows, np.uint8).reshape(shape).copy()
