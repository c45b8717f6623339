"""Masks out, in the formats that the users' tools read."""

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from labelbridge import __version__
from labelbridge.core import AXON, MYELIN, AnyArray, InputError, LabelMap
from labelbridge.io.atomic import to_json, write_files
from labelbridge.io.maskvalues import AXON_VALUE, MYELIN_VALUE, ON_VALUE
from labelbridge.io.names import AXONMYELIN, image_stem

__all__ = ["bids_mask_files", "check_stem", "encode_masks", "encode_png", "write_axondeepseg", "write_bids_derivatives"]

_BIDS_VERSION = "1.9.0"
_BIDS_NAME = re.compile(r"(?P<subject>sub-[A-Za-z0-9]+)(_(?P<session>ses-[A-Za-z0-9]+))?_.*[A-Za-z0-9]")


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
    contents = {out / f"{stem}_seg-{what}.png": content for what, content in encode_masks(labels).items()}
    return write_files(contents, overwrite=overwrite)


def write_bids_derivatives(
    labels: LabelMap, image: Path | str, out: Path, *, provenance: Mapping[str, object], overwrite: bool
) -> list[Path]:
    """Write masks below ``derivatives/labels`` of a BIDS data set, each with a JSON sidecar.

    Parameters
    ----------
    labels
        As `write_axondeepseg` takes them.
    image
        The image's file or stem, named as BIDS wants: ``sub-<label>_..._<suffix>``.
    out
        Root of the data set. ``dataset_description.json`` of the labels is written where it is missing and kept as it
        is where it exists.
    provenance
        What made the masks, for the sidecars.
    overwrite
        Replace masks and sidecars that exist.

    Returns
    -------
    list[Path]
        The files written, masks before sidecars.

    Raises
    ------
    InputError
        As for `write_axondeepseg`, and where the stem is no BIDS name.
    """
    stem = image_stem(image) if isinstance(image, Path) else image
    contents = encode_masks(labels)
    masks = dict(zip(bids_mask_files(stem, out, tuple(contents)), contents.values(), strict=True))
    sidecars = {mask.with_suffix(".json"): to_json(provenance) for mask in masks}
    description = _bids_labels(out) / "dataset_description.json"
    first = {} if description.exists() else {description: _description()}
    return write_files(first | masks | sidecars, overwrite=overwrite)


def bids_mask_files(stem: str, out: Path, masks: Sequence[str] = (AXON, MYELIN, AXONMYELIN)) -> list[Path]:
    """Return where `write_bids_derivatives` puts an image's masks.

    Parameters
    ----------
    stem
        The image's name without ending.
    out
        Root of the data set.
    masks
        What the masks show: classes by name, and ``axonmyelin``.

    Raises
    ------
    InputError
        Where the stem is no BIDS name, or cannot begin a file's name.
    """
    check_stem(stem)
    name = _BIDS_NAME.fullmatch(stem)
    if name is None:
        raise InputError(
            f"{stem}: got a name that is not of BIDS, expected sub-<label>_..._<suffix> such as sub-01_sample-1_SEM; "
            "rename the image, or write plain masks instead."
        )
    folder = _bids_labels(out).joinpath(*(part for part in (name["subject"], name["session"], "micr") if part))
    return [folder / f"{stem}_seg-{what}.png" for what in masks]


def _bids_labels(out: Path) -> Path:
    return out / "derivatives" / "labels"


def encode_masks(labels: LabelMap) -> dict[str, bytes]:
    """Return the PNG files of a label map by what they show: each class, then axon and myelin together.

    Raises
    ------
    InputError
        Where a class name cannot be part of a file's name.
    """
    for name in labels.classes.foreground:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.-]*", name) or name == AXONMYELIN or name.endswith("-manual"):
            raise InputError(f"got the class '{name}', expected a name of letters and digits; rename the class.")
    both = np.zeros(labels.shape, np.uint8)
    both[labels.mask(MYELIN)] = MYELIN_VALUE
    both[labels.mask(AXON)] = AXON_VALUE
    single = {name: encode_png(labels.mask(name) * np.uint8(ON_VALUE)) for name in labels.classes.foreground}
    return single | {AXONMYELIN: encode_png(both)}


def encode_png(pixels: AnyArray) -> bytes:
    """Return a PNG file of 8-bit pixels, axes (Y, X) or (Y, X, RGB)."""
    stream = BytesIO()
    PillowImage.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def check_stem(stem: str) -> None:
    """Raise InputError where `stem` cannot be the beginning of a file's name."""
    if not stem or stem.startswith(".") or re.search(r'[/\\:*?"<>|\x00-\x1f]', stem):
        raise InputError(f"got the image name '{stem}', expected one that can begin a file's name; rename the image.")


def _description() -> bytes:
    return to_json(
        {
            "Name": "Axon and myelin labels",
            "BIDSVersion": _BIDS_VERSION,
            "DatasetType": "derivative",
            "GeneratedBy": [{"Name": "LabelBridge", "Version": __version__}],
        }
    )
