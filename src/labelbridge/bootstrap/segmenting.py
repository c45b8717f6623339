"""Meeting a model at its own structure size, and coming back to exactly the image's shape."""

import math
from collections.abc import Collection, Iterator, Sequence

import numpy as np

from labelbridge.bootstrap.absent import drop_absent
from labelbridge.bootstrap.closerlook import CLOSER, add_fibres
from labelbridge.bootstrap.probabilities import BAND_ROWS, Probabilities
from labelbridge.bootstrap.topology import drop_specks, mend_axons
from labelbridge.core import (
    AXON,
    MYELIN,
    ArrayPlane,
    FloatArray,
    Image,
    LabelMap,
    Prediction,
    Reporter,
    ResampledPlane,
    Segmenter,
    StageReporter,
    bands,
    most_probable,
    scaled_shape,
    scratch_array,
    tempered,
    uncertainty_of,
)

__all__ = ["can_look_closer", "possible_factor", "predict_at_size", "probabilities_at_size", "resampled_bands"]

_MAX_FACTOR = 4.0
_MIN_SIDE_PX = 32
_LEAST_AXON = 0.1
"""Diameter over that of a usual fibre from which an area is large enough for an axon."""

_LEAST_PART = 0.5
"""Part of the smallest axon's area that may be left of it once it is brought to the size of the image."""

_STAGE = "making masks"
_TINY = 1e-6


def predict_at_size(
    segmenter: Segmenter,
    image: Image,
    factor: float,
    reporter: Reporter,
    absent: Collection[str] = (),
    temperature: float = 1.0,
    closer: Segmenter | None = None,
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
    closer
        What looks at the image once more, larger, for small fibres (`closerlook`); None for one look.

    Returns
    -------
    Prediction
        At exactly the image's shape.
    """
    looks = [probabilities_at_size(segmenter, image, factor, reporter, absent)]
    if closer is not None and not {AXON, MYELIN} & set(absent) and can_look_closer(factor, image.shape):
        again = StageReporter(reporter, "a closer look")
        looks.append(probabilities_at_size(closer, image, factor, again, absent, CLOSER))
    prediction = _decided(looks, image.shape, temperature, absent, reporter)
    if MYELIN not in absent and segmenter.structure_size_px:
        drop_specks(prediction.labels, _LEAST_PART * _least_axon_px2(segmenter.structure_size_px / factor))
    return prediction


def probabilities_at_size(
    segmenter: Segmenter,
    image: Image,
    factor: float,
    reporter: Reporter,
    absent: Collection[str] = (),
    closer: float = 1.0,
) -> Probabilities:
    """Return what a look at an image decides by: mended probabilities at the size at which the model sees the image.

    Parameters
    ----------
    segmenter, image, factor, reporter, absent
        As `predict_at_size` takes them.
    closer
        How much larger than that the model is shown the image, a side.
    """
    possible = possible_factor(closer * factor, image.shape)
    seen = ResampledPlane(ArrayPlane(image.data), scaled_shape(image.shape, possible))
    probabilities = Probabilities(segmenter.classes, seen.shape)
    probabilities.fill(segmenter.predict(seen, reporter))
    drop_absent(probabilities, absent)
    if MYELIN not in absent:
        fibre_px = possible / factor * (segmenter.structure_size_px or 0.0)
        mend_axons(probabilities, _least_axon_px2(fibre_px))
    return probabilities


def can_look_closer(factor: float, shape: tuple[int, int]) -> bool:
    """Return whether a closer look at an image of `shape` shows it larger; `factor` as `predict_at_size` takes it."""
    return possible_factor(CLOSER * factor, shape) > possible_factor(factor, shape)


def possible_factor(factor: float, shape: tuple[int, int]) -> float:
    """Keep a factor within what makes sense for an image of `shape`: at most 4, and no side below 32 px."""
    smallest = _MIN_SIDE_PX / min(shape)
    return min(_MAX_FACTOR, max(factor, min(1.0, smallest)))


def resampled_bands(probabilities: Probabilities, shape: tuple[int, int]) -> Iterator[tuple[slice, FloatArray]]:
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


def _least_axon_px2(fibre_px: float) -> float:
    return math.pi / 4 * (_LEAST_AXON * fibre_px) ** 2


def _decided(
    looks: Sequence[Probabilities],
    shape: tuple[int, int],
    temperature: float,
    absent: Collection[str],
    reporter: Reporter,
) -> Prediction:
    """Take the most probable class of each pixel, and how undecided the looks together are between the possible ones.

    The masks are those of the first look, with the fibres that a closer one adds.
    """
    classes = looks[0].classes
    masks = [LabelMap(scratch_array(shape, np.uint8), classes) for _ in looks]
    uncertainty = scratch_array(shape, np.float32)
    possible = [value for value, name in enumerate(classes.names) if name not in absent]
    for parts in zip(*(resampled_bands(look, shape) for look in looks), strict=True):
        reporter.checkpoint()
        band = parts[0][0]
        for labels, (_, rows) in zip(masks, parts, strict=True):
            labels.data[band] = most_probable(rows)
        mean = np.mean([tempered(rows[possible], temperature) for _, rows in parts], axis=0)
        uncertainty[band] = uncertainty_of(mean)
        reporter.progress(band.stop, shape[0], _STAGE)
    for closer in masks[1:]:
        add_fibres(masks[0], closer, reporter)
    return Prediction(masks[0], uncertainty)
