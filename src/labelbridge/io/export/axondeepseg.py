"""Masks as AxonDeepSeg reads them."""

import math
from pathlib import Path

from labelbridge.core import InputError, LabelMap
from labelbridge.io.atomic import write_files
from labelbridge.io.export.names import check_stem
from labelbridge.io.export.png import encode_masks
from labelbridge.io.pixelsize import ADS_PIXEL_SIZE_FILE, find_pixel_size

__all__ = ["axondeepseg_files", "write_axondeepseg", "write_pixel_size"]


def axondeepseg_files(stem: str, out: Path, masks: tuple[str, ...]) -> list[Path]:
    """Return where `write_axondeepseg` puts masks; `masks` says what they show, e.g. ``axon``, ``axonmyelin``."""
    return [out / f"{stem}_seg-{what}.png" for what in masks]


def write_axondeepseg(labels: LabelMap, stem: str, out: Path, *, overwrite: bool) -> list[Path]:
    """Write masks as AxonDeepSeg names them: ``<stem>_seg-<class>.png`` and ``<stem>_seg-axonmyelin.png``.

    Parameters
    ----------
    labels
        One file a class, 8 bits, 0 and 255; axon and myelin also in one file: 0 background, 127 myelin, 255 axon.
    stem
        Stem of the image.
    out
        Folder; made where it is missing.
    overwrite
        Replace files that exist.

    Returns
    -------
    list[Path]
        The files written.

    Raises
    ------
    InputError
        Where a file exists, the stem or a class name cannot be part of a file's name, or the disk does not take it.
    """
    check_stem(stem)
    masks = encode_masks(labels)
    targets = axondeepseg_files(stem, out, tuple(masks))
    return write_files(dict(zip(targets, masks.values(), strict=True)), overwrite=overwrite)


def write_pixel_size(pixel_size_um: float, out: Path) -> list[Path]:
    """Write ``pixel_size_in_micrometer.txt``, which holds for all images of a folder.

    Returns
    -------
    list[Path]
        The file, or nothing where it is there already and says the same.

    Raises
    ------
    InputError
        Where the file is there and says something else: it is kept.
    """
    file = out / ADS_PIXEL_SIZE_FILE
    if not file.exists():
        return write_files({file: f"{pixel_size_um!r}\n".encode()}, overwrite=False)
    there = find_pixel_size(file)
    if there is None or not math.isclose(there, pixel_size_um):
        raise InputError(
            f"{file}: got {there} um for the images of this folder, expected {pixel_size_um:g} um; choose another "
            "folder, or remove the file if it is wrong."
        )
    return []
