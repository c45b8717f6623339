"""Lessons of self-training: parts of U's images with a model's own masks."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from labelbridge.bootstrap.absent import AbsentClasses
from labelbridge.bootstrap.retraining.lessons import LEARNT, Lesson
from labelbridge.bootstrap.segmenting import possible_factor, predict_at_size
from labelbridge.core import (
    AXON,
    MYELIN,
    Device,
    Image,
    LabeledImage,
    QuietReporter,
    Reporter,
    evenly,
)

__all__ = ["MOST_PX2", "draw_lessons"]

MOST_PX2 = 8_000_000
"""Area of all parts together, in px² of the size at which the model sees them; what is beyond that is left out."""

_SIDE_PX = 1024
"""Longest side of a part, in px of that size."""

_STAGE = "looking at the new images"


def draw_lessons(
    teacher: Path,
    images: Sequence[Image],
    factor_of: Callable[[Image], float],
    absent: AbsentClasses,
    device: Device,
    turn: int,
    reporter: Reporter,
) -> list[Lesson]:
    """Have a model make masks of images of U, to learn from.

    The masks are those that a bootstrap would make, with a closer look for small fibres. All their pixels count: where
    undecided background is left out, as what might be a missed fibre, the next model invents more than it finds.

    Parameters
    ----------
    teacher
        Folder of the model.
    images
        Images of U at the size of their files. Of many or large ones parts are taken, spread evenly.
    factor_of
        Gives how much larger the model wants an image, a side.
    absent
        Classes that images do not have.
    device
        Where to compute.
    turn
        Number of the round: where not all parts can be looked at, every second round looks at others.
    reporter
        Receives progress and may ask to stop.

    Returns
    -------
    list of Lesson
        At the size that the model wants: those that have both axon and myelin; may be empty.
    """
    from labelbridge.segment.nnunet.predict import NnUnetSegmenter

    segmenter, quiet = NnUnetSegmenter.load(teacher, device=device), QuietReporter(reporter)
    closer, lessons = segmenter.unmirrored(), []
    parts = _chosen([part for image in images for part in _parts(image, factor_of(image))], turn)
    done, total = 0, len(parts)
    for image in images:
        factor, lacking = factor_of(image), absent.of(image.name)
        for part in (part for part in parts if part.image == image.name):
            reporter.progress(done, total, _STAGE)
            seen = image.with_data(np.array(image.data[part.window]))
            masks = predict_at_size(segmenter, seen, factor, quiet, lacking, closer=closer).labels
            if all(masks.mask(name).any() for name in (AXON, MYELIN)):
                sample = LabeledImage(seen, masks).resampled(possible_factor(factor, seen.shape))
                lessons.append(Lesson(sample, np.full(sample.image.shape, LEARNT, np.uint8)))
            done += 1
    reporter.progress(done, total, _STAGE)
    return lessons


class _Part(NamedTuple):
    """Some rows and columns of an image."""

    image: str
    window: tuple[slice, slice]
    seen_px2: float
    """Area at which the model sees it."""


def _parts(image: Image, factor: float) -> list[_Part]:
    """Return the image itself or, where it is large to the model, the equal parts that it is divided into."""
    factor = possible_factor(factor, image.shape)
    cuts = [np.linspace(0, length, 1 + math.ceil(factor * length / _SIDE_PX), dtype=int) for length in image.shape]
    rows, columns = ([slice(*pair) for pair in pairwise(cut.tolist())] for cut in cuts)
    seen_px2 = factor**2 * math.prod(image.shape) / (len(rows) * len(columns))
    return [_Part(image.name, window, seen_px2) for window in product(rows, columns)]


def _chosen(parts: Sequence[_Part], turn: int) -> list[_Part]:
    """Return as many of the parts as may be looked at, spread evenly."""
    mean_px2 = float(np.mean([part.seen_px2 for part in parts]))
    most = max(1, int(MOST_PX2 / mean_px2))
    return [parts[index] for index in evenly(len(parts), most, 0.25 if turn % 2 else 0.75)]
