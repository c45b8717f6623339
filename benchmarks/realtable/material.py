"""What all rows run on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from annotation_effort import labels_in
from labelbridge.bootstrap import TutorshipSettings
from labelbridge.bootstrap.store import key_of
from labelbridge.core import Image, LabeledImage, LabelMap
from labelbridge.io import find_images, read_image, read_labeled_set

__all__ = ["Material"]


@dataclass(frozen=True, eq=False)
class Material:
    """What all rows run on.

    Attributes
    ----------
    labeled
        Labelled images of L.
    images
        Images of U.
    truth
        Masks of some of these by the image's name; they only report.
    translator
        Folder of a trained translator between L and U, or None.
    settings
        How to train, but for what the rows say.
    """

    labeled: Sequence[LabeledImage]
    images: Sequence[Image]
    truth: Mapping[str, LabelMap]
    translator: Path | None = None
    settings: TutorshipSettings = field(default_factory=lambda: TutorshipSettings(device="cpu"))

    @classmethod
    def read(cls, data: Path, translator: Path | None = None) -> "Material":
        """Read the folder with ``tem_labeled`` and ``sem_unlabeled``, whose ``derivatives`` hold the truth.

        Raises
        ------
        InputError
            Where images or masks cannot be read.
        """
        labeled, unlabeled = data / "tem_labeled", data / "sem_unlabeled"
        return cls(
            read_labeled_set(labeled),
            [read_image(file) for file in find_images(unlabeled)],
            labels_in(unlabeled / "derivatives"),
            translator,
        )

    def key(self) -> str:
        """Return what tells this from other images and labels, those that only report among them; a hash."""
        judged = [LabeledImage(image, self.truth[image.name]) for image in self.judged]
        return key_of([*self.labeled, *judged], self.images, {})

    @property
    def judged(self) -> list[Image]:
        """The images of U with a truth."""
        return [image for image in self.images if image.name in self.truth]
