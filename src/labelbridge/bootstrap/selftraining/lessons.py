"""Lessons of self-training: parts of U's images with a model's own masks, and which of their pixels count."""

from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from labelbridge.bootstrap.absent import AbsentClasses
from labelbridge.bootstrap.retraining.lessons import LEARNT, Lesson
from labelbridge.bootstrap.segmenting import possible_factor, probabilities_at_size, resampled_bands
from labelbridge.bootstrap.selftraining.pseudolabels import trusted_pixels
from labelbridge.core import (
    AXON,
    MYELIN,
    ClassMap,
    Device,
    FloatArray,
    Image,
    LabeledImage,
    LabelMap,
    QuietReporter,
    Reporter,
    Segmenter,
    evenly,
    most_probable,
    scaled_shape,
)

__all__ = ["LOOKS", "draw_lessons"]

_SIZES = 0.8, 1.0, 1.24
"""Sizes at which a model sees each image, relative to the one that it is made for; at none of them mirrored, too."""

_USUAL_VIEWS = 4
LOOKS = sum(size**2 for size in _SIZES) / _USUAL_VIEWS
"""How long this takes, in the times of a mask, for which an image is seen at one size and mirrored."""

_STAGE = "looking at the new images"
_MOST_PARTS = 24
_SIDE_PX = 1536
"""Longest side of a part, at the size that the model is made for."""


def draw_lessons(
    teacher: Path,
    images: Sequence[Image],
    factor_of: Callable[[Image], float],
    absent: AbsentClasses,
    device: Device,
    reporter: Reporter,
) -> list[Lesson]:
    """Have a model label images of U, as far as it can be trusted.

    Parameters
    ----------
    teacher
        Folder of the model.
    images
        Images of U at the size of their files. Of many or large ones, parts are taken, spread evenly.
    factor_of
        Gives how much larger the model wants an image, a side.
    absent
        Classes that images do not have.
    device
        Where to compute.
    reporter
        Receives progress and may ask to stop.

    Returns
    -------
    list of Lesson
        At the size that the model wants: those in which both axon and myelin can be learnt; may be empty.
    """
    from labelbridge.segment.nnunet.predict import NnUnetSegmenter

    segmenter, quiet = NnUnetSegmenter.load(teacher, device=device, mirroring=False), QuietReporter(reporter)
    taken = [images[index] for index in evenly(len(images), _MOST_PARTS)]
    most = _MOST_PARTS // max(1, len(taken))
    lessons = []
    for number, image in enumerate(taken):
        factor = possible_factor(factor_of(image), image.shape)
        for part in _parts(image, factor, most):
            reporter.progress(number, len(taken), _STAGE)
            views = [_seen(segmenter, part, (factor * one, factor), absent, quiet) for one in _SIZES]
            if lesson := _lesson(part.resampled(factor), views, segmenter.classes):
                lessons.append(lesson)
    reporter.progress(len(taken), len(taken), _STAGE)
    return lessons


def _parts(image: Image, factor: float, most: int) -> list[Image]:
    """Return the image itself or, where it is large, at most so many squares that lie beside each other in it."""
    side = round(_SIDE_PX / factor)
    tops, lefts = (np.linspace(0, max(0, length - side), -(-length // side)).astype(int) for length in image.shape)
    corners = list(product(tops.tolist(), lefts.tolist()))
    chosen = [corners[index] for index in evenly(len(corners), most)]
    return [image.with_data(np.array(image.data[top : top + side, left : left + side])) for top, left in chosen]


def _seen(
    segmenter: Segmenter, part: Image, factors: tuple[float, float], absent: AbsentClasses, reporter: Reporter
) -> FloatArray:
    """Return the mended probabilities of a part, seen at one size and brought to another."""
    seen, wanted = factors
    probabilities = probabilities_at_size(segmenter, part, seen, reporter, absent.of(part.name))
    bands = [rows for _, rows in resampled_bands(probabilities, scaled_shape(part.shape, wanted))]
    return np.concatenate(bands, axis=1)


def _lesson(seen: Image, views: Sequence[FloatArray], classes: ClassMap) -> Lesson | None:
    """Return what can be learnt from a part; None where one of axon and myelin cannot."""
    mean = np.asarray(np.mean(views, axis=0), np.float32)
    labels, trusted = LabelMap(most_probable(mean), classes), trusted_pixels(mean, views, classes)
    if not all((trusted & labels.mask(name)).any() for name in (AXON, MYELIN)):
        return None
    return Lesson(LabeledImage(seen, labels), np.where(trusted, np.uint8(LEARNT), np.uint8(0)))
