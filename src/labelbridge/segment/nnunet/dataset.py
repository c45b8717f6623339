"""The raw data set that nnU-Net plans from."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tifffile

from labelbridge.core import BoolArray, ClassMap, InputError, LabeledImage, LabelMap, Reporter
from labelbridge.segment.nnunet.scaling import to_network_range

__all__ = [
    "DATASET",
    "FILES_KEY",
    "IGNORE",
    "case_names",
    "common_classes",
    "ignoring",
    "learnt_classes",
    "subject_splits",
    "write_raw",
]

DATASET = "Dataset001_LabelBridge"
"""Name of the data set within nnU-Net's folders."""

FILES_KEY = "dataset"
"""Key of dataset.json that names each case's files; of use for the raw data set alone."""

IGNORE = "ignore"
"""Name of the last class where labels have one for pixels that do not count: nnU-Net's own for that."""

_ENDING = ".tif"
_FOLDS = 5


def common_classes(samples: Sequence[LabeledImage]) -> ClassMap:
    """Return the classes of all samples; raises InputError where there are no samples or their classes differ."""
    if not samples:
        raise InputError("got no labelled images to train on, expected at least one.")
    classes = samples[0].labels.classes
    for sample in samples:
        if sample.labels.classes != classes:
            raise InputError(
                f"{sample.image.name}: got classes {list(sample.labels.classes.names)}, expected "
                f"{list(classes.names)} as in {samples[0].image.name}; read all labels with the same classes."
            )
    return classes


def learnt_classes(samples: Sequence[LabeledImage]) -> ClassMap:
    """Return the classes that a model learns from samples: all that they have but `IGNORE`."""
    return ClassMap(tuple(name for name in common_classes(samples).names if name != IGNORE))


def ignoring(sample: LabeledImage, counts: BoolArray) -> LabeledImage:
    """Return a sample of which only some pixels count: whatever the labels say elsewhere, no training sees it.

    Parameters
    ----------
    sample
        An image and its labels.
    counts
        Pixels that count, (Y, X), bool.
    """
    classes = ClassMap((*sample.labels.classes.names, IGNORE))
    data = np.where(counts, sample.labels.data, np.uint8(classes.value(IGNORE)))
    return LabeledImage(sample.image, LabelMap(data, classes), sample.subject)


def case_names(samples: Sequence[LabeledImage]) -> list[str]:
    """Return nnU-Net's name of each sample, in order."""
    return [f"case_{index:05d}" for index in range(len(samples))]


def write_raw(samples: Sequence[LabeledImage], folder: Path, licence: str, reporter: Reporter) -> None:
    """Write the samples as a raw data set of nnU-Net.

    Parameters
    ----------
    samples
        Images with labels at the network's scale.
    folder
        The data set's folder, e.g. ``raw/Dataset001_LabelBridge``; made here.
    licence
        Written to dataset.json.
    reporter
        Told after each image, asked whether to stop before each.
    """
    images, labels = folder / "imagesTr", folder / "labelsTr"
    for part in (images, labels):
        part.mkdir(parents=True, exist_ok=True)
    for index, (case, sample) in enumerate(zip(case_names(samples), samples, strict=True)):
        reporter.checkpoint()
        tifffile.imwrite(images / f"{case}_0000{_ENDING}", to_network_range(sample.image.data))
        tifffile.imwrite(labels / f"{case}{_ENDING}", sample.labels.data)
        reporter.progress(index + 1, len(samples), "writing the training set")
    description = _description(common_classes(samples), len(samples), licence)
    description[FILES_KEY] = _files(case_names(samples))
    (folder / "dataset.json").write_text(json.dumps(description, indent=2), encoding="utf-8")


def subject_splits(samples: Sequence[LabeledImage], seed: int) -> list[dict[str, list[str]]]:
    """Divide the cases into five folds that keep all images of a subject on one side.

    An image without a subject counts as a subject of its own. Large subjects are dealt first, each to the fold with
    the fewest images so far.

    Returns
    -------
    list
        Five entries ``{"train": [...], "val": [...]}`` of case names, as nnU-Net's splits_final.json has them.

    Raises
    ------
    InputError
        Where there are fewer subjects than folds.
    """
    groups: dict[str, list[str]] = {}
    for case, sample in zip(case_names(samples), samples, strict=True):
        groups.setdefault(f"subject {sample.subject}" if sample.subject else case, []).append(case)
    if len(groups) < _FOLDS:
        raise InputError(
            f"got labelled images of {len(groups)} subjects, expected at least {_FOLDS} for numbered folds; "
            "train the fold 'all' instead."
        )
    names = sorted(groups)
    np.random.default_rng(seed).shuffle(names)
    held_out: list[list[str]] = [[] for _ in range(_FOLDS)]
    for name in sorted(names, key=lambda group: -len(groups[group])):
        min(held_out, key=len).extend(groups[name])
    everything = case_names(samples)
    return [{"train": [c for c in everything if c not in set(val)], "val": sorted(val)} for val in held_out]


def _files(cases: Sequence[str]) -> dict[str, dict[str, object]]:
    """Name the files of each case, so that nnU-Net lists no folders: it forks processes for that, which can hang."""
    return {
        case: {"images": [f"imagesTr/{case}_0000{_ENDING}"], "label": f"labelsTr/{case}{_ENDING}"} for case in cases
    }


def _description(classes: ClassMap, count: int, licence: str) -> dict[str, object]:
    return {
        "channel_names": {"0": "microscopy"},
        "labels": {name: value for value, name in enumerate(classes.names)},
        "numTraining": count,
        "file_ending": _ENDING,
        "overwrite_image_reader_writer": "NaturalImage2DIO",
        "licence": licence,
        "converted_by": "LabelBridge",
    }
