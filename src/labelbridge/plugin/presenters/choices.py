"""What the user has chosen in the Bootstrap dock, remembered from window to window."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from labelbridge.bootstrap import BootstrapPath, Preset
from labelbridge.core import InputError
from labelbridge.io import write_json
from labelbridge.io.userdata import user_data_folder

__all__ = ["FILE", "BootstrapChoices"]

FILE = "bootstrap-window.json"
"""Name of the file in the user data folder."""


class BootstrapChoices(BaseModel):
    """All choices but those that belong to one image alone."""

    model_config = ConfigDict(frozen=True)

    labeled: Path | None = None
    """Folder of L's labelled images."""

    model: Path | None = None
    """Folder of a model of L, or of a finished tutorship."""

    added_models: tuple[Path, ...] = ()
    """Model folders that lie elsewhere than where models are kept."""

    path: BootstrapPath | None = None
    """The path; None takes what suits labels and model."""

    translator: Path | None = None
    """Folder of a trained translator; None maps intensities."""

    added_translators: tuple[Path, ...] = ()
    """Translator folders that lie elsewhere than where models are kept."""

    preset: Preset = "cpu"
    """How to train what must be trained."""

    channel: str = "luminance"
    """What is taken of colour images."""

    planes: Literal["seen", "all"] = "seen"
    """Which planes of a stack are worked on."""

    @classmethod
    def load(cls) -> Self:
        """Return what was remembered; the defaults where there is nothing, or nothing that can be read."""
        try:
            return cls.model_validate_json((user_data_folder() / FILE).read_bytes())
        except (OSError, ValidationError):
            return cls()

    def save(self) -> None:
        """Remember them; a disk that takes no file is no reason to disturb the user."""
        try:
            write_json(user_data_folder() / FILE, self.model_dump(mode="json"), overwrite=True)
        except (InputError, OSError):
            return

    def having(self, **chosen: object) -> Self:
        """Return the same choices but for those given by name."""
        return type(self).model_validate(self.model_dump() | chosen)
