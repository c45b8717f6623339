"""Room and permission in the folders that LabelBridge writes to."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labelbridge.doctor.finding import Finding, first_line, gigabytes

__all__ = ["FOLDERS", "FolderFacts", "folder_finding", "look_at_folder"]

ENOUGH_DISK_BYTES = 10e9
_TOO_LITTLE_DISK_BYTES = 1e9


@dataclass(frozen=True)
class FolderFacts:
    """A folder that LabelBridge writes to.

    Attributes
    ----------
    name
        What it is for.
    path
        Where it is; it may not exist yet.
    elsewhere
        How the user chooses another one, as the end of a sentence.
    free_bytes
        Room on its disk, None where that could not be found out.
    refusal
        Why nothing can be written there, None where it can.
    """

    name: str
    path: str
    elsewhere: str
    free_bytes: int | None = None
    refusal: str | None = None


def look_at_folder(name: str) -> FolderFacts:
    """Look at one of `FOLDERS`."""
    find, is_made, elsewhere = _FOLDERS[name]
    path = None
    try:
        path = find().absolute()
        there = next(parent for parent in (path, *path.parents) if parent.exists()) if is_made else path
        with tempfile.TemporaryFile(dir=there, prefix="labelbridge-"):
            return FolderFacts(name, str(path), elsewhere, shutil.disk_usage(there).free)
    except OSError as error:
        return FolderFacts(name, str(path or "gone"), elsewhere, refusal=error.strerror or first_line(error))


def folder_finding(folder: FolderFacts) -> Finding:
    """Judge a folder."""
    if folder.refusal is not None:
        only_here = folder.name == "current folder"
        remedy = f"Get permission to write there, or {folder.elsewhere}."
        value = f"{folder.path}, cannot be written to ({folder.refusal})"
        return Finding(folder.name, value, "note" if only_here else "problem", remedy)
    free = folder.free_bytes or 0
    value = f"{folder.path}, {gigabytes(free)} free"
    if free >= ENOUGH_DISK_BYTES:
        return Finding(folder.name, value)
    remedy = f"Free some space, at least {gigabytes(int(ENOUGH_DISK_BYTES))}, or {folder.elsewhere}."
    return Finding(folder.name, value, "problem" if free < _TOO_LITTLE_DISK_BYTES else "note", remedy)


def _models_folder() -> Path:
    from labelbridge.io.userdata import user_data_folder

    return user_data_folder()


def _scratch_folder() -> Path:
    from labelbridge.core import scratch_folder

    return scratch_folder()


_FOLDERS: dict[str, tuple[Callable[[], Path], bool, str]] = {
    "models": (_models_folder, True, "set LABELBRIDGE_HOME to another folder"),
    "temporary data": (_scratch_folder, False, "set LABELBRIDGE_SCRATCH to another folder"),
    "current folder": (Path.cwd, False, "run labelbridge in another folder"),
}
"""How to find each folder, whether LabelBridge makes it where it is missing, and how to choose another one."""

FOLDERS = tuple(_FOLDERS)
"""Names of the folders: for trained models, for large arrays, and for results."""
