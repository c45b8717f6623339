"""The one way in which intensities reach the network, in training and in prediction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import FloatArray

__all__ = ["NORMALIZATIONS", "NetworkRange", "Normalizer", "fit_normalizer", "to_network_range"]

_MARGIN = 0.25
"""How far beyond the 1st and 99th percentile values are kept, in units of their distance."""

_FULL_SCALES = (1.0, 255.0, 65_535.0)
_TINY = 1e-8

Normalizer = Callable[[FloatArray], FloatArray]
"""Turns intensities (any axes) into what the network sees of them."""


@dataclass(frozen=True)
class NetworkRange:
    """An image's intensities between its 1st and 99th percentile, what lies far outside clipped.

    Attributes
    ----------
    low
        1st percentile.
    span
        Distance from there to the 99th; 0 for a flat image.
    """

    low: float
    span: float

    @classmethod
    def of(cls, values: FloatArray) -> "NetworkRange":
        """Measure intensities (any axes)."""
        low, high = (float(value) for value in np.percentile(values, (1, 99)))
        return cls(low, high - low) if high > low else cls(float(values.min()), float(np.ptp(values)))

    def __call__(self, data: FloatArray) -> NDArray[np.uint16]:
        """Return uint16 in [1, 65535]: never 0, which nnU-Net would crop away as empty. A flat image becomes 1."""
        if self.span <= 0:
            return np.ones(data.shape, np.uint16)
        unit = np.clip((data - self.low) / self.span, -_MARGIN, 1 + _MARGIN)
        return np.asarray(np.rint(1 + (unit + _MARGIN) / (1 + 2 * _MARGIN) * 65534), np.uint16)


def to_network_range(data: FloatArray) -> NDArray[np.uint16]:
    """Return an image (Y, X) in its own `NetworkRange`."""
    return NetworkRange.of(data)(data)


def fit_normalizer(
    values: FloatArray,
    scheme: str = "ZScoreNormalization",
    *,
    percentiles: bool = True,
    training: Mapping[str, float] | None = None,
) -> Normalizer:
    """Return the normalisation that a model wants, fitted to one image.

    Parameters
    ----------
    values
        The image's intensities, any axes, or a fair part of them.
    scheme
        nnU-Net's name, one of `NORMALIZATIONS`.
    percentiles
        True for our models, which were trained on images in their `NetworkRange`; False takes the file's values.
    training
        nnU-Net's intensity properties of the training images: ``mean``, ``std``, ``percentile_00_5`` and
        ``percentile_99_5``; only CTNormalization wants them.
    """
    if percentiles:
        scaled = NetworkRange.of(values)
        inner = NORMALIZATIONS[scheme](scaled(values).astype(np.float32), training or {})
        return lambda data: inner(scaled(data).astype(np.float32))
    return NORMALIZATIONS[scheme](values, training or {})


def _affine(offset: float, divisor: float) -> Normalizer:
    return lambda data: np.asarray((data - np.float32(offset)) / np.float32(divisor), np.float32)


def _z_score(values: FloatArray, _: Mapping[str, float]) -> Normalizer:
    return _affine(float(values.mean(dtype=np.float64)), max(float(values.std(dtype=np.float64)), _TINY))


def _rescale(values: FloatArray, _: Mapping[str, float]) -> Normalizer:
    return _affine(float(values.min()), max(float(np.ptp(values)), _TINY))


def _full_scale(values: FloatArray, _: Mapping[str, float]) -> Normalizer:
    """Divide by 255 as nnU-Net does, by 65,535 for 16 bits and by 1 where the values lie in [0, 1] already."""
    top = float(values.max())
    return _affine(0.0, next((full for full in _FULL_SCALES if top <= full), _FULL_SCALES[-1]))


def _unchanged(_: FloatArray, __: Mapping[str, float]) -> Normalizer:
    return lambda data: data


def _ct(_: FloatArray, training: Mapping[str, float]) -> Normalizer:
    low, high = np.float32(training["percentile_00_5"]), np.float32(training["percentile_99_5"])
    inner = _affine(training["mean"], max(training["std"], _TINY))
    return lambda data: inner(np.clip(data, low, high))


NORMALIZATIONS: dict[str, Callable[[FloatArray, Mapping[str, float]], Normalizer]] = {
    "ZScoreNormalization": _z_score,
    "RescaleTo01Normalization": _rescale,
    "RGBTo01Normalization": _full_scale,
    "NoNormalization": _unchanged,
    "CTNormalization": _ct,
}
"""nnU-Net's normalisations by its names (nnunetv2/preprocessing/normalization); each is fitted to an image's values."""
