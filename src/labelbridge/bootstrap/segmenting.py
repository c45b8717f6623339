"""Meeting a model at its own structure size, and coming back to exactly the image's shape."""

import numpy as np

from labelbridge.bootstrap.probabilities import BAND_ROWS, Probabilities
from labelbridge.bootstrap.topology import enclose_axons
from labelbridge.core import (
    ArrayPlane,
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
    uncertainty_of,
)

__all__ = ["possible_factor", "predict_at_size"]

_MAX_FACTOR = 4.0
_MIN_SIDE_PX = 32
_STAGE = "making masks"
_TINY = 1e-6


def predict_at_size(segmenter: Segmenter, image: Image, factor: float, reporter: Reporter) -> Prediction:
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

    Returns
    -------
    Prediction
        At exactly the image's shape.
    """
    seen = ResampledPlane(ArrayPlane(image.data), scaled_shape(image.shape, possible_factor(factor, image.shape)))
    probabilities = Probabilities(segmenter.classes, seen.shape)
    probabilities.fill(segmenter.predict(seen, reporter))
    enclose_axons(probabilities)
    return _decided(probabilities, image.shape, reporter)


def possible_factor(factor: float, shape: tuple[int, int]) -> float:
    """Keep a factor within what makes sense for an image of `shape`: at most 4, and no side below 32 px."""
    smallest = _MIN_SIDE_PX / min(shape)
    return min(_MAX_FACTOR, max(factor, min(1.0, smallest)))


def _decided(probabilities: Probabilities, shape: tuple[int, int], reporter: Reporter) -> Prediction:
    """Resample each class's plane to `shape`, let the classes sum to one again, and take the most probable."""
    planes = [ResampledPlane(probabilities.plane(value), shape) for value in range(len(probabilities.classes))]
    labels, uncertainty = scratch_array(shape, np.uint8), scratch_array(shape, np.float32)
    for band in bands(shape, rows=BAND_ROWS):
        reporter.checkpoint()
        rows = np.stack([plane.rows(band.start, band.stop) for plane in planes])
        rows /= np.maximum(rows.sum(axis=0, keepdims=True), _TINY)
        labels[band], uncertainty[band] = most_probable(rows), uncertainty_of(rows)
        reporter.progress(band.stop, shape[0], _STAGE)
    return Prediction(LabelMap(labels, probabilities.classes), uncertainty)
