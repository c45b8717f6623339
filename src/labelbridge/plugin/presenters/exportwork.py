"""What the worker thread does to export: write all formats and the record into a new folder, or nothing."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from labelbridge.core import Image, InputError, Reporter
from labelbridge.io import FORMATS, ExportOptions, make_provenance, sha256_of, write_json
from labelbridge.io.atomicfolder import atomic_folder
from labelbridge.io.export import HeldMasks, check_stem
from labelbridge.plugin.presenters.exportreview import KnownReview, find_review
from labelbridge.plugin.presenters.identity import image_identity
from labelbridge.plugin.presenters.shownimage import ShownImage
from labelbridge.plugin.presenters.shownmasks import check_masks
from labelbridge.refine.review import review_record

__all__ = ["RECORD_ENDING", "ExportRequest", "Exported", "export", "new_folder_name"]

RECORD_ENDING = "_provenance.json"
"""Behind the image's name: the file that says where the masks come from."""


@dataclass(frozen=True, eq=False)
class ExportRequest:
    """What to export, and how.

    Attributes
    ----------
    shown
        The image.
    masks
        By class name, whole numbers, 0 outside: the image's own axes, or (Y, X); nobody else changes them.
    formats
        Names of `labelbridge.io.FORMATS`.
    folder
        Where the new folder goes.
    journals
        Where corrections that ended are looked for.
    review
        What the correction in work says of these masks; None where none is in work.
    models
        The models that made the masks, as a bootstrap's provenance has it; None where they were not bootstrapped here.
    """

    shown: ShownImage
    masks: Mapping[str, Any]
    formats: tuple[str, ...]
    folder: Path
    journals: Path
    review: KnownReview | None = None
    models: Mapping[str, object] | None = None


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes
    ----------
    folder
        The new folder.
    files
        The files in it that hold masks (OME-Zarr: folders), and the record as the last.
    review
        What the record says of the review.
    """

    folder: Path
    files: tuple[Path, ...]
    review: KnownReview


def export(request: ExportRequest, reporter: Reporter) -> Exported:
    """Write masks in all formats; nothing that is there is replaced.

    One format is written into the new folder itself, several into folders in it that have the names of the formats.

    Raises
    ------
    InputError
        Where the masks do not fit the image, a format cannot hold them, or the folder cannot be written to; nothing is
        left of the export then.
    Cancelled
        Where the reporter asked to stop; nothing is left then.
    """
    shown = request.shown
    check_stem(shown.name)
    masks = check_masks(request.masks, shown.name, shown.shape)
    if not os.path.isdir(request.folder):
        raise InputError(f"{request.folder}: there is no such folder any more; choose another one.")
    axes = next(iter(masks.values())).ndim
    source = HeldMasks(shown.name, masks, shown.pixel_size_um, _image_reader(request, axes, reporter))
    target = new_folder_name(request.folder, shown.name)
    with atomic_folder(target, overwrite=False) as fresh, _naming(target, fresh):
        written = list(_write(request.formats, source, fresh, reporter))
        reporter.progress(0, 0, "looking for an earlier review")
        review = request.review or find_review(request.journals, _identity(shown), masks, reporter)
        record = fresh / f"{shown.name}{RECORD_ENDING}"
        write_json(record, _record(request, source, review, written, fresh), overwrite=False)
        reporter.checkpoint()
    return Exported(target, tuple(target / path.relative_to(fresh) for path in (*written, record)), review)


def new_folder_name(folder: Path, image: str) -> Path:
    """Return the first name that is free in a folder: ``<image>_masks``, ``<image>_masks_2`` and so on."""
    names = (f"{image}_masks{f'_{number}' if number > 1 else ''}" for number in count(1))
    return next(folder / name for name in names if not os.path.lexists(folder / name))


@contextmanager
def _naming(target: Path, fresh: Path) -> Iterator[None]:
    """Let sentences about files name them as they will be called, not as they are until all are there."""
    try:
        yield
    except InputError as error:
        raise InputError(str(error).replace(str(fresh), str(target))) from error


def _write(formats: tuple[str, ...], source: HeldMasks, fresh: Path, reporter: Reporter) -> Iterator[Path]:
    """Write each format and give its files."""
    for number, name in enumerate(formats):
        reporter.progress(number, len(formats), f"writing {name}")
        reporter.checkpoint()
        format_ = FORMATS[name]
        sources = [source] if format_.holds_stacks else list(source.each_plane())
        out = fresh / name if len(formats) > 1 else fresh
        out.mkdir(exist_ok=True)
        yield from format_.write(sources, out, ExportOptions(tell=reporter.say))


def _image_reader(request: ExportRequest, axes: int, reporter: Reporter) -> Callable[[int | None], Image] | None:
    """Return what reads the image's planes for masks of so many axes; None where it is not to be had.

    Raises
    ------
    InputError
        Where a format cannot do without.
    """
    shown = request.shown
    try:
        if axes != len(shown.stack_shape) + 2:
            raise InputError(f"{shown.name}: got masks of {axes} axes, which are not those of the image.")
        first = shown.read(shown.plane)
    except InputError as error:
        if "nnunet" in request.formats:
            raise InputError(f"nnU-Net's data sets hold the image as well: {error}") from error
        if "ome-zarr" in request.formats:
            reporter.say(f"The image is left out of OME-Zarr: {error}")
        return None
    return lambda index: first if index is None else shown.read((index,))


def _identity(shown: ShownImage) -> str:
    """Return what tells the image from others, as corrections note it: they are of single planes."""
    return "" if shown.is_stack else image_identity(shown.data)


def _record(
    request: ExportRequest, source: HeldMasks, review: KnownReview, written: list[Path], fresh: Path
) -> dict[str, object]:
    planes = (plane.image(None) for plane in source.each_plane())
    first_masks = "unknown" if request.models is None else "bootstrapped"
    return {
        **make_provenance(
            (image for image in planes if image is not None),
            models=request.models,
            settings={"formats": list(request.formats)},
            review=review_record(review.outcome, review.fibres, first_masks=first_masks),
        ),
        "outputs": {path.relative_to(fresh).as_posix(): _hash(path) for path in written},
    }


def _hash(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and hashes of all files of a folder."""
    if not path.is_dir():
        return sha256_of(path)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    lines = (f"{file.relative_to(path).as_posix()} {sha256_of(file)}\n" for file in files)
    return sha256("".join(lines).encode()).hexdigest()
