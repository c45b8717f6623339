"""The `intensity` translator: no training, seconds."""

import numpy as np

from labelbridge.core import FloatArray, Image, Reporter, StyleStatistics
from labelbridge.translate.intensity.normalize import stretch
from labelbridge.translate.intensity.statistics import local_deviation

__all__ = ["IntensityTranslator"]

_MAX_GAIN = 2.0


class IntensityTranslator:
    """Maps intensities of one modality to the other's: polarity, local contrast, quantiles; every edge stays in place.

    Parameters
    ----------
    labeled, unlabeled
        Looks of L and U, as `measure_style` gives them.
    fibre_px
        Fibre diameter in px of the images that will be translated, or None for U's own.
    """

    def __init__(self, labeled: StyleStatistics, unlabeled: StyleStatistics, *, fibre_px: float | None = None) -> None:
        self._labeled = labeled
        self._unlabeled = unlabeled
        self._fibre_px = fibre_px or unlabeled.structure_size_px

    def to_labeled(self, image: Image, reporter: Reporter) -> Image:
        """Give an image of U the intensities of L: same shape, float32 in [0, 1]."""
        return self._translated(image, self._unlabeled, self._labeled, reporter)

    def to_unlabeled(self, image: Image, reporter: Reporter) -> Image:
        """Give an image of L the intensities of U: same shape, float32 in [0, 1]."""
        return self._translated(image, self._labeled, self._unlabeled, reporter)

    def _translated(self, image: Image, source: StyleStatistics, target: StyleStatistics, reporter: Reporter) -> Image:
        reporter.checkpoint()
        data = stretch(image.data)
        if source.polarity != target.polarity:
            data = (1.0 - data).astype(np.float32)
        data = _match_contrast(data, target.local_contrast, self._fibre_px)
        reporter.checkpoint()
        reporter.progress(1, 1, "translate")
        return image.with_data(_match_quantiles(data, target.quantiles))


def _match_contrast(data: FloatArray, contrast: float, fibre_px: float) -> FloatArray:
    """Bring the local contrast to `contrast` on average, evening out a slow change of contrast and brightness."""
    mean, deviation = local_deviation(data, 2 * fibre_px)
    gain = np.clip(contrast / np.maximum(deviation, 1e-3), 1 / _MAX_GAIN, _MAX_GAIN)
    return np.asarray(float(data.mean()) + gain * (data - mean), np.float32)


def _match_quantiles(data: FloatArray, quantiles: tuple[float, ...]) -> FloatArray:
    """Map the ranks of `data` to the target's quantiles."""
    own = np.percentile(data, np.linspace(0, 100, len(quantiles)))
    own = np.maximum.accumulate(own + np.arange(len(own)) * 1e-7)
    return np.clip(np.interp(data, own, quantiles), 0.0, 1.0).astype(np.float32)
