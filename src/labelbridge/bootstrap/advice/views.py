"""The same tile seen otherwise: masks that can be trusted stay where they are."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from labelbridge.core import MIN_SIDE_PX, Image, LabelMap, resample, resample_labels, scaled_shape

__all__ = ["VIEWS", "Changed", "Turned", "View"]


class View(ABC):
    """A way to see an image otherwise, and the way back for its masks."""

    @abstractmethod
    def of(self, image: Image) -> Image:
        """Return the image as it is seen."""

    @abstractmethod
    def back(self, labels: LabelMap, shape: tuple[int, int]) -> LabelMap:
        """Return the masks of what was seen as masks of the image, whose shape (height, width) is given."""


class Turned(View):
    """By a quarter and mirrored: rows become columns."""

    def of(self, image: Image) -> Image:
        """Return the image with rows as columns."""
        return image.with_data(np.ascontiguousarray(image.data.T))

    def back(self, labels: LabelMap, shape: tuple[int, int]) -> LabelMap:
        """Return the masks with columns as rows."""
        return LabelMap(np.ascontiguousarray(labels.data.T), labels.classes)


@dataclass(frozen=True)
class Changed(View):
    """At another size, unevenly lit and noisy.

    A translation that maps intensities undoes an even change of contrast, so masks that stay under one say nothing.

    Attributes
    ----------
    factor
        How much larger, a side.
    shading
        How much brighter the end of the diagonal becomes than its middle, as a part; the beginning becomes as much
        darker.
    noise
        Standard deviation of the noise, as a part of the image's own.
    """

    factor: float
    shading: float
    noise: float

    def of(self, image: Image) -> Image:
        """Return the image resampled, with its intensities changed."""
        height, width = (max(MIN_SIDE_PX, side) for side in scaled_shape(image.shape, self.factor))
        data = resample(image.data, (height, width))
        data = data - data.min()
        diagonal = np.linspace(-0.5, 0.5, height)[:, None] + np.linspace(-0.5, 0.5, width)
        grain = np.random.default_rng(0).normal(0, self.noise * float(data.std()), data.shape)
        return image.with_data(np.asarray(data * (1 + self.shading * diagonal) + grain, np.float32))

    def back(self, labels: LabelMap, shape: tuple[int, int]) -> LabelMap:
        """Return the masks resampled to the image's shape."""
        return LabelMap(resample_labels(labels.data, shape), labels.classes)


VIEWS: tuple[View, ...] = (Turned(), Changed(1 / 1.15, 0.5, 0.0), Changed(1.15, -0.5, 0.3))
"""How each tile is seen beside as it is: mirrored views alone tell little, since models average over them."""
