"""One session of work on an image: its file beside the journals."""

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PositiveFloat, ValidationError

from labelbridge.core import InputError
from labelbridge.io import atomic_path
from labelbridge.refine.effort.tally import IDLE_AFTER_S, Effort
from labelbridge.refine.filenames import new_file_name

__all__ = ["EFFORT_ENDING", "FORMAT", "EffortSession", "FirstMasks", "read_session", "session_file", "write_session"]

FORMAT: Literal[1] = 1
"""Version of the file's layout."""

EFFORT_ENDING = ".effort.json"
"""Ending of the files."""

FirstMasks = Literal["bootstrapped", "none", "other", "unknown"]
"""Where the masks came from that the work began with; ``none``: everything was drawn, ``other``: read from files."""


class EffortSession(BaseModel):
    """The work on one image from its opening to its closing, or to midnight; times are the user's own."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = FORMAT
    """Version of the file's layout."""

    image: str
    """Name of the image, for the user."""

    image_id: str
    """What tells the image from others, e.g. `labelbridge.io.hash_images` of it."""

    first_masks: FirstMasks = "unknown"
    """Where the masks came from that the work began with."""

    started: AwareDatetime
    """When the first sign of work was seen."""

    ended: AwareDatetime
    """When the last one was."""

    idle_after_s: PositiveFloat = IDLE_AFTER_S
    """Longest pause that counted as work, in seconds."""

    effort: Effort = Field(default_factory=Effort)
    """What it took."""

    @property
    def day(self) -> date:
        """The day on the user's calendar."""
        return self.started.date()


def session_file(folder: Path, session: EffortSession) -> Path:
    """Return a new name for a session's file."""
    return folder / new_file_name(session.image, session.started, EFFORT_ENDING)


def write_session(path: Path, session: EffortSession) -> None:
    """Put a session in the place of its file as it was before; at every moment one of the two is there, whole.

    Raises
    ------
    InputError
        Where the disk does not take it.
    """
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_bytes(session.model_dump_json(indent=2).encode())


def read_session(path: Path) -> EffortSession:
    """Read a session's file.

    Raises
    ------
    InputError
        Where it cannot be read, is damaged, or is of a newer LabelBridge.
    """
    try:
        return EffortSession.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the file and its permissions.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(
            f"{path}: got a record of work that cannot be read ({where}: {first['msg']}), expected one of format "
            f"{FORMAT}; update LabelBridge, or remove the file where it is damaged."
        ) from error
