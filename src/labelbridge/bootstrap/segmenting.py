"""Meeting a model at its own structure size, and coming back to exactly the image's shape."""

from collections.abc import Collection, Iterator

import numpy as np

from labelbridge.bootstrap.absent import drop_absent
from labelbridge.bootstrap.probabilities import BAND_ROWS, Probabilities
from labelbridge.bootstrap.topology import enclose_axons
from labelbridge.core import (
    MYELIN,
    ArrayPlane,
    FloatArray,
    Image,
    LabelMap,
    Prediction,
    Reporter,
    ResampledPlane,
    Segmenter,
    bands,
    most_probable,
    scaled_shape,
    scratch_array,
    tempered,
    uncertainty_of,
)

__all__ = ["possible_factor", "predict_at_size", "probabilities_at_size"]

_MAX_FACTOR = 4.0
_MIN_SIDE_PX = 32
_STAGE = "making masks"
_TINY = 1e-6


def predict_at_size(
    segmenter: Segmenter,
    image: Image,
    factor: float,
    reporter: Reporter,
    absent: Collection[str] = (),
    temperature: float = 1.0,
) -> Prediction:
    """Segment an image at another size, so that its fibres have the size that the model was trained on.

    The image is resampled, segmented, mended and brought back by bands of rows; what must be kept between is on disk
    where it is large.

    Parameters
    ----------
    segmenter
        The model.
    image
        The image at the size of its file.
    factor
        How much larger the model wants the image, a side; kept within `possible_factor`.
    reporter
        Receives progress and may ask to stop.
    absent
        Names of classes that the image does not have.
    temperature
        At which the uncertainty is told (`core.tempered`); no mask depends on it.

    Returns
    -------
    Prediction
        At exactly the image's shape.
    """
    probabilities = probabilities_at_size(segmenter, image, factor, reporter, absent)
    return _decided(probabilities, image.shape, temperature, absent, reporter)


def probabilities_at_size(
    segmenter: Segmenter, image: Image, factor: float, reporter: Reporter, absent: Collection[str] = ()
) -> Probabilities:
    """Return what `predict_at_size` decides by: the mended probabilities at the size that the model sees."""
    seen = ResampledPlane(ArrayPlane(image.data), scaled_shape(image.shape, possible_factor(factor, image.shape)))
    probabilities = Probabilities(segmenter.classes, seen.shape)
    probabilities.fill(segmenter.predict(seen, reporter))
    drop_absent(probabilities, absent)
    if MYELIN not in absent:
        enclose_axons(probabilities)
    return probabilities


def possible_factor(factor: float, shape: tuple[int, int]) -> float:
    """Keep a factor within what makes sense for an image of `shape`: at most 4, and no side below 32 px."""
    smallest = _MIN_SIDE_PX / min(shape)
    return min(_MAX_FACTOR, max(factor, min(1.0, smallest)))


def _resampled_bands(probabilities: Probabilities, shape: tuple[int, int]) -> Iterator[tuple[slice, FloatArray]]:
    """Bring probabilities to another shape, band by band.

    Yields
    ------
    tuple
        The rows of the band, and their probabilities (class, rows, X), float32, which sum to one over classes.
    """
    planes = [ResampledPlane(probabilities.plane(value), shape) for value in range(len(probabilities.classes))]
    for band in bands(shape, rows=BAND_ROWS):
        rows = np.stack([plane.rows(band.start, band.stop) for plane in planes])
        rows /= np.maximum(rows.sum(axis=0, keepdims=True), _TINY)
        yield band, rows


def _decided(
    probabilities: Probabilities,
    shape: tuple[int, int],
    temperature: float,
    absent: Collection[str],
    reporter: Reporter,
) -> Prediction:
    """Take the most probable class of each pixel, and how undecided the model is between those that there may be."""
    labels, uncertainty = scratch_array(shape, np.uint8), scratch_array(shape, np.float32)
    possible = [value for value, name in enumerate(probabilities.classes.names) if name not in absent]
    for band, rows in _resampled_bands(probabilities, shape):
        reporter.checkpoint()
        labels[band] = most_probable(rows)
        uncertainty[band] = uncertainty_of(tempered(rows[possible], temperature))
        reporter.progress(band.stop, shape[0], _STAGE)
    return Prediction(LabelMap(labels, probabilities.classes), uncertainty)
