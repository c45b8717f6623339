"""Raw data sets of nnU-Net v2: ``DatasetNNN_Name`` with dataset.json, imagesTr/ and labelsTr/."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labelbridge.core import InputError, LabelMap
from labelbridge.io.labelfiles.naming import name_values, saying_what_is_wrong
from labelbridge.io.lookup import count_values
from labelbridge.io.maskvalues import read_values
from labelbridge.io.names import IMAGE_ENDINGS, image_stem

__all__ = [
    "DATASET_JSON",
    "IGNORE",
    "OWN_KEY",
    "DatasetDescription",
    "case_of",
    "count_planes",
    "is_label_file",
    "is_raw_dataset",
    "read_description",
    "read_labels",
    "read_pixel_size",
]

DATASET_JSON = "dataset.json"

OWN_KEY = "labelbridge"
"""Key in dataset.json of what only LabelBridge says: ``pixel_size_um`` by case."""

_LABEL_FOLDERS = ("labelsTr", "labelsTs")
_IMAGE_FOLDERS = ("imagesTr", "imagesTs")
IGNORE = "ignore"
"""Name of the label of pixels that are not labelled."""


@dataclass(frozen=True)
class DatasetDescription:
    """What dataset.json says.

    Attributes
    ----------
    path
        The file.
    labels
        Class name of each value.
    channels
        Name of each channel.
    file_ending
        Ending of images and labels.
    pixel_sizes_um
        Side of a pixel by case, where LabelBridge wrote the set.
    """

    path: Path
    labels: Mapping[int, str]
    channels: Mapping[int, str]
    file_ending: str
    pixel_sizes_um: Mapping[str, float]


def is_raw_dataset(folder: Path) -> bool:
    """Return True for the folder of an nnU-Net raw data set."""
    return (folder / DATASET_JSON).is_file() and (folder / "labelsTr").is_dir()


def is_label_file(path: Path) -> bool:
    """Return True for a label image of an nnU-Net raw data set."""
    return (
        path.parent.name in _LABEL_FOLDERS
        and path.name.lower().endswith(IMAGE_ENDINGS)
        and (path.parent.parent / DATASET_JSON).is_file()
    )


def case_of(image: Path) -> str:
    """Return the stem of an image, without ``_NNNN`` for the channel in ``imagesTr/`` and ``imagesTs/``."""
    stem = image_stem(image)
    return re.sub(r"_\d{4}$", "", stem) if image.parent.name in _IMAGE_FOLDERS else stem


def read_description(folder: Path) -> DatasetDescription:
    """Read dataset.json of a raw data set.

    Raises
    ------
    InputError
        Where it is damaged, or labels are regions (lists of values) and not one value a class.
    """
    path = folder / DATASET_JSON
    with saying_what_is_wrong(path, "nnU-Net's dataset.json"):
        content = json.loads(path.read_text("utf-8-sig"))
        own = content.get(OWN_KEY, {})
        return DatasetDescription(
            path,
            _labels(path, content["labels"]),
            {int(index): str(name) for index, name in content.get("channel_names", {}).items()},
            str(content["file_ending"]),
            {str(case): float(size) for case, size in own.get("pixel_size_um", {}).items()},
        )


def _labels(path: Path, labels: Mapping[str, object]) -> dict[int, str]:
    for name, value in labels.items():
        if isinstance(value, list):
            raise InputError(
                f"{path}: got the region '{name}' of the label values {value}, expected one value a class; save the "
                "set with a value for each class."
            )
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 256:
            raise InputError(f"{path}: got the label {name!r}: {value!r}, expected a class name and its value.")
    return {value: name for name, value in labels.items() if isinstance(value, int)}


def read_labels(path: Path, index: int | None, shape: tuple[int, int] | None) -> LabelMap:
    """Read a label image; dataset.json names its values, whatever their order.

    Raises
    ------
    InputError
        Where it cannot be read, or holds pixels that are to be ignored.
    """
    labels = read_description(path.parent.parent).labels
    values = read_values(path, index=index)
    counts = count_values(values)
    for value, name in labels.items():
        if name.lower() == IGNORE and value < len(counts) and counts[value]:
            raise InputError(
                f"{path}: got {counts[value]} pixels labelled '{name}', expected images that are labelled everywhere; "
                "label the rest, or leave the image out."
            )
    return name_values(path, values, {value: name for value, name in labels.items() if name.lower() != IGNORE})


def read_pixel_size(path: Path) -> float | None:
    """Return the pixel size in um that LabelBridge noted in dataset.json, or None."""
    return read_description(path.parent.parent).pixel_sizes_um.get(image_stem(path))


def count_planes(path: Path) -> int:
    """Return 1: these sets hold no stacks of ours."""
    return 1
