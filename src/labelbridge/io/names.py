"""What file names say: image endings, stems, masks and the other files that stand beside an image."""

import os
import re
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "AXONMYELIN",
    "IMAGE_ENDINGS",
    "MASK_FOLDERS",
    "MaskName",
    "image_files",
    "image_stem",
    "is_companion",
    "parse_mask_name",
]

IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
"""Endings that can be read, in lower case; ``.ome.tif`` and ``.ome.tiff`` are among them."""

MASK_FOLDERS = ("masks", "labels")
"""Names of folders beside ``images/`` that hold the masks of a plain data set."""

AXONMYELIN = "axonmyelin"
"""Stands in a file's name for axon and myelin in one file."""

_SEG_NAME = re.compile(r"(?P<stem>.+)_seg-(?P<what>[^/\\]+?)(?P<manual>-manual)?")
_COMPANION = re.compile(r"(.*_)?(seg-.+|overlay|uncertainty|instance-map)")


class MaskName(NamedTuple):
    """What the name of a mask says."""

    stem: str
    """Stem of the image it belongs to."""

    what: str
    """Class name, or `AXONMYELIN` for axon and myelin in one file."""

    manual: bool
    """True where the name ends in ``-manual``: corrected by a person."""


def image_stem(path: Path) -> str:
    """Return the file's name without its ending, and without ``.ome`` before it."""
    return re.sub(r"\.ome$", "", path.stem, flags=re.IGNORECASE)


def is_companion(path: Path) -> bool:
    """Return True for files made from an image (masks, overlays, uncertainty), which are not images to segment."""
    return _COMPANION.fullmatch(image_stem(path)) is not None


def parse_mask_name(path: Path) -> MaskName | None:
    """Read ``<stem>_seg-<class>[-manual]``; None for a name of another form."""
    found = _SEG_NAME.fullmatch(image_stem(path))
    return MaskName(found["stem"], found["what"], found["manual"] is not None) if found else None


def image_files(folder: Path) -> list[Path]:
    """Return all files below `folder` that end like an image, sorted, without hidden files and folders."""
    found = []
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(here) / f for f in files if not f.startswith(".") and f.lower().endswith(IMAGE_ENDINGS)]
    return sorted(found)
