"""An image whose masks a person has corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from labelbridge.core import BACKGROUND, ClassMap, Image, InputError, LabelArray, LabeledImage, LabelMap
from labelbridge.refine.review import VerifiedMap

__all__ = ["CorrectedImage", "class_layers"]


@dataclass(frozen=True, eq=False)
class CorrectedImage:
    """An image with its masks.

    Attributes
    ----------
    image
        The image at the size of its file.
    labels
        Its masks, of the same shape, with the classes of the model.
    verified
        What of these is verified.
    """

    image: Image
    labels: LabelMap
    verified: VerifiedMap

    @classmethod
    def of(cls, image: Image, masks: LabelMap, verified: VerifiedMap, classes: Sequence[str]) -> Self:
        """Take the classes of a model from masks; all others are background.

        Parameters
        ----------
        image
            The image.
        masks
            Its masks with all classes that they have.
        verified
            What of these is verified.
        classes
            Classes of the model, without background.

        Raises
        ------
        InputError
            Where image and masks differ in shape, or a class is not in the masks: whether it is there, nobody has said.
        """
        missing = [name for name in classes if name not in masks.classes.names]
        if missing:
            raise InputError(
                f"{image.name}: got masks of {', '.join(masks.classes.foreground)}, expected {' and '.join(missing)} "
                "as well, which the model has; add such masks, or start from a model without."
            )
        wanted = ClassMap((BACKGROUND, *classes))
        table = [wanted.value(name) if name in wanted.names else 0 for name in masks.classes.names]
        labels = LabelMap(np.array(table, np.uint8)[masks.data], wanted)
        return cls(image, LabeledImage(image, labels).labels, verified)

    @property
    def sample(self) -> LabeledImage:
        """The image with its verified masks alone: all else is background."""
        data = np.where(self.verified.pixels, self.labels.data, np.uint8(0))
        return LabeledImage(self.image, LabelMap(data, self.labels.classes))


def class_layers(labels: LabelMap) -> dict[str, LabelArray]:
    """Return masks as class layers by name, each (Y, X), uint8, 0 or 1."""
    return {name: labels.mask(name).view(np.uint8) for name in labels.classes.foreground}
