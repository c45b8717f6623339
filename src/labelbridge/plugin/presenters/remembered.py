"""Choices that are remembered from window to window."""

from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from labelbridge.core import InputError
from labelbridge.io import write_json
from labelbridge.io.userdata import user_data_folder

__all__ = ["Remembered"]


class Remembered(BaseModel):
    """Choices with a file of their own in the user data folder."""

    model_config = ConfigDict(frozen=True)

    FILE: ClassVar[str]
    """Name of the file."""

    @classmethod
    def load(cls) -> Self:
        """Return what was remembered; the defaults where there is nothing, or nothing that can be read."""
        try:
            return cls.model_validate_json((user_data_folder() / cls.FILE).read_bytes())
        except (OSError, ValidationError):
            return cls()

    def save(self) -> None:
        """Remember them; a disk that takes no file is no reason to disturb the user."""
        try:
            write_json(user_data_folder() / self.FILE, self.model_dump(mode="json"), overwrite=True)
        except (InputError, OSError):
            return

    def having(self, **chosen: object) -> Self:
        """Return the same choices but for those given by name."""
        return type(self).model_validate(self.model_dump() | chosen)
