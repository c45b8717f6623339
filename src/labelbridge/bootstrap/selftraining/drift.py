"""Whether a round of self-training has made a model worse, as far as that can be told without labels of U."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from labelbridge.bootstrap.retraining.verdict import Agreement
from labelbridge.bootstrap.selftraining.certainty import middles
from labelbridge.core import (
    ArrayPlane,
    Device,
    FloatArray,
    Image,
    LabeledImage,
    LabelMap,
    Polarity,
    QuietReporter,
    Reporter,
    most_probable,
)
from labelbridge.evaluate.translation.fibres import count_found

if TYPE_CHECKING:
    from labelbridge.segment.nnunet.predict import NnUnetSegmenter

__all__ = ["Standing", "loss", "standing_of"]

_MOST_LOST = 0.02
"""Mean Dice on styled images that a round may cost: one that costs more has drifted."""

_MOST_UNFOUND = 0.07
"""Part of the rings found in U that rounds may lose together, likewise. Two rounds that made masks better lost up to
0.05, two that made those of blurred phantoms worse 0.09 and 0.21."""


class Standing(NamedTuple):
    """How good a model is."""

    dice: float
    """Mean of axon and myelin on labelled images."""

    found: float
    """Part of the rings that images of U show by themselves in which it sees axon; 1 where these show none."""


def standing_of(
    model: Path,
    labeled: Sequence[LabeledImage],
    unlabeled: Sequence[Image],
    polarity: Polarity,
    fibre_px: float,
    device: Device,
    reporter: Reporter,
) -> Standing:
    """Judge a model.

    Parameters
    ----------
    model
        Its folder.
    labeled
        Images that no model has learnt from, at the size at which it sees them.
    unlabeled
        Images of U at that size; the middles of some are looked at.
    polarity
        Shade of the axons in these.
    fibre_px
        Diameter of the fibres at that size in px.
    device
        Where to compute.
    reporter
        Asked whether to stop.

    Raises
    ------
    InputError
        Where the model cannot be used.
    Cancelled
        Where the reporter asked to stop.
    """
    from labelbridge.segment.nnunet.predict import NnUnetSegmenter

    segmenter, quiet, agreement = NnUnetSegmenter.load(model, device=device), QuietReporter(reporter), Agreement()
    for sample in labeled:
        labels = _masks(segmenter, sample.image.data, quiet)
        agreement.add(labels, sample.labels, np.ones(labels.shape, np.bool_))
    quick = segmenter.unmirrored()
    counts = [count_found(_masks(quick, data, quiet), data, polarity, fibre_px) for data in middles(unlabeled)]
    found, there = (sum(column) for column in zip(*counts, strict=True))
    return Standing(float(np.mean(list(agreement.dice.values()))), found / there if there else 1.0)


def loss(before: Standing, after: Standing) -> str | None:
    """Say what a round has done to a model that is worse after it; None where nothing speaks against the round."""
    if after.dice < before.dice - _MOST_LOST:
        return "made masks of labelled images worse"
    if after.found < (1 - _MOST_UNFOUND) * before.found:
        return "missed more of what looks like a fibre in the new images"
    return None


def _masks(segmenter: "NnUnetSegmenter", data: FloatArray, reporter: Reporter) -> LabelMap:
    bands = segmenter.predict(ArrayPlane(data), reporter)
    return LabelMap(most_probable(np.concatenate(list(bands), axis=1)), segmenter.classes)
