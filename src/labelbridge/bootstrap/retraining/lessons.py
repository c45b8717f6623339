"""What is learnt from in a retraining, and what measures it: at the network's scale, kept on the disk from the start.

A training that is resumed goes on with just these, whatever was corrected meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from labelbridge.bootstrap.retraining.heldout import Division
from labelbridge.bootstrap.retraining.image import CorrectedImage
from labelbridge.core import BoolArray, ClassMap, Image, LabelArray, LabeledImage, LabelMap, resample_labels
from labelbridge.io import atomic_path

__all__ = ["HELD_OUT", "LEARNT", "Lesson", "held_out_samples", "load_lessons", "mixed", "save_lessons"]

LEARNT, HELD_OUT = 1, 2
"""What pixels are for: to learn from, or to measure on."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """An image at the network's scale.

    Attributes
    ----------
    sample
        Image and masks; where `parts` is 0, the masks mean nothing.
    parts
        What each pixel is for, (Y, X), uint8: `LEARNT`, `HELD_OUT`, or 0 for nothing.
    """

    sample: LabeledImage
    parts: LabelArray

    @classmethod
    def of(cls, corrected: CorrectedImage, division: Division, factor: float) -> Self:
        """Resample an image by a factor with all that belongs to it."""
        parts = np.where(division.held_out, np.uint8(HELD_OUT), division.learnt.view(np.uint8))
        sample = LabeledImage(corrected.image, corrected.labels).resampled(factor)
        return cls(sample, resample_labels(parts, sample.image.shape))

    def pixels(self, part: int) -> BoolArray:
        """Return the pixels that are for something, (Y, X), bool."""
        return np.asarray(self.parts == part, np.bool_)


def mixed(lessons: Sequence[Lesson], others: Sequence[LabeledImage]) -> list[LabeledImage]:
    """Return what a training learns from: lessons as often as it takes to be as many as others, and these.

    Of a lesson only the pixels to learn from count; of the others all do.
    """
    from labelbridge.segment.nnunet.dataset import ignoring

    own = [ignoring(one.sample, one.pixels(LEARNT)) for one in lessons]
    again = -(-len(others) // len(own)) or 1
    return own * again + [ignoring(one, np.ones(one.labels.shape, np.bool_)) for one in others]


def held_out_samples(lessons: Sequence[Lesson]) -> list[LabeledImage]:
    """Return what measures, of which only the pixels that are held out count."""
    from labelbridge.segment.nnunet.dataset import ignoring

    return [ignoring(one.sample, one.pixels(HELD_OUT)) for one in lessons if HELD_OUT in one.parts]


def save_lessons(lessons: Sequence[Lesson], path: Path) -> None:
    """Write lessons to a file, in one step."""
    arrays: dict[str, np.ndarray] = {
        "names": np.array([one.sample.image.name for one in lessons]),
        "classes": np.array(lessons[0].sample.labels.classes.names),
    }
    for number, one in enumerate(lessons):
        arrays[f"image-{number:04d}"] = one.sample.image.data
        arrays[f"labels-{number:04d}"] = one.sample.labels.data
        arrays[f"parts-{number:04d}"] = one.parts
    with atomic_path(path, overwrite=True) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_lessons(path: Path) -> list[Lesson]:
    """Read what `save_lessons` has written."""
    with np.load(path, allow_pickle=False) as arrays:
        classes = ClassMap(tuple(str(name) for name in arrays["classes"]))
        lessons = []
        for number, name in enumerate(arrays["names"]):
            image = Image(arrays[f"image-{number:04d}"], str(name))
            labels = LabelMap(arrays[f"labels-{number:04d}"], classes)
            lessons.append(Lesson(LabeledImage(image, labels), arrays[f"parts-{number:04d}"]))
        return lessons
