"""Measuring the look of a modality."""

from collections.abc import Sequence

import numpy as np

from labelbridge.core import FloatArray, InputError, Polarity, StyleStatistics, windows
from labelbridge.translate.intensity.local import local_deviation
from labelbridge.translate.intensity.normalize import stretch

__all__ = ["measure_style"]

_RANKS = 101


def measure_style(
    images: Sequence[FloatArray],
    polarity: Polarity,
    fibre_sizes_px: Sequence[float] | float,
    fibre_per_response: float,
) -> StyleStatistics:
    """Measure the look of images of one modality.

    Parameters
    ----------
    images
        Grey images (Y, X), float32, any range and size; of large ones only windows are looked at.
    polarity
        Their polarity.
    fibre_sizes_px
        Fibre diameter of each in px, or one for all.
    fibre_per_response
        Fibre diameter over response size, as `labelbridge.translate.structure` measures it on labelled images.

    Returns
    -------
    StyleStatistics
        Mean quantiles and mean local contrast.

    Raises
    ------
    InputError
        Where there is no image.
    """
    if not images:
        raise InputError("got no image to measure a style on, expected at least one.")
    sizes = [fibre_sizes_px] * len(images) if isinstance(fibre_sizes_px, int | float) else list(fibre_sizes_px)
    looks = [_look_of(data, size) for data, size in zip(images, sizes, strict=True)]
    quantiles = np.mean([own for own, _ in looks], axis=0)
    contrast = [own for _, own in looks]
    return StyleStatistics(
        polarity=polarity,
        quantiles=tuple(float(round(q, 5)) for q in quantiles),
        local_contrast=max(1e-3, float(np.mean(contrast))),
        structure_size_px=float(np.median(sizes)),
        fibre_per_response=fibre_per_response,
        images=len(images),
    )


def _look_of(data: FloatArray, fibre_px: float) -> tuple[FloatArray, float]:
    """Return the quantiles and the local contrast of an image, each the mean over the windows that are looked at."""
    stretched = [stretch(window) for window in windows(data)]
    quantiles = [np.percentile(window, np.linspace(0, 100, _RANKS)) for window in stretched]
    contrast = [float(local_deviation(window, fibre_px).mean()) for window in stretched]
    return np.mean(quantiles, axis=0), float(np.mean(contrast))
