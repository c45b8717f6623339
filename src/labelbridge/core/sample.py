"""An image together with its truth."""

from dataclasses import dataclass

from labelbridge.core.errors import InputError
from labelbridge.core.image import Image
from labelbridge.core.labels import LabelMap
from labelbridge.core.resample import resample_labels

__all__ = ["LabeledImage"]


@dataclass(frozen=True, eq=False)
class LabeledImage:
    """An image with its label map of the same shape.

    Attributes
    ----------
    image
        The image.
    labels
        Its classes, same shape.
    subject
        Animal or specimen, where known: splits keep a subject on one side.

    Raises
    ------
    InputError
        Where the shapes differ.
    """

    image: Image
    labels: LabelMap
    subject: str | None = None

    def __post_init__(self) -> None:
        if self.image.shape != self.labels.shape:
            raise InputError(
                f"{self.image.source or self.image.name}: got labels of {self.labels.shape} for an image of "
                f"{self.image.shape} (height, width), expected the same shape; export the labels at the image's size."
            )

    def resampled(self, factor: float) -> "LabeledImage":
        """Return image and labels resampled by `factor`."""
        image = self.image.resampled(factor)
        labels = LabelMap(resample_labels(self.labels.data, image.shape), self.labels.classes)
        return LabeledImage(image, labels, self.subject)
