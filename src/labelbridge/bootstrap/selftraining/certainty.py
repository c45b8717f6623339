"""How sure a self-trained model may be: as sure of U's images, in the mean, as the model that it began from.

A model that has learnt from its own masks is surer of them, and hardly more often right. Styled images do not tell:
of these it has the true labels.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labelbridge.core import (
    ArrayPlane,
    Device,
    FloatArray,
    Image,
    PartReporter,
    QuietReporter,
    Reporter,
    evenly,
    tempered,
)

__all__ = ["matching_temperature", "middles"]

_MOST_IMAGES = 8
_SIDE_PX = 512
_EVERY_PX = 4
"""Of the pixels of a row or column: neighbours say the same."""

_RANGE = 0.1, 10.0
_STAGE = "calibrating"


def matching_temperature(first: Path, last: Path, images: Sequence[Image], device: Device, reporter: Reporter) -> float:
    """Return the temperature at which a model is as sure of images as another one is at its own.

    How sure a model is, is the mean probability of the most probable class.

    Parameters
    ----------
    first
        Folder of the model whose temperature was fitted to labelled images.
    last
        Folder of the model whose temperature is asked for.
    images
        Of U, at the size at which the models see them; the middle of some of them is looked at.
    device
        Where to compute.
    reporter
        Receives progress and may ask to stop.

    Returns
    -------
    float
        From 0.1 to 10; the nearer of these where no temperature between them does.

    Raises
    ------
    InputError
        Where a model cannot be used.
    Cancelled
        Where the reporter asked to stop.
    """
    from scipy.optimize import brentq

    from labelbridge.segment import read_card

    seen = middles(images)
    before, own = (
        _probabilities(model, seen, device, PartReporter(reporter, part, 2, _STAGE))
        for part, model in enumerate((first, last))
    )
    wanted = _sureness(before, read_card(first).temperature)
    coldest, warmest = np.log(_RANGE)
    if _sureness(own, _RANGE[0]) <= wanted:
        return _RANGE[0]
    if _sureness(own, _RANGE[1]) >= wanted:
        return _RANGE[1]
    return float(np.exp(brentq(lambda log: _sureness(own, np.exp(log)) - wanted, coldest, warmest, xtol=1e-3)))


def middles(images: Sequence[Image]) -> list[FloatArray]:
    """Return the middles of some images, each (Y, X), float32: as much as tells something of all of them."""
    return [_middle_of(images[index]) for index in evenly(len(images), _MOST_IMAGES)]


def _middle_of(image: Image) -> FloatArray:
    top, left = (max(0, (length - _SIDE_PX) // 2) for length in image.shape)
    return np.ascontiguousarray(image.data[top : top + _SIDE_PX, left : left + _SIDE_PX])


def _probabilities(model: Path, images: Sequence[FloatArray], device: Device, reporter: Reporter) -> FloatArray:
    """Return the class probabilities of some pixels of all images, (class, N)."""
    from labelbridge.segment.nnunet.predict import NnUnetSegmenter

    segmenter, drawn = NnUnetSegmenter.load(model, device=device), []
    for number, data in enumerate(images):
        reporter.checkpoint()
        seen = np.concatenate(list(segmenter.predict(ArrayPlane(data), QuietReporter(reporter))), axis=1)
        drawn.append(seen[:, ::_EVERY_PX, ::_EVERY_PX].reshape(len(seen), -1))
        reporter.progress(number + 1, len(images), _STAGE)
    return np.concatenate(drawn, axis=1)


def _sureness(probabilities: FloatArray, temperature: float) -> float:
    return float(tempered(probabilities, temperature).max(axis=0).mean(dtype=np.float64))
