"""Predictions and truth in two folders, matched by the stem of their image."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from labelbridge.core import AXON, MYELIN, InputError
from labelbridge.evaluate.distributions import SizeComparison
from labelbridge.evaluate.fibres import score_fibres
from labelbridge.evaluate.morphometry import measure_fibre_sizes
from labelbridge.evaluate.report import Report, Row
from labelbridge.evaluate.scores import score
from labelbridge.io.maskfiles import MaskFiles, collect_masks, find_masks
from labelbridge.io.masks import find_mask_pixel_size, read_label_map
from labelbridge.io.pixelsize import find_pixel_size

__all__ = ["check_folders", "compare_folders"]

_Masks = Mapping[str, MaskFiles]

_NO_RUNS = frozenset({"derivatives", "labels", "masks"})
"""Folders of a data set's own layout."""


def compare_folders(
    predictions: Path, truth: Path, *, classes: Sequence[str] = (AXON, MYELIN), pixel_size_um: float | None = None
) -> Report:
    """Score the masks of one folder against those of another.

    Masks belong together where the stem of their image is the same; a ``-manual`` at the end of a name is ignored.

    Parameters
    ----------
    predictions
        Folder with masks; or with one folder for each run (fold, seed), where these hold masks of the same images.
    truth
        Folder with the true masks.
    classes
        Names of the classes to score, ``axon`` and ``myelin`` among them.
    pixel_size_um
        Side of the pixels of all images in um; None takes what the masks, or the record of a bootstrap beside them,
        say: those of the predictions, else those of the truth.

    Raises
    ------
    InputError
        Where a folder has no masks, no stem is in both, a mask or a pixel size cannot be read, or shapes differ.
    """
    true, runs = _matched(predictions, truth, classes)
    rows: list[Row] = []
    strays: list[str] = []
    missing: list[str] = []
    for run, masks in runs.items():
        prefix = f"{run}/" if run else ""
        strays += [prefix + stem for stem in sorted(masks.keys() - true.keys())]
        missing += [prefix + stem for stem in sorted(true.keys() - masks.keys())]
        for stem in sorted(masks.keys() & true.keys()):
            rows += _compare(run, masks[stem], true[stem], classes, pixel_size_um)
    return Report(tuple(rows), tuple(strays), tuple(missing))


def check_folders(predictions: Path, truth: Path, *, classes: Sequence[str] = (AXON, MYELIN)) -> None:
    """Raise InputError where a folder has no masks or no stem is in both; takes what `compare_folders` takes."""
    _matched(predictions, truth, classes)


def _matched(predictions: Path, truth: Path, classes: Sequence[str]) -> tuple[_Masks, dict[str, _Masks]]:
    """Return the true masks, and those of each run."""
    true, runs = find_masks(truth, classes=classes), _runs(predictions, classes)
    _require_match(predictions, runs.values(), truth, true)
    return true, runs


def _runs(predictions: Path, classes: Sequence[str]) -> dict[str, _Masks]:
    """Return the masks of each run by the run's name; a folder that is not made of runs is one run without a name."""
    places = collect_masks(predictions, classes) if predictions.is_dir() else {}
    stems: dict[str, set[str]] = {}
    for folder, stem in places:
        stems.setdefault(folder.parts[0] if folder.parts else "", set()).add(stem)
    shared = sum(map(len, stems.values())) > len(set().union(*stems.values()))
    if not shared or "" in stems or stems.keys() & _NO_RUNS:
        return {"": find_masks(predictions, classes=classes)}
    return {run: find_masks(predictions / run, classes=classes) for run in sorted(stems)}


def _require_match(predictions: Path, runs: Iterable[_Masks], truth: Path, true: _Masks) -> None:
    stems = {stem for masks in runs for stem in masks}
    if not stems & true.keys():
        raise InputError(
            f"no prediction and truth belong together: got '{min(stems)}' in {predictions} and '{min(true)}' in "
            f"{truth}, expected the same image name before '_seg-' on both sides; rename the masks or choose another "
            "folder."
        )


def _compare(
    run: str, predicted: MaskFiles, true: MaskFiles, classes: Sequence[str], pixel_size_um: float | None
) -> list[Row]:
    size_um = _pixel_size(pixel_size_um, predicted, true)
    prediction, truth = read_label_map(predicted, classes), read_label_map(true, classes)
    if prediction.shape != truth.shape:
        raise InputError(
            f"{predicted.files[0]}: got masks of {prediction.shape}, expected {truth.shape} (height, width) as in "
            f"{true.files[0]}; compare masks at the original size of the image."
        )
    fibres = score_fibres(prediction.mask(AXON), truth.mask(AXON))
    sizes = SizeComparison(measure_fibre_sizes(prediction), measure_fibre_sizes(truth))
    return [
        Row(run, true.stem, name, scores, fibres, sizes, size_um) if name == AXON else Row(run, true.stem, name, scores)
        for name, scores in score(prediction, truth).items()
    ]


def _pixel_size(explicit_um: float | None, *masks: MaskFiles) -> float | None:
    if explicit_um is not None:
        return find_pixel_size(masks[0].files[0], explicit_um=explicit_um)
    return next((size for files in masks if (size := find_mask_pixel_size(files)) is not None), None)
