"""Which fibres were found, missed, invented, merged and split: the axons of two masks, and what they share."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import BoolArray, InputError, count_pixels, count_shared_pixels, number_areas

__all__ = ["FIBRE_METRICS", "MIN_IOU", "FibreScores", "score_fibres"]

FIBRE_METRICS = ("found", "missed", "invented", "f1", "merged", "split", "sq", "pq")
"""Names of the numbers of a `FibreScores`, in their order."""

MIN_IOU = 0.5
"""A fibre is found where intersection over union of both axons is at least this, as is usual for cells and nuclei."""

_MOST = 0.5
"""An axon lies in an area where more than this part of it does, which can be so of one area only."""

_LEAST_PART = 0.1
"""Areas that are smaller, as a part of the axon that they lie in, are specks and split nothing."""

_Counts = NDArray[np.int64]


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
    merged
        Fibres of the truth that share one area of the prediction with others; found or missed as well.
    split
        Fibres of the truth that are several areas in the prediction; found or missed as well.
    found_iou
        Sum of the IoU of the fibres found.
    """

    found: int
    missed: int
    invented: int
    merged: int
    split: int
    found_iou: float

    @property
    def f1(self) -> float:
        """Twice the fibres found over those of both masks, 0 to 1; 1 where neither has any."""
        both = 2 * self.found + self.missed + self.invented
        return 2 * self.found / both if both else 1.0

    @property
    def sq(self) -> float:
        """Segmentation quality: mean IoU of the fibres found, 0 to 1; 0 where none is, 1 where neither mask has any."""
        return self.found_iou / self.found if self.found else float(not (self.missed or self.invented))

    @property
    def pq(self) -> float:
        """Panoptic quality, `sq` times `f1`, 0 to 1.

        Kirillov et al., Panoptic Segmentation, CVPR 2019 (https://arxiv.org/abs/1801.00868); it asks for an IoU of more
        than 0.5 where here 0.5 is enough.
        """
        return self.sq * self.f1

    def values(self) -> tuple[float, ...]:
        """Return the numbers in the order of `FIBRE_METRICS`."""
        return self.found, self.missed, self.invented, self.f1, self.merged, self.split, self.sq, self.pq

    def texts(self) -> tuple[str, ...]:
        """Return the numbers as the user reads them."""
        return tuple(f"{value:,}" if isinstance(value, int) else f"{value:.3f}" for value in self.values())

    @classmethod
    def total(cls, scores: Iterable[Self]) -> Self:
        """Add up the fibres of several images."""
        counts = [astuple(one) for one in scores]
        return cls(*(sum(column) for column in zip(*counts, strict=True))) if counts else cls(0, 0, 0, 0, 0, 0.0)


def score_fibres(prediction: BoolArray, truth: BoolArray) -> FibreScores:
    """Count the fibres that a prediction has found, missed, invented, merged and split.

    A fibre is a connected area of axon; areas that touch by a corner are two. Two areas are the same fibre where their
    intersection over union is at least `MIN_IOU`, as in Caicedo et al., Cytometry A 2019
    (https://doi.org/10.1002/cyto.a.23863). An area can be the same as one other only: two would have to share it in
    equal halves that touch, and be one.

    Fibres of the truth are merged where more than half of each of them lies in the same area of the prediction, as in
    Matula et al., PLoS ONE 2015 (https://doi.org/10.1371/journal.pone.0144959): also a small one that a large one took
    in. One is split where two or more areas of the prediction lie in it, with more than half of each, of which each
    has at least a tenth of its size, as in Caicedo et al.: smaller ones are specks, and count as invented alone.

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
    predicted, predicted_count = number_areas(prediction)
    true, true_count = number_areas(truth)
    at_true, at_predicted, shared_px = count_shared_pixels(true, predicted, predicted_count)
    true_px = count_pixels(true, true_count)[at_true]
    predicted_px = count_pixels(predicted, predicted_count)[at_predicted]
    iou = shared_px / (true_px + predicted_px - shared_px)
    found = int(np.count_nonzero(iou >= MIN_IOU))
    is_within = shared_px / true_px > _MOST
    is_part = (shared_px / predicted_px > _MOST) & (shared_px / true_px >= _LEAST_PART)
    return FibreScores(
        found=found,
        missed=true_count - found,
        invented=predicted_count - found,
        merged=int(_repeated(at_predicted[is_within]).sum()),
        split=_repeated(at_true[is_part]).size,
        found_iou=float(iou[iou >= MIN_IOU].sum()),
    )


def _repeated(numbers: _Counts) -> _Counts:
    """Return how often numbers occur that occur more than once, (N,)."""
    times = np.unique(numbers, return_counts=True)[1]
    return np.asarray(times[times > 1], np.int64)
