"""Which jobs there are: those in the user data folder, and those that were put elsewhere."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from labelbridge.core import InputError
from labelbridge.io.atomic import atomic_path, saying_why
from labelbridge.io.userdata import user_data_folder
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.spec import JobSpec
from labelbridge.jobs.status import JobStatus

__all__ = ["JobInfo", "JobStore", "jobs_in", "newest_first"]


@dataclass(frozen=True)
class JobInfo:
    """What a list of jobs tells of one.

    Attributes
    ----------
    folder
        The job.
    task
        Name of its task; empty where the folder cannot be read.
    created
        When it was made; None where the folder cannot be read.
    status
        Where it is.
    problem
        One sentence where the folder cannot be read, else empty.
    device
        Where it is to compute, such as ``auto`` or ``cpu``; empty where its task is told none.
    """

    folder: JobFolder
    task: str
    created: datetime | None
    status: JobStatus
    problem: str = ""
    device: str = ""

    @classmethod
    def of(cls, folder: JobFolder) -> "JobInfo":
        """Read the two small files of a job, never its events."""
        try:
            spec, status = folder.spec(), folder.status()
        except (InputError, OSError) as error:
            return cls(folder, "", None, JobStatus(), str(error))
        return cls(folder, spec.task, spec.created, status, device=str(spec.settings.get("device", "")))

    @property
    def name(self) -> str:
        """What the job is called: its folder's name."""
        return self.folder.path.name


class JobStore:
    """The jobs of a user.

    Parameters
    ----------
    root
        Where new jobs lie; by default ``jobs`` in the user data folder. Jobs elsewhere are remembered there.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or user_data_folder() / "jobs"
        self._elsewhere = self.root / ".elsewhere"

    def new_job(self, spec: JobSpec, path: Path | None = None) -> JobFolder:
        """Make a job, ready to be submitted.

        Parameters
        ----------
        spec
            The job; to try one again from its beginning, that of the first attempt.
        path
            A new or empty folder; by default one named after the day and the task, in `root`.

        Raises
        ------
        InputError
            Where the folder holds something already or cannot be made.
        """
        if path is not None:
            self.remember(path)
            return JobFolder.prepare(path, spec)
        return JobFolder.prepare(self._make_folder(f"{spec.created.astimezone():%Y-%m-%d}-{spec.task}"), spec)

    def remember(self, path: Path) -> None:
        """List the job in this folder, too, wherever it lies; raises InputError where that cannot be written down."""
        place = path.resolve()
        if place.parent == self.root.resolve():
            return
        with atomic_path(self._note_of(place), overwrite=True) as temporary:
            temporary.write_text(str(place), encoding="utf-8")

    def forget(self, path: Path) -> None:
        """Take a folder elsewhere off the list; it stays as it is."""
        with suppress(OSError):
            self._note_of(path.resolve()).unlink(missing_ok=True)

    def jobs(self) -> list[JobInfo]:
        """Return all jobs that can be reached now, the newest first; those that cannot be read come last."""
        return newest_first(JobInfo.of(folder) for folder in self.folders())

    def folders(self) -> list[JobFolder]:
        """Return the folders of all jobs that can be reached now, each once."""
        found = {folder.path.resolve(): folder for folder in (*jobs_in(self.root), *self._remembered())}
        return list(found.values())

    def find(self, name: str) -> JobFolder:
        """Return the job that a user means by its name in the list or by its folder.

        Raises
        ------
        InputError
            Where there is none, or several have the name.
        """
        if (given := JobFolder(Path(name))).spec_file.is_file():
            return given
        found = [folder for folder in (*jobs_in(self.root), *self._remembered()) if folder.path.name == name]
        if len(found) > 1:
            places = " and ".join(str(folder.path) for folder in found)
            raise InputError(f"got '{name}', which {len(found)} jobs are called ({places}); name the folder.")
        if not found:
            raise InputError(f"got '{name}', expected a job's folder or its name in `labelbridge jobs list`.")
        return found[0]

    def _make_folder(self, name: str) -> Path:
        with saying_why(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            number = 1
            while True:
                path = self.root / (name if number == 1 else f"{name}-{number}")
                try:
                    path.mkdir()
                except FileExistsError:
                    number += 1
                else:
                    return path

    def _note_of(self, place: Path) -> Path:
        digest = hashlib.sha256(os.path.normcase(place).encode("utf-8", "surrogateescape")).hexdigest()
        return self._elsewhere / f"{digest[:24]}.txt"

    def _remembered(self) -> Iterator[JobFolder]:
        for note in sorted(self._elsewhere.glob("*.txt")):
            with suppress(OSError, ValueError):
                folder = JobFolder(Path(note.read_text(encoding="utf-8")))
                if folder.spec_file.is_file():  # its disk may be away for now
                    yield folder


def newest_first(infos: Iterable[JobInfo]) -> list[JobInfo]:
    """Return jobs in the order of a list: the newest first; those that cannot be read come last."""
    return sorted(infos, key=lambda info: info.created.timestamp() if info.created else 0.0, reverse=True)


def jobs_in(root: Path) -> Iterator[JobFolder]:
    """Yield the jobs whose folders lie directly in this one, by name; none where it does not exist."""
    if root.is_dir():
        for path in sorted(root.iterdir()):
            if not path.name.startswith(".") and (folder := JobFolder(path)).spec_file.is_file():
                yield folder
