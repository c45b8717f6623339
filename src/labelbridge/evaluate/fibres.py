"""Which fibres were found, missed and invented: the axons of two masks, matched one to one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import BoolArray, InputError, scratch_array

__all__ = ["FIBRE_METRICS", "MIN_IOU", "FibreScores", "score_fibres"]

FIBRE_METRICS = ("found", "missed", "invented", "f1")
"""Names of the numbers of a `FibreScores`, in their order."""

MIN_IOU = 0.5
"""A fibre is found where intersection over union of both axons is at least this, as is usual for cells and nuclei."""

_Numbers = NDArray[np.int32]
"""Numbers of areas, 1 to n, 0 elsewhere: axes (Y, X)."""


@dataclass(frozen=True)
class FibreScores:
    """The fibres of an image, or of several, counted by their axons.

    Attributes
    ----------
    found
        Fibres of the truth that the prediction has.
    missed
        Fibres of the truth that it has not.
    invented
        Fibres of the prediction that the truth has not.
    """

    found: int
    missed: int
    invented: int

    @property
    def f1(self) -> float:
        """Twice the fibres found over those of both masks, 0 to 1; 1 where neither has any."""
        both = 2 * self.found + self.missed + self.invented
        return 2 * self.found / both if both else 1.0

    def values(self) -> tuple[float, ...]:
        """Return the numbers in the order of `FIBRE_METRICS`."""
        return self.found, self.missed, self.invented, self.f1

    def texts(self) -> tuple[str, ...]:
        """Return the numbers as the user reads them."""
        return f"{self.found:,}", f"{self.missed:,}", f"{self.invented:,}", f"{self.f1:.3f}"

    @classmethod
    def total(cls, scores: Iterable[Self]) -> Self:
        """Add up the fibres of several images."""
        counts = [(one.found, one.missed, one.invented) for one in scores]
        return cls(*(sum(column) for column in zip(*counts, strict=True))) if counts else cls(0, 0, 0)


def score_fibres(prediction: BoolArray, truth: BoolArray) -> FibreScores:
    """Count the fibres that a prediction has found, missed and invented.

    A fibre is a connected area of axon; areas that touch by a corner are two. Two areas are the same fibre where their
    intersection over union is at least `MIN_IOU`, as in Caicedo et al., Cytometry A 2019
    (https://doi.org/10.1002/cyto.a.23863). An area can be the same as one other only: two would have to share it in
    equal halves that touch, and be one.

    Parameters
    ----------
    prediction, truth
        Masks of axons of one shape, axes (Y, X) or (plane, Y, X), bool; each plane counts by itself.

    Raises
    ------
    InputError
        Where the shapes differ.
    """
    if prediction.shape != truth.shape:
        raise InputError(f"got axons of {prediction.shape} and a truth of {truth.shape}, expected one shape.")
    if prediction.ndim > 2:
        return FibreScores.total(score_fibres(*planes) for planes in zip(prediction, truth, strict=True))
    predicted, true = _number_areas(prediction), _number_areas(truth)
    found = _count_matches(predicted, true)
    return FibreScores(found, int(true.max(initial=0)) - found, int(predicted.max(initial=0)) - found)


def _number_areas(mask: BoolArray) -> _Numbers:
    from scipy import ndimage

    numbers = scratch_array(mask.shape, np.int32)
    ndimage.label(mask, output=numbers)
    return numbers


def _count_matches(predicted: _Numbers, true: _Numbers) -> int:
    """Return how many areas are in both."""
    predicted_px, true_px = (np.bincount(areas.ravel(), minlength=1) for areas in (predicted, true))
    both = np.flatnonzero((predicted > 0) & (true > 0))
    pairs = true.ravel()[both].astype(np.int64) * predicted_px.size + predicted.ravel()[both]
    pair, common_px = np.unique(pairs, return_counts=True)
    at_true, at_predicted = np.divmod(pair, predicted_px.size)
    union_px = true_px[at_true] + predicted_px[at_predicted] - common_px
    return int(np.count_nonzero(common_px >= MIN_IOU * union_px))
