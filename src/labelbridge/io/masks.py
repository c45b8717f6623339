"""Masks of the user: found beside images or in folders of their own, read as one label map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from labelbridge.core import AXON, BACKGROUND, MYELIN, BoolArray, ClassMap, InputError, LabelMap
from labelbridge.io.maskvalues import read_class_mask, read_combined_mask
from labelbridge.io.names import AXONMYELIN, MASK_FOLDERS, MaskName, image_files, image_stem, is_companion
from labelbridge.io.names import parse_mask_name as parse_seg_name

__all__ = ["MaskFiles", "collect_masks", "find_masks", "read_label_map"]

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
    """

    stem: str
    classes: Mapping[str, Path] = field(default_factory=dict)
    combined: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """All files, the combined one last."""
        return (*self.classes.values(), *([self.combined] if self.combined else []))

    @property
    def is_complete(self) -> bool:
        """True where both axon and myelin have a file."""
        return self.combined is not None or {AXON, MYELIN} <= set(self.classes)


def find_masks(path: Path, *, classes: Sequence[str] = (AXON, MYELIN)) -> dict[str, MaskFiles]:
    """Find masks by the stem of their image, ``-manual`` ignored.

    Parameters
    ----------
    path
        A folder, searched with all below it; or one file, a mask or the image: then the masks of its stem and folder.
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
    found = collect_masks(path if path.is_dir() else path.parent, classes)
    if not path.is_dir():
        name = _mask_name(path, classes)
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
    for file in image_files(folder):
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


def read_label_map(files: MaskFiles, classes: Sequence[str] = (AXON, MYELIN)) -> LabelMap:
    """Read an image's masks as one label map.

    Where masks overlap, the axon wins over the myelin, and both win over further classes.

    Parameters
    ----------
    files
        A class's own file is preferred to the combined one.
    classes
        Classes wanted, ``axon`` and ``myelin`` among them; all others are background. A further class without a file
        is nowhere in this image.

    Returns
    -------
    LabelMap
        Classes ``background``, then `classes` in their order.

    Raises
    ------
    InputError
        Where axon or myelin has no file, a file holds values that mean nothing, or the shapes differ.
    """
    names = ClassMap((BACKGROUND, *classes))
    if not files.is_complete:
        missing = MYELIN if AXON in files.classes else AXON
        raise InputError(
            f"{files.files[0] if files.files else files.stem}: got no {missing} mask beside it, expected axon and "
            f"myelin; add {files.stem}_seg-{missing}.png or {files.stem}_seg-{AXONMYELIN}.png."
        )
    masks = {name: read_class_mask(path) for name, path in files.classes.items() if name in names.foreground}
    if files.combined and not {AXON, MYELIN} <= set(masks):
        masks = read_combined_mask(files.combined) | masks
    shapes = {mask.shape for mask in masks.values()}
    if len(shapes) > 1:
        got = ", ".join(f"{name} {mask.shape[0]} x {mask.shape[1]}" for name, mask in masks.items())
        raise InputError(f"{files.files[0]}: got masks of different shapes ({got}), expected one shape for all.")
    return LabelMap.from_masks(_without_overlap(masks, names.foreground))


def _without_overlap(masks: Mapping[str, BoolArray], names: Sequence[str]) -> dict[str, BoolArray]:
    """Return the masks of `names` in their order, each pixel in one: axon first, then myelin, then the others."""
    free = np.ones_like(masks[AXON])
    separate = {}
    for name in (AXON, MYELIN, *(name for name in names if name not in (AXON, MYELIN))):
        separate[name] = masks[name] & free if name in masks else np.zeros_like(free)
        free &= ~separate[name]
    return {name: separate[name] for name in names}


def _mask_name(path: Path, classes: Sequence[str]) -> MaskName | None:
    """Read a mask's name, also of a plain mask in a folder named ``masks`` or ``labels``."""
    name = parse_seg_name(path)
    if name is not None or path.parent.name not in MASK_FOLDERS or is_companion(path):
        return name
    stem = image_stem(path)
    is_manual = stem.endswith("-manual")
    stem = stem.removesuffix("-manual")
    for what in (*_PLAIN_CLASSES, *classes):
        if stem.endswith(f"_{what}"):
            return MaskName(stem.removesuffix(f"_{what}"), what, is_manual)
    return MaskName(stem, AXONMYELIN, is_manual)


def _mask_files(stem: str, files: Mapping[str, tuple[bool, Path]]) -> MaskFiles:
    paths = {what: path for what, (_, path) in files.items()}
    combined = paths.pop(AXONMYELIN, None)
    return MaskFiles(stem, paths, combined)


def _merge(one: MaskFiles, other: MaskFiles) -> MaskFiles:
    """Join the masks of one stem from two folders; of each pair the one corrected by a person is taken."""
    chosen: dict[str, tuple[bool, Path]] = {}
    for files in (one, other):
        for what, path in (*files.classes.items(), *([(AXONMYELIN, files.combined)] if files.combined else [])):
            manual = image_stem(path).endswith("-manual")
            if what in chosen and chosen[what][0] == manual:
                raise _ambiguous(chosen[what][1], path)
            if what not in chosen or manual:
                chosen[what] = (manual, path)
    return _mask_files(one.stem, chosen)


def _ambiguous(one: Path, other: Path) -> InputError:
    return InputError(f"{one}: got a second mask of the same image and class, {other}; leave only one of the two.")
