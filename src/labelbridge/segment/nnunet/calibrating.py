"""The temperature at which a model is as sure as it is right, found on labelled images (Guo et al. 2017).

Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, ICML 2017. Images that were changed at random
stand for those of a later day better than clean ones do (Tomani et al., CVPR 2021).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import ArrayPlane, Device, FloatArray, LabelArray, LabeledImage, PartReporter, Reporter
from labelbridge.segment.nnunet.dataset import IGNORE

__all__ = ["fit_temperature", "fitted_temperature"]

_STAGE = "calibrating"
_PIXELS = 200_000
"""Drawn from all images together: neighbours say the same, so more tell nothing."""

_RANGE = 0.1, 10.0
_TINY = 1e-12
_SEED = 0


def fitted_temperature(
    model: Path, samples: Sequence[LabeledImage], device: Device = "auto", reporter: Reporter | None = None
) -> float:
    """Return the temperature at which a model's probabilities fit labelled images best.

    Parameters
    ----------
    model
        Folder of the model.
    samples
        Images that it was not trained on, at the network's scale, with the model's classes; pixels of the class
        `IGNORE` (nnunet/dataset.py) do not count.
    device
        Where to compute.
    reporter
        Told of progress; asked whether to stop.

    Returns
    -------
    float
        As `fit_temperature` gives it.

    Raises
    ------
    InputError
        Where the model cannot be used.
    Cancelled
        Where the reporter asked to stop.
    """
    drawn = list(_drawn(model, samples, device, reporter or Reporter()))
    probabilities, truth = zip(*drawn, strict=True)
    return fit_temperature(np.concatenate(probabilities, axis=1), np.concatenate(truth))


def fit_temperature(probabilities: FloatArray, truth: LabelArray) -> float:
    """Return the temperature with the least negative log likelihood.

    Parameters
    ----------
    probabilities
        Of pixels, (class, pixel), float32, in [0, 1], summing to one over classes.
    truth
        The true class value of each pixel, uint8.

    Returns
    -------
    float
        For `core.tempered`, 0.1 to 10; 1 where there is no pixel.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    if not truth.size:
        return 1.0
    logits = np.log(np.maximum(probabilities, _TINY, dtype=np.float64))
    of_truth = logits[truth, np.arange(truth.size)]

    def loss(log_temperature: float) -> float:
        sharpness = np.exp(-log_temperature)
        return float(np.mean(logsumexp(logits * sharpness, axis=0) - of_truth * sharpness))

    found = minimize_scalar(loss, bounds=np.log(_RANGE), method="bounded")
    return float(np.exp(found.x))


def _drawn(
    model: Path, samples: Sequence[LabeledImage], device: Device, reporter: Reporter
) -> Iterator[tuple[FloatArray, LabelArray]]:
    """Give probabilities (class, pixel) and true classes of pixels drawn at random from each image."""
    from labelbridge.segment.nnunet.predict import NnUnetSegmenter

    segmenter, rng = NnUnetSegmenter.load(model, device=device), np.random.default_rng(_SEED)
    for index, sample in enumerate(samples):
        told = PartReporter(reporter, index, len(samples), _STAGE)
        bands = list(segmenter.predict(ArrayPlane(sample.image.data), told))
        counting = _counting_pixels(sample)
        chosen = rng.choice(counting, min(len(counting), _PIXELS // len(samples)), replace=False)
        probabilities = np.concatenate(bands, axis=1).reshape(len(segmenter.classes), -1)
        yield probabilities[:, chosen], sample.labels.data.ravel()[chosen]


def _counting_pixels(sample: LabeledImage) -> NDArray[np.int64]:
    """Return the places of the pixels that count, in the flattened image."""
    labels = sample.labels
    if IGNORE not in labels.classes.names:
        return np.arange(labels.data.size)
    return np.flatnonzero(~labels.mask(IGNORE))
