"""What a translator and a segmenter must offer; the paths know nothing else of them."""

from collections.abc import Iterator
from typing import Protocol

from labelbridge.core.arrays import FloatArray
from labelbridge.core.image import Image
from labelbridge.core.labels import ClassMap
from labelbridge.core.plane import Plane
from labelbridge.core.reporter import Reporter

__all__ = ["Segmenter", "Translator"]


class Translator(Protocol):
    """Changes the look of an image from one modality to the other, pixel by pixel in place."""

    def to_labeled(self, image: Image, reporter: Reporter) -> Image:
        """Translate an image of U so that it looks like L; same shape, intensities float32 in [0, 1]."""
        ...

    def to_unlabeled(self, image: Image, reporter: Reporter) -> Image:
        """Translate an image of L (already at U's scale) so that it looks like U; same shape, float32 in [0, 1]."""
        ...


class Segmenter(Protocol):
    """Gives class probabilities of an image."""

    @property
    def classes(self) -> ClassMap:
        """Names of the classes, in the order of the probabilities."""
        ...

    @property
    def structure_size_px(self) -> float | None:
        """Fibre diameter in px that the model was trained on, or None where unknown."""
        ...

    def predict(self, plane: Plane, reporter: Reporter) -> Iterator[FloatArray]:
        """Give probabilities (class, rows, X), float32, in bands from top to bottom, together of the plane's shape."""
        ...

    def unmirrored(self) -> "Segmenter":
        """Return the same model, looking at each part of an image but once: quicker, a little worse."""
        ...
