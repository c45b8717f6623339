"""The table of a project's images."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from labelbridge.io.project.document import ImageState, ProjectImage

__all__ = ["ImageRow"]


@dataclass(frozen=True)
class ImageRow:
    """An image in the table of a project.

    Attributes
    ----------
    name
        Its name in the project.
    path
        Where it lies, or lay.
    is_there
        Whether it still does.
    state
        How far it is.
    shape
        Height and width in px.
    pixel_size_um
        Side of a pixel in um, or None where unknown.
    has_masks
        Whether there are masks of it.
    changed
        When any of this last changed, UTC.
    absent
        Classes that it does not have, as the user says.
    notes
        What the user has noted.
    """

    name: str
    path: Path
    is_there: bool
    state: ImageState
    shape: tuple[int, int]
    pixel_size_um: float | None
    has_masks: bool
    changed: datetime
    absent: tuple[str, ...]
    notes: str

    @classmethod
    def of(cls, image: ProjectImage, path: Path) -> Self:
        """Return the row of an image that should lie at `path`."""
        return cls(
            image.name,
            path,
            os.path.exists(path),
            image.state,
            image.shape,
            image.pixel_size_um,
            bool(image.masks),
            image.changed,
            image.absent,
            image.notes,
        )
