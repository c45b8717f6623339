"""How good masks are: against other layers, or the masks of a file or folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labelbridge.core import AXON, AnyArray, InputError, LabelArray, Reporter
from labelbridge.evaluate import FibreScores, Scores, score_fibres
from labelbridge.evaluate.scores import score_masks
from labelbridge.io import MaskFiles, find_masks, read_label_map
from labelbridge.io.masks import count_mask_planes
from labelbridge.io.maskvalues import read_class_mask
from labelbridge.plugin.presenters.differences import differences
from labelbridge.plugin.presenters.shownimage import ShownImage
from labelbridge.plugin.presenters.shownmasks import ShownMasks

__all__ = ["Evaluation", "EvaluationRequest", "evaluate"]


@dataclass(frozen=True, eq=False)
class EvaluationRequest:
    """What to compare with what.

    Attributes
    ----------
    shown
        The image.
    masks
        By class name, whole numbers, 0 outside; nobody else changes them.
    truth
        Other class layers, or a file or folder with masks.
    title
        What is compared, in the user's words.
    """

    shown: ShownImage
    masks: Mapping[str, Any]
    truth: ShownMasks | Path
    title: str = ""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How good masks are.

    Attributes
    ----------
    request
        What was asked for.
    scores
        By class name, of the classes that both have.
    fibres
        Fibres found, missed, invented, merged and split; None where not both have axons.
    errors
        The axes of the masks, uint8, as `differences` gives it: `ONLY_BEFORE` is missed, `ONLY_AFTER` is invented,
        `ANOTHER_CLASS` is taken for another class; classes that only one of the two has do not count.
    """

    request: EvaluationRequest
    scores: dict[str, Scores]
    fibres: FibreScores | None
    errors: LabelArray


def evaluate(request: EvaluationRequest, reporter: Reporter) -> Evaluation:
    """Score masks against a truth and find where they err.

    Raises
    ------
    InputError
        Where the truth cannot be read, has another shape, or no class is in both.
    Cancelled
        Where the reporter asked to stop.
    """
    reporter.progress(0, 0, "reading the truth")
    true = _arrays(_read_truth(request))
    masks = _arrays(request.masks)
    common = _common(masks, true)
    scores = {}
    for number, name in enumerate(common):
        reporter.progress(number, len(common) + 2, f"comparing {name}")
        reporter.checkpoint()
        scores[name] = score_masks(masks[name] != 0, true[name] != 0)
    reporter.progress(len(common), len(common) + 2, "counting fibres")
    reporter.checkpoint()
    fibres = score_fibres(masks[AXON] != 0, true[AXON] != 0) if AXON in common else None
    reporter.progress(len(common) + 1, len(common) + 2, "drawing the errors")
    reporter.checkpoint()
    errors = differences({name: true[name] for name in common}, {name: masks[name] for name in common})
    return Evaluation(request, scores, fibres, errors)


def _arrays(masks: Mapping[str, Any]) -> dict[str, AnyArray]:
    return {name: np.asarray(mask) for name, mask in masks.items()}


def _common(masks: Mapping[str, AnyArray], true: Mapping[str, AnyArray]) -> list[str]:
    """Return the names of the classes that both have."""
    common = [name for name in masks if name in true]
    if not common:
        raise InputError(
            f"got masks of {', '.join(masks)} and a truth of {', '.join(true)}, expected a class that both have; "
            "choose another truth."
        )
    for name in common:
        if masks[name].shape != true[name].shape:
            got, expected = (" x ".join(map(str, one[name].shape)) for one in (true, masks))
            raise InputError(
                f"got a truth of {got} px for {name} masks of {expected} px (height x width), expected one shape; "
                "choose the truth of this image."
            )
    return common


def _read_truth(request: EvaluationRequest) -> Mapping[str, Any]:
    if isinstance(request.truth, ShownMasks):
        return request.truth.data
    found = find_masks(request.truth)
    name = request.shown.name
    if name not in found and len(found) > 1:
        raise InputError(
            f"{request.truth}: got masks of {len(found)} images and none of '{name}', expected {name}_seg-axon.png and "
            "the like; choose the file of this image."
        )
    return _read_masks(found.get(name) or next(iter(found.values())), request.shown.shape)


def _read_masks(files: MaskFiles, shape: tuple[int, int]) -> dict[str, AnyArray]:
    """Read all classes that there are, also where the axon or the myelin has no file."""
    if not files.is_complete:
        return {name: read_class_mask(file) for name, file in files.classes.items()}
    planes = count_mask_planes(files)
    if planes is None:
        return _plane(files, None, shape)
    read = [_plane(files, index, shape) for index in range(planes)]
    return {name: np.stack([plane[name] for plane in read]) for name in read[0]}


def _plane(files: MaskFiles, index: int | None, shape: tuple[int, int]) -> dict[str, AnyArray]:
    labels = read_label_map(files, None, index=index, shape=shape)
    return {name: labels.mask(name) for name in labels.classes.foreground}
