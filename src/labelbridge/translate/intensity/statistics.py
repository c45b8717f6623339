"""Measuring the look of a modality."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from labelbridge.core import FloatArray, InputError, Polarity, StyleStatistics
from labelbridge.translate.intensity.normalize import stretch

__all__ = ["local_deviation", "measure_style"]

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
        Grey images (Y, X), float32, any range and size.
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
    stretched = [stretch(data) for data in images]
    ranks = np.linspace(0, 100, _RANKS)
    quantiles = np.mean([np.percentile(data, ranks) for data in stretched], axis=0)
    contrast = [float(local_deviation(data, size)[1].mean()) for data, size in zip(stretched, sizes, strict=True)]
    return StyleStatistics(
        polarity=polarity,
        quantiles=tuple(float(round(q, 5)) for q in quantiles),
        local_contrast=max(1e-3, float(np.mean(contrast))),
        structure_size_px=float(np.median(sizes)),
        fibre_per_response=fibre_per_response,
        images=len(images),
    )


def local_deviation(data: FloatArray, window_px: float) -> tuple[FloatArray, FloatArray]:
    """Return the local mean and standard deviation (Y, X) in a Gaussian window of sigma `window_px`.

    A window wider than the image's longer side tells no more than one as wide, but would take hours.
    """
    sigma = min(window_px, float(max(data.shape)))
    mean = ndimage.gaussian_filter(data, sigma, mode="reflect")
    square = ndimage.gaussian_filter(data * data, sigma, mode="reflect")
    return mean, np.sqrt(np.maximum(square - mean * mean, 0.0)).astype(np.float32)
