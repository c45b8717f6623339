"""Images and labels as a raw data set of nnU-Net v2."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from labelbridge.core import AXON, BACKGROUND, MYELIN, AnyArray, Image, InputError, LabeledImage, LabelMap
from labelbridge.io.atomic import to_json
from labelbridge.io.atomicfolder import atomic_folder
from labelbridge.io.export.names import check_stem
from labelbridge.io.export.png import encode_png
from labelbridge.io.export.wholenumbers import as_16_bit, as_whole_numbers
from labelbridge.io.labelfiles.nnunet import DATASET_JSON, IGNORE, OWN_KEY
from labelbridge.io.lookup import look_up

__all__ = ["nnunet_folder", "write_nnunet"]

_CHANNELS = {"0": "rescale_to_0_1"}
_FULL_NAME = re.compile(r"Dataset\d{3}_.+")
_ENDING = ".png"
_MOST_CLASSES = 255


def nnunet_folder(out: Path, name: str = "LabelBridge") -> Path:
    """Return the folder for a new data set: ``DatasetNNN_<name>`` with the first number that is free in `out`.

    Raises
    ------
    InputError
        Where `name` cannot be part of a folder's name, or is a full ``DatasetNNN_Name`` that exists: nnU-Net's data
        sets are never replaced.
    """
    check_stem(name)
    there = [path.name for path in out.iterdir()] if out.is_dir() else []
    if _FULL_NAME.fullmatch(name):
        if name in there:
            raise InputError(f"{out / name}: this data set exists already; choose another --name.")
        return out / name
    taken = {found[:10] for found in there}
    free = (number for number in range(1, 1000) if f"Dataset{number:03d}" not in taken)
    number = next(free, None)
    if number is None:
        raise InputError(f"{out}: got data sets of all numbers from 001 to 999; choose another folder.")
    return out / f"Dataset{number:03d}_{name}"


def write_nnunet(samples: Iterable[LabeledImage], folder: Path, *, tell: Callable[[str], None]) -> list[Path]:
    """Write ``imagesTr/CASE_0000.png``, ``labelsTr/CASE.png`` and dataset.json; a case is an image's name.

    Images keep their 8 or 16 bits; others are scaled to 16 bits. Values are 1 for myelin, 2 for axon, then further
    classes as they come. Pixel sizes, for which PNG has no place, stand in dataset.json under ``labelbridge``.

    Parameters
    ----------
    samples
        Read and written one after the other.
    folder
        ``DatasetNNN_Name``; has this name only once it is whole.
    tell
        Receives a sentence for each image that was scaled.

    Returns
    -------
    list[Path]
        The files written.

    Raises
    ------
    InputError
        Where the folder exists, an image's name cannot be a file's, a class cannot be one of nnU-Net's, or the disk
        does not take it.
    """
    values = {BACKGROUND: 0, MYELIN: 1, AXON: 2}
    sizes: dict[str, float] = {}
    names: list[str] = []
    with atomic_folder(folder, overwrite=False) as fresh:
        for place in ("imagesTr", "labelsTr"):
            (fresh / place).mkdir()
        for sample in samples:
            case = sample.image.name
            check_stem(case)
            names += [f"imagesTr/{case}_0000{_ENDING}", f"labelsTr/{case}{_ENDING}"]
            (fresh / names[-2]).write_bytes(encode_png(_pixels(sample.image, tell)))
            (fresh / names[-1]).write_bytes(encode_png(_label_values(sample.labels, values)))
            if sample.image.pixel_size_um is not None:
                sizes[case] = sample.image.pixel_size_um
        description = {
            "channel_names": _CHANNELS,
            "labels": values,
            "numTraining": len(names) // 2,
            "file_ending": _ENDING,
            OWN_KEY: {"pixel_size_um": sizes},
        }
        (fresh / DATASET_JSON).write_bytes(to_json(description))
    return [folder / name for name in (*names, DATASET_JSON)]


def _pixels(image: Image, tell: Callable[[str], None]) -> AnyArray:
    whole = as_whole_numbers(image.data)
    if whole is None:
        tell(f"{image.name}: its intensities are not whole numbers from 0 to 65,535 and were scaled to 16 bits.")
        return as_16_bit(image.data)
    return whole


def _label_values(labels: LabelMap, values: dict[str, int]) -> AnyArray:
    """Return the label image with the data set's values; classes that are new to the set are added to `values`."""
    for name in labels.classes.names:
        if name.lower() == IGNORE:
            raise InputError(f"got the class '{name}', which nnU-Net takes for pixels without a label; rename it.")
        values.setdefault(name, len(values))
    if len(values) > _MOST_CLASSES:
        raise InputError(f"got {len(values)} classes, expected at most {_MOST_CLASSES}; choose some with --classes.")
    return look_up(np.array([values[name] for name in labels.classes.names], np.uint8), labels.data)
