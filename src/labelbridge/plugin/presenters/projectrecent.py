"""The projects that were opened last."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from labelbridge.core import InputError
from labelbridge.io import write_json
from labelbridge.io.project import PROJECT_FILE
from labelbridge.io.userdata import user_data_folder

__all__ = ["recent_projects", "remember_project"]

_FILE = "recent-projects.json"
_MOST = 10
_PATHS: TypeAdapter[list[Path]] = TypeAdapter(list[Path])


def recent_projects() -> list[Path]:
    """Return the folders of the projects that were opened last and are still there, the latest first."""
    return [folder for folder in _remembered() if (folder / PROJECT_FILE).is_file()]


def remember_project(folder: Path) -> None:
    """Put a project before all others; a disk that takes no file is no reason to disturb the user."""
    folders = list(dict.fromkeys([folder, *_remembered()]))[:_MOST]
    try:
        write_json(user_data_folder() / _FILE, folders, overwrite=True)
    except (InputError, OSError):
        return


def _remembered() -> list[Path]:
    try:
        return _PATHS.validate_json((user_data_folder() / _FILE).read_bytes())
    except (OSError, ValidationError):
        return []
