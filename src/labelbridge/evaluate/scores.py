"""How far a label map is from the truth, class by class."""

from dataclasses import astuple, dataclass

import numpy as np

from labelbridge.core import BoolArray, InputError, LabelMap

__all__ = ["METRICS", "Scores", "score", "score_masks"]

METRICS = ("dice", "iou", "sensitivity", "specificity")
"""Names of the numbers in a `Scores`, in their order."""


@dataclass(frozen=True)
class Scores:
    """Agreement of one class in one image, each number in [0, 1]; METRICS gives their order.

    Attributes
    ----------
    dice
        Twice the common area over the sum of both areas.
    iou
        The common area over that of both together.
    sensitivity
        Part of the true pixels that was found.
    specificity
        Part of the pixels outside the truth that was left alone.
    """

    dice: float
    iou: float
    sensitivity: float
    specificity: float

    def values(self) -> tuple[float, ...]:
        """Return the numbers in the order of `METRICS`."""
        return astuple(self)

    def texts(self) -> tuple[str, ...]:
        """Return the numbers as the user reads them."""
        return tuple(f"{value:.3f}" for value in self.values())


def score_masks(prediction: BoolArray, truth: BoolArray) -> Scores:
    """Score one mask.

    Where a number has nothing to count, it asks whether the prediction is empty in the same way:

    - Dice and IoU: both masks empty is 1, one of them empty is 0.
    - Sensitivity, truth empty: 1 if the prediction is empty too, else 0.
    - Specificity, truth everywhere: 1 if the prediction is everywhere too, else 0.

    Parameters
    ----------
    prediction, truth
        Masks of one shape, axes (Y, X), bool.

    Raises
    ------
    InputError
        Where the shapes differ.
    """
    if prediction.shape != truth.shape:
        raise InputError(
            f"got a prediction of {prediction.shape} and a truth of {truth.shape} (height, width), expected one shape; "
            "compare masks at the original size of the image."
        )
    found = int(np.count_nonzero(prediction & truth))
    left_alone = int(np.count_nonzero(~prediction & ~truth))
    predicted, true = int(np.count_nonzero(prediction)), int(np.count_nonzero(truth))
    return Scores(
        dice=_part(2 * found, predicted + true, otherwise=True),
        iou=_part(found, predicted + true - found, otherwise=True),
        sensitivity=_part(found, true, otherwise=predicted == 0),
        specificity=_part(left_alone, truth.size - true, otherwise=predicted == truth.size),
    )


def score(prediction: LabelMap, truth: LabelMap) -> dict[str, Scores]:
    """Score every class that both label maps name, by name, the background left out.

    Raises
    ------
    InputError
        Where the shapes differ.
    """
    common = [name for name in truth.classes.foreground if name in prediction.classes.names]
    return {name: score_masks(prediction.mask(name), truth.mask(name)) for name in common}


def _part(count: int, total: int, *, otherwise: bool) -> float:
    return count / total if total else float(otherwise)
