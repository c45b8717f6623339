"""A project that this window has open: locked against others, and told apart where it cannot be written to."""

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from labelbridge.core import InputError
from labelbridge.io.filelock import try_lock
from labelbridge.io.project import PROJECT_FILE, ImageRow, MissingFile, Project, missing_files

__all__ = ["OpenProject"]

_LOCK_FILE = ".project.lock"
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


@dataclass(frozen=True, eq=False)
class OpenProject:
    """A project and all that a window shows of it; made by `open` or `create`, let go by `close`.

    Attributes
    ----------
    project
        The project.
    rows
        The table of its images, as it was when this was made.
    missing
        What was not where the project remembers it.
    is_read_only
        Whether its folder takes no files, so that nothing can be saved.
    """

    project: Project
    rows: list[ImageRow]
    missing: list[MissingFile]
    is_read_only: bool
    _lock: BinaryIO | None = None

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a project by its folder or its file, for this window alone; may take some time.

        Raises
        ------
        InputError
            Where another window has it open, and as `Project.open` raises it.
        """
        return cls._locked(Project.open(folder))

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Make a project in a folder; raises what `Project.create` raises."""
        return cls._locked(Project.create(folder))

    @classmethod
    def _locked(cls, project: Project) -> Self:
        lock, is_read_only = _lock(project.folder)
        return cls(project, project.rows(), missing_files(project), is_read_only, lock)

    def looked_at_again(self) -> Self:
        """Return the same project with its table and missing files as they are now; may take some time."""
        return type(self)(self.project, self.project.rows(), missing_files(self.project), self.is_read_only, self._lock)

    def check_writable(self) -> None:
        """Raise InputError where nothing can be saved: the folder is gone or read-only."""
        folder = self.project.folder
        if not (folder / PROJECT_FILE).is_file():
            raise InputError(
                f"{folder}: the project is not there any more; connect its disk again, or open the project at its new "
                "place."
            )
        if self.is_read_only:
            raise InputError(
                f"{folder}: the project's folder is read-only, so nothing can be saved in it; change its permissions, "
                "or copy it to a folder that you may write to, and open it again."
            )

    def close(self) -> None:
        """Let other windows open it."""
        if self._lock is not None:
            self._lock.close()


def _lock(folder: Path) -> tuple[BinaryIO | None, bool]:
    """Lock a project's folder; return the lock, None where the disk takes none, and whether it is read-only."""
    try:
        file = (folder / _LOCK_FILE).open("ab", buffering=0)
    except OSError as error:
        return None, error.errno in _READ_ONLY
    try:
        is_ours = try_lock(file)
    except OSError:  # this disk knows no locks: project.json itself tells of another window
        is_ours = True
    if not is_ours:
        file.close()
        raise InputError(f"{folder}: this project is open in another window; close it there, or go on with it there.")
    return file, False
