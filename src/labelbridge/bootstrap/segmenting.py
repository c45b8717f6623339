"""Meeting a model at its own structure size, and coming back to exactly the image's shape."""

import numpy as np

from labelbridge.bootstrap.topology import enclosed_axons
from labelbridge.core import FloatArray, Image, Prediction, Reporter, Segmenter, resample

__all__ = ["predict_at_size"]

_MAX_FACTOR = 4.0
_MIN_SIDE_PX = 32


def predict_at_size(segmenter: Segmenter, image: Image, fibre_px: float, reporter: Reporter) -> Prediction:
    """Segment an image, resampled so that its fibres have the size that the model was trained on.

    Parameters
    ----------
    segmenter
        The model; where it does not say its structure size, the image is taken as it is.
    image
        The image at the size of its file.
    fibre_px
        Fibre diameter in px of the image.
    reporter
        Receives progress and may ask to stop.

    Returns
    -------
    Prediction
        Probabilities at exactly the image's shape.
    """
    factor = segmenter.structure_size_px / fibre_px if segmenter.structure_size_px else 1.0
    smallest = _MIN_SIDE_PX / min(image.shape)
    factor = min(_MAX_FACTOR, max(factor, min(1.0, smallest)))
    small = Prediction(segmenter.predict(image.resampled(factor), reporter), segmenter.classes)
    mended = enclosed_axons(small)
    return Prediction(_resampled(mended.probabilities, image.shape), segmenter.classes)


def _resampled(probabilities: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Resample each class's plane and let the classes sum to one again."""
    if probabilities.shape[1:] == shape:
        return probabilities
    planes = np.stack([resample(plane, shape) for plane in probabilities])
    total = np.maximum(planes.sum(axis=0, keepdims=True), 1e-6)
    return np.asarray(planes / total, np.float32)
