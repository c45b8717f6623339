"""Mask files of the user, found beside images or in folders of their own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labelbridge.core import AXON, MYELIN, InputError
from labelbridge.io.labelfiles.nnunet import is_label_file
from labelbridge.io.names import (
    ALL_CLASSES,
    AXONMYELIN,
    GEOJSON_ENDING,
    IMAGE_ENDINGS,
    MASK_FOLDERS,
    ZARR_ENDING,
    MaskName,
    image_files,
    image_stem,
    is_companion,
    parse_mask_name,
)

__all__ = ["MaskFiles", "collect_masks", "find_masks"]

_PLAIN_CLASSES = (AXON, MYELIN, "uaxon", AXONMYELIN)


@dataclass(frozen=True)
class MaskFiles:
    """The mask files of one image.

    Attributes
    ----------
    stem
        Stem of the image.
    classes
        File of each class that has one of its own.
    combined
        File with axon and myelin together, or None.
    whole
        File that holds all classes and their names (OME-TIFF, OME-Zarr, GeoJSON, a label of an nnU-Net set), or None.
    """

    stem: str
    classes: Mapping[str, Path] = field(default_factory=dict)
    combined: Path | None = None
    whole: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """All files, those of several classes last."""
        return (*self.classes.values(), *(path for path in (self.combined, self.whole) if path))

    @property
    def is_complete(self) -> bool:
        """True where axon and myelin are both in a file."""
        return bool(self.combined or self.whole) or {AXON, MYELIN} <= set(self.classes)


def find_masks(path: Path, *, classes: Sequence[str] = (AXON, MYELIN)) -> dict[str, MaskFiles]:
    """Find masks by the stem of their image, ``-manual`` ignored.

    Parameters
    ----------
    path
        A folder, searched with all below it; or one file, a mask or the image: then the masks of its stem and folder,
        but that file alone where it holds all classes and their names.
    classes
        Class names that may end a plain mask's name (``<stem>_<class>.png`` in ``masks/`` or ``labels/``).

    Returns
    -------
    dict[str, MaskFiles]
        By stem, sorted. Of a mask that is there twice, the one that ends in ``-manual`` is taken.

    Raises
    ------
    InputError
        Where the path is missing, holds no mask, or holds two masks of one image and class in different folders.
    """
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder; check the path.")
    name = _mask_name(path, classes)
    if name is not None and name.what == ALL_CLASSES:
        return {name.stem: MaskFiles(name.stem, whole=path)}
    found = collect_masks(path if path.is_dir() else path.parent, classes)
    if not path.is_dir():
        here = (Path(), name.stem if name else image_stem(path))
        found = {place: files for place, files in found.items() if place == here}
    if not found:
        raise InputError(
            f"{path}: got no mask, expected files such as <image>_seg-axon.png and <image>_seg-myelin.png, "
            f"<image>_seg-axonmyelin.png, or <image>.png in a folder named masks or labels."
        )
    by_stem: dict[str, MaskFiles] = {}
    for files in found.values():
        by_stem[files.stem] = _merge(by_stem[files.stem], files) if files.stem in by_stem else files
    return dict(sorted(by_stem.items()))


def collect_masks(folder: Path, classes: Sequence[str]) -> dict[tuple[Path, str], MaskFiles]:
    """Return the masks below `folder` by the place (their folder, relative to `folder`, and the stem) of an image."""
    taken: dict[tuple[Path, str], dict[str, tuple[bool, Path]]] = {}
    for file in image_files(folder, (*IMAGE_ENDINGS, GEOJSON_ENDING)):
        name = _mask_name(file, classes)
        if name is None:
            continue
        files = taken.setdefault((file.parent.relative_to(folder), name.stem), {})
        before = files.get(name.what)
        if before is not None and before[0] == name.manual:
            raise _ambiguous(before[1], file)
        if before is None or name.manual:
            files[name.what] = (name.manual, file)
    return {place: _mask_files(place[1], files) for place, files in taken.items()}


def _mask_name(path: Path, classes: Sequence[str]) -> MaskName | None:
    """Read the name of a mask, also of a plain one in ``masks/`` or ``labels/``, of Zarr labels and of nnU-Net's."""
    if path.suffix.lower() == ZARR_ENDING:
        return _zarr_name(path)
    if is_label_file(path):
        return MaskName(image_stem(path), ALL_CLASSES, False)
    name = parse_mask_name(path)
    if name is not None or path.parent.name not in MASK_FOLDERS or is_companion(path):
        return name
    stem = image_stem(path)
    is_manual = stem.endswith("-manual")
    stem = stem.removesuffix("-manual")
    for what in (*_PLAIN_CLASSES, *classes):
        if stem.endswith(f"_{what}"):
            return MaskName(stem.removesuffix(f"_{what}"), what, is_manual)
    return MaskName(stem, AXONMYELIN, is_manual)


def _zarr_name(path: Path) -> MaskName | None:
    """Return whose labels an OME-Zarr folder holds, None for one without labels."""
    if not (path / "labels").is_dir():
        return None
    return parse_mask_name(path) or MaskName(image_stem(path), ALL_CLASSES, False)


def _mask_files(stem: str, files: Mapping[str, tuple[bool, Path]]) -> MaskFiles:
    paths = {what: path for what, (_, path) in files.items()}
    combined, whole = paths.pop(AXONMYELIN, None), paths.pop(ALL_CLASSES, None)
    return MaskFiles(stem, paths, combined, whole)


def _merge(one: MaskFiles, other: MaskFiles) -> MaskFiles:
    """Join the masks of one stem from two folders; of each pair the one corrected by a person is taken."""
    chosen: dict[str, tuple[bool, Path]] = {}
    for files in (one, other):
        for what, path in _by_content(files):
            manual = image_stem(path).endswith("-manual")
            if what in chosen and chosen[what][0] == manual:
                raise _ambiguous(chosen[what][1], path)
            if what not in chosen or manual:
                chosen[what] = (manual, path)
    return _mask_files(one.stem, chosen)


def _by_content(files: MaskFiles) -> Iterator[tuple[str, Path]]:
    yield from files.classes.items()
    for what, path in ((AXONMYELIN, files.combined), (ALL_CLASSES, files.whole)):
        if path is not None:
            yield what, path


def _ambiguous(one: Path, other: Path) -> InputError:
    return InputError(f"{one}: got a second mask of the same image and class, {other}; leave only one of the two.")
