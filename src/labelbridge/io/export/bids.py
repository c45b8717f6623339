"""Masks as derivatives of a BIDS data set."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from labelbridge import __version__
from labelbridge.core import AXON, MYELIN, InputError, LabelMap
from labelbridge.io.atomic import to_json, write_files
from labelbridge.io.export.names import check_stem
from labelbridge.io.export.png import encode_masks
from labelbridge.io.names import AXONMYELIN, image_stem

__all__ = ["bids_mask_files", "write_bids_derivatives"]

_BIDS_VERSION = "1.9.0"
_BIDS_NAME = re.compile(r"(?P<subject>sub-[A-Za-z0-9]+)(_(?P<session>ses-[A-Za-z0-9]+))?_.*[A-Za-z0-9]")


def write_bids_derivatives(
    labels: LabelMap,
    image: Path | str,
    out: Path,
    *,
    provenance: Mapping[str, object],
    overwrite: bool,
    pixel_size_um: float | None = None,
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
    pixel_size_um
        Side of a pixel, stated in the sidecars where it is known.

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
    size = {} if pixel_size_um is None else {"PixelSize": [pixel_size_um, pixel_size_um], "PixelSizeUnits": "um"}
    sidecar = to_json(size | {key: value for key, value in provenance.items() if key not in size})
    sidecars = {mask.with_suffix(".json"): sidecar for mask in masks}
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


def _description() -> bytes:
    return to_json(
        {
            "Name": "Axon and myelin labels",
            "BIDSVersion": _BIDS_VERSION,
            "DatasetType": "derivative",
            "GeneratedBy": [{"Name": "LabelBridge", "Version": __version__}],
        }
    )
