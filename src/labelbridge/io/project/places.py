"""Where a project's files are: written so that they are found again after the project has moved."""

import os
import unicodedata
from pathlib import Path, PurePath, PureWindowsPath

__all__ = ["path_of", "place_of"]


def place_of(path: PurePath, project: PurePath) -> str:
    """Return a file's place as text with ``/`` on all systems.

    It is relative to the project where the file lies in the project's folder or in the folder around it, so that both
    can move together, and absolute elsewhere.

    Parameters
    ----------
    path, project
        Absolute, without ``..``.
    """
    if path.is_relative_to(project):
        return path.relative_to(project).as_posix()
    around = project.parent
    if around != around.parent and path.is_relative_to(around):
        return f"../{path.relative_to(around).as_posix()}"
    return path.as_posix()


def path_of(place: str, project: Path) -> Path:
    """Return the path of a place, whether there is something or not.

    Letters such as ``ä`` may be one or two characters on the disk, as Macs have it. A place on a drive of Windows stays
    as it is and leads nowhere on other systems.
    """
    if PureWindowsPath(place).is_absolute():
        return Path(place)
    forms = (place, unicodedata.normalize("NFC", place), unicodedata.normalize("NFD", place))
    paths = [Path(os.path.abspath(project / form)) for form in forms]
    return next((path for path in paths if os.path.lexists(path)), paths[0])
