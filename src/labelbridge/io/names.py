"""What file names say: image endings, stems, masks and the other files that stand beside an image."""

import os
import re
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "ALL_CLASSES",
    "AXONMYELIN",
    "GEOJSON_ENDING",
    "IMAGE_ENDINGS",
    "MASK_FOLDERS",
    "ZARR_ENDING",
    "MaskName",
    "image_files",
    "image_stem",
    "is_companion",
    "parse_mask_name",
    "subject_of",
]

IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".tf2", ".tf8", ".btf")
"""Endings of files that can be read, in lower case; ``.ome.tif``, ``.ome.btf`` and the like are among them."""

ZARR_ENDING = ".zarr"
"""Ending of folders that are images, in lower case; ``.ome.zarr`` is among them."""

GEOJSON_ENDING = ".geojson"
"""Ending of polygons, in lower case."""

MASK_FOLDERS = ("masks", "labels")
"""Names of folders beside ``images/`` that hold the masks of a plain data set."""

AXONMYELIN = "axonmyelin"
"""Stands in a file's name for axon and myelin in one file."""

ALL_CLASSES = "*"
"""Stands for all classes in one file that also holds their names."""

_SEG_NAME = re.compile(r"(?P<stem>.+)_seg-(?P<what>[^/\\]+?)(?P<manual>-manual)?")
_LABEL_FILE = re.compile(
    r"(?P<stem>.+?)(_seg\.ome\.(tiff?|zarr)|(\.ome)?(\.(png|jpe?g|tiff?))?\.geojson)", re.IGNORECASE
)
_COMPANION = re.compile(r"(.*_)?(seg-.+|overlay|uncertainty|instance-map|axonmyelin_index)")


class MaskName(NamedTuple):
    """What the name of a mask says."""

    stem: str
    """Stem of the image it belongs to."""

    what: str
    """Class name, or `AXONMYELIN` for axon and myelin in one file, or `ALL_CLASSES`."""

    manual: bool
    """True where the name ends in ``-manual``: corrected by a person."""


def image_stem(path: Path) -> str:
    """Return the file's name without its ending, and without ``.ome`` before it."""
    return re.sub(r"\.ome$", "", path.stem, flags=re.IGNORECASE)


def is_companion(path: Path) -> bool:
    """Return True for files made from an image (masks, overlays, uncertainty), which are not images to segment."""
    return any(pattern.fullmatch(name) for pattern, name in ((_COMPANION, image_stem(path)), (_LABEL_FILE, path.name)))


def parse_mask_name(path: Path) -> MaskName | None:
    """Read ``<stem>_seg-<class>[-manual]``, ``<stem>_seg.ome.<tif or zarr>`` or ``<stem>.geojson``; None for others."""
    whole = _LABEL_FILE.fullmatch(path.name)
    if whole:
        return MaskName(whole["stem"], ALL_CLASSES, False)
    found = _SEG_NAME.fullmatch(image_stem(path))
    return MaskName(found["stem"], found["what"], found["manual"] is not None) if found else None


def subject_of(path: Path) -> str | None:
    """Return ``sub-XX`` from the folders or the name of an image, or None.

    Parameters
    ----------
    path
        Relative to the root of the set: folders above it do not count.
    """
    found = re.search(r"(?:^|[/\\_])(sub-[A-Za-z0-9]+)(?=[/\\_.]|$)", str(path))
    return found[1] if found else None


def image_files(folder: Path, endings: tuple[str, ...] = IMAGE_ENDINGS) -> list[Path]:
    """Return all files with one of the endings and all Zarr folders below `folder`, sorted, without hidden ones.

    Links to folders are followed and each folder is looked into once. Links that lead nowhere are files that somebody
    expects to be there (git-annex makes such): they are returned, and say so when they are read.
    """
    found: list[Path] = []
    seen: set[Path] = set()
    roots = [folder]
    while roots:
        for here, folders, files in os.walk(roots.pop(0)):
            place = Path(here)
            shown = [name for name in sorted(folders) if not name.startswith(".")]
            zarrs = [name for name in shown if name.lower().endswith(ZARR_ENDING)]
            folders[:] = [name for name in shown if name not in zarrs]
            if place.resolve() in seen:
                folders.clear()
                continue
            seen.add(place.resolve())
            roots += [place / name for name in folders if (place / name).is_symlink()]
            images = [name for name in files if not name.startswith(".") and name.lower().endswith(endings)]
            found += [place / name for name in (*images, *zarrs)]
    return sorted(found)
