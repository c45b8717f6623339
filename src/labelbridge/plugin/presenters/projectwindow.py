"""What the Project dock's presenter asks of a window, whatever shows it."""

from typing import Protocol

from labelbridge.core import LabelArray
from labelbridge.plugin.presenters.projectimage import ReadImage

__all__ = ["ProjectWindow"]


class ProjectWindow(Protocol):
    """Shows images of a project with their masks; an image goes by its name in the project."""

    def shows(self, name: str) -> bool:
        """Return whether the image is open."""
        ...

    def version(self, name: str) -> tuple[str, ...]:
        """Return the places of the masks that were shown or saved last; empty where there were none."""
        ...

    def show(self, image: ReadImage) -> None:
        """Show an image and its masks, or new masks of one that is open, before all others."""
        ...

    def bring_forward(self, name: str) -> None:
        """Show an image that is open before all others."""
        ...

    def masks(self, name: str) -> dict[str, LabelArray]:
        """Return copies of the masks to be saved: class layers by name, (Y, X), not 0 where the class is."""
        ...

    def is_unsaved(self, name: str) -> bool:
        """Return whether there are masks that are neither as they were read nor as they were saved last."""
        ...

    def know_saved(self, name: str, masks: dict[str, LabelArray], version: tuple[str, ...]) -> None:
        """Take note that these masks were saved."""
        ...

    def close(self, name: str) -> None:
        """Close an image with its masks and all that was drawn beside it."""
        ...

    def forget(self) -> None:
        """Leave what is open to the user: another project comes."""
        ...
