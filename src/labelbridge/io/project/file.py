"""project.json on the disk: read, saved as a whole, and kept as it was before."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

from labelbridge.core import InputError
from labelbridge.io.atomic import atomic_path
from labelbridge.io.project.document import FORMAT, ProjectDocument

__all__ = ["PROJECT_FILE", "ProjectFile"]

PROJECT_FILE = "project.json"
"""Name of the file that makes a folder a project."""

_BACKUP_FILE = "project.backup.json"


class _Damaged(InputError):
    """The file is there and holds no project."""


class _Version(BaseModel):
    format: int


class ProjectFile:
    """The file of one project, and beside it the version before.

    Parameters
    ----------
    folder
        The project's folder.

    Attributes
    ----------
    path
        The file.
    notice
        One sentence where the file was damaged and its backup was read; None where all is well.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / PROJECT_FILE
        self.notice: str | None = None
        self._backup = folder / _BACKUP_FILE
        self._seen: bytes | None = None
        self._last_good: bytes | None = None

    @property
    def exists(self) -> bool:
        """Whether the folder is a project, be it a damaged one."""
        return os.path.lexists(self.path) or os.path.lexists(self._backup)

    def read(self) -> ProjectDocument:
        """Read the file or, where it is damaged or gone, its backup; nothing is changed on the disk.

        Raises
        ------
        InputError
            Where there is no project, it is of a newer LabelBridge, or file and backup are damaged.
        """
        seen, notice = _content(self.path), None
        good = seen
        try:
            document = _parse(self.path, seen)
        except _Damaged as damage:
            good = _content(self._backup)
            document = self._from_backup(good, damage)
            notice = (
                f"{damage}; its backup of {document.changed:%Y-%m-%d %H:%M} UTC was opened, check the latest changes."
            )
        self._seen, self._last_good, self.notice = seen, good, notice
        return document

    def write(self, document: ProjectDocument) -> None:
        """Put a new version in the place of the one that was read or written last, which becomes the backup.

        A damaged file is kept under another name.

        Raises
        ------
        InputError
            Where another window has saved the project since, or the disk does not take it; the version on the disk
            stays then.
        """
        self._check_unchanged()
        if self._seen is not None and self._seen != self._last_good:
            _save(self.path.with_name(f"project.damaged-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.json"), self._seen)
        if self._last_good is not None:
            _save(self._backup, self._last_good)
        content = f"{document.model_dump_json(indent=2)}\n".encode()
        _save(self.path, content, check=self._check_unchanged)
        self._seen = self._last_good = content
        self.notice = None

    def _from_backup(self, content: bytes | None, damage: InputError) -> ProjectDocument:
        try:
            return _parse(self._backup, content)
        except _Damaged:
            raise InputError(
                f"{damage}, expected the file of a project; choose another folder or copy the file back from a copy "
                "of yours."
            ) from damage

    def _check_unchanged(self) -> None:
        now = _content(self.path)
        if now == self._seen:
            return
        if now is None:
            raise InputError(f"{self.path}: is not there any more; if it was moved, open the project at its new place.")
        raise InputError(
            f"{self.path}: was changed on the disk since it was read, maybe in another window; the latest change was "
            "not saved: open the project again and repeat it."
        )


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the file and its permissions.") from error


def _parse(path: Path, content: bytes | None) -> ProjectDocument:
    if content is None:
        raise _Damaged(f"{path}: there is no such file")
    try:
        if (version := _Version.model_validate_json(content).format) > FORMAT:
            raise InputError(
                f"{path}: got a project of format {version}, expected at most {FORMAT}; update LabelBridge to open it."
            )
        return ProjectDocument.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise _Damaged(f"{path}: got a damaged file ({where}: {first['msg']})") from error


def _save(path: Path, content: bytes, check: Callable[[], None] = lambda: None) -> None:
    """Put content in the place of a file, never leaving none, once the disk has it and `check` raises nothing."""
    with atomic_path(path, overwrite=True) as temporary:
        with temporary.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        check()
