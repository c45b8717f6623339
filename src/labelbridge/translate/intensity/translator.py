"""The `intensity` translator: no training, seconds."""

import numpy as np

from labelbridge.core import (
    ArrayPlane,
    FloatArray,
    Image,
    Plane,
    Polarity,
    Reporter,
    StyleStatistics,
    bands,
    look,
    scratch_array,
)
from labelbridge.translate.intensity.local import LocalStatistics
from labelbridge.translate.intensity.normalize import Stretch

__all__ = ["IntensityTranslator"]

_MAX_GAIN = 2.0
_MIN_DEVIATION = 1e-3
_STAGE = "translate"


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
        """Give an image of U the intensities of L: same shape, float32 in [0, 1]; on disk where it is large."""
        return self._translated(image, self._unlabeled.polarity, self._labeled, reporter)

    def to_unlabeled(self, image: Image, reporter: Reporter) -> Image:
        """Give an image of L the intensities of U: same shape, float32 in [0, 1]; on disk where it is large."""
        return self._translated(image, self._labeled.polarity, self._unlabeled, reporter)

    def _translated(self, image: Image, polarity: Polarity, target: StyleStatistics, reporter: Reporter) -> Image:
        reporter.checkpoint()
        source = _Stretched(ArrayPlane(image.data), inverted=polarity != target.polarity)
        evened = _Evened(source, target.local_contrast, 2 * self._fibre_px)
        match = _QuantileMatch(look(evened), target.quantiles)
        out = scratch_array(image.shape, np.float32)
        for band in bands(image.shape):
            reporter.checkpoint()
            out[band] = match(evened.rows(band.start, band.stop))
            reporter.progress(band.stop, image.shape[0], _STAGE)
        return image.with_data(out)


class _Stretched:
    """A plane between its 1st and 99th percentile, in [0, 1], bright and dark exchanged where asked for."""

    def __init__(self, plane: Plane, *, inverted: bool) -> None:
        self._plane = plane
        self._inverted = inverted
        values = look(plane)
        self._stretch = Stretch.of(values)
        mean = float(self._stretch(values).mean(dtype=np.float64))
        self.mean = 1 - mean if inverted else mean
        self.shape = plane.shape

    def rows(self, start: int, stop: int) -> FloatArray:
        """Compute rows."""
        data = self._stretch(self._plane.rows(start, stop))
        return np.asarray(1.0 - data, np.float32) if self._inverted else data


class _Evened:
    """A plane of even brightness, its local contrast `contrast` on average."""

    def __init__(self, plane: _Stretched, contrast: float, window_px: float) -> None:
        self._plane = plane
        self._contrast = contrast
        self._local = LocalStatistics(plane, window_px)
        self.shape = plane.shape

    def rows(self, start: int, stop: int) -> FloatArray:
        """Compute rows."""
        mean, deviation = self._local.rows(start, stop)
        gain = np.clip(self._contrast / np.maximum(deviation, _MIN_DEVIATION), 1 / _MAX_GAIN, _MAX_GAIN)
        return np.asarray(self._plane.mean + gain * (self._plane.rows(start, stop) - mean), np.float32)


class _QuantileMatch:
    """Maps the ranks of intensities to the target's quantiles."""

    def __init__(self, values: FloatArray, quantiles: tuple[float, ...]) -> None:
        own = np.percentile(values, np.linspace(0, 100, len(quantiles)))
        self._own = np.maximum.accumulate(own + np.arange(len(own)) * 1e-7)
        self._quantiles = quantiles

    def __call__(self, data: FloatArray) -> FloatArray:
        return np.clip(np.interp(data, self._own, self._quantiles), 0.0, 1.0).astype(np.float32)
