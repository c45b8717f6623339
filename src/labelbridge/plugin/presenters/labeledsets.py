"""L's labelled images, read once."""

from pathlib import Path

from labelbridge.bootstrap.loadedmodels import stamp_of
from labelbridge.core import Image, LabeledImage, NoLabels
from labelbridge.io import find_images, read_image, read_labeled_set

__all__ = ["LabeledSets"]


class LabeledSets:
    """Reads labelled sets; the latest one is kept while its files are the same."""

    def __init__(self) -> None:
        self._latest: tuple[object, tuple[list[LabeledImage], list[Image]]] | None = None

    def read(self, folder: Path, *, images_suffice: bool) -> tuple[list[LabeledImage], list[Image]]:
        """Return the labelled images of a folder or, where there are none and images suffice, its images.

        These are the same objects as before where no file has changed.

        Raises
        ------
        InputError
            Where the folder is no labelled set.
        """
        stamp = stamp_of(folder), images_suffice
        if self._latest is None or self._latest[0] != stamp:
            self._latest = stamp, _labeled(folder, images_suffice=images_suffice)
        return self._latest[1]


def _labeled(folder: Path, *, images_suffice: bool) -> tuple[list[LabeledImage], list[Image]]:
    try:
        return read_labeled_set(folder), []
    except NoLabels:
        if not images_suffice:
            raise
        return [], [read_image(file) for file in find_images(folder)]
