"""A job's folder: the names in it, and the rules for using one again."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
from PIL import Image as PillowImage

from labelbridge.core import FloatArray, InputError
from labelbridge.io import atomic_path, prepare_out
from labelbridge.io.atomic import saying_why
from labelbridge.io.filelock import is_locked, try_lock
from labelbridge.jobs.events import EventReader, add_event, end_last_line
from labelbridge.jobs.jsonfiles import read_model, write_model, write_model_within
from labelbridge.jobs.place import JobPlace
from labelbridge.jobs.previews import keep_selection, next_preview
from labelbridge.jobs.schedulers import word_of
from labelbridge.jobs.spec import JobSpec
from labelbridge.jobs.status import JobStatus

__all__ = ["JobFolder"]

_LOST = "The process was killed or crashed; resume the job to continue it."
_PATIENCE_S = 5.0
"""So long another process may hold the job for a moment, as one that resumes it does."""


class JobFolder:
    """Paths and files of one job.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spec_file = path / "spec.json"
        self.status_file = path / "status.json"
        self.place_file = path / "place.json"
        self.script_file = path / "submit.sh"
        self.events_file = path / "events.jsonl"
        self.log_file = path / "stdout.log"
        self.stop_file = path / "STOP"
        self.lock_file = path / ".lock"
        self.checkpoints = path / "checkpoints"
        self.previews = path / "previews"
        self.result = path / "result"
        self.partial_result = path / ".result.partial"
        self._holder: int | None = None

    @classmethod
    def prepare(cls, path: Path, spec: JobSpec, *, resume: bool = False) -> Self:
        """Make a new job, or make an interrupted one ready to be continued.

        Parameters
        ----------
        path
            A folder that is new or empty; with `resume`, it may hold the same job.
        spec
            The job. Its device may differ from that of the interrupted run.
        resume
            Whether to continue an interrupted job.

        Raises
        ------
        InputError
            Where the folder holds other files, another job, a finished or a running one, or cannot be written to.
        """
        folder = cls(path)
        if path.is_dir() and any(not entry.name.startswith(".") for entry in path.iterdir()):
            spec = spec.model_copy(update={"created": folder._check_continuable(spec, resume).created})
        prepare_out(path)
        write_model(folder.spec_file, spec)
        folder.stop_file.unlink(missing_ok=True)
        folder.place_file.unlink(missing_ok=True)
        folder.write_status(JobStatus())
        return folder

    def spec(self) -> JobSpec:
        """Read the spec; raises InputError where there is none."""
        if (spec := read_model(self.spec_file, JobSpec)) is None:
            raise InputError(f"{self.path}: got no {self.spec_file.name} in it, expected the folder of a job.")
        return spec

    def status(self) -> JobStatus:
        """Return where the job is; one whose process is gone is lost, whatever its file says.

        Where a scheduler has the job and the job itself has said nothing for ten seconds, the scheduler is asked, which
        may take seconds. Its word counts, and where it cannot be asked the job is not lost.
        """
        status = self._written_status()
        if status.state == "ended":
            return status
        if (place := self.place()) is None:
            return status.ended("lost", _LOST) if self._is_lost(status) else status
        if not status.is_silent():
            return status
        word = word_of(place)
        return word.correct(self._status_now() if word.is_over else status)

    def place(self) -> JobPlace | None:
        """Return which scheduler has the job; None for a job of this computer."""
        return read_model(self.place_file, JobPlace)

    def write_place(self, place: JobPlace) -> None:
        """Write which scheduler has the job; raises InputError where the disk does not take it."""
        self.check_there()
        write_model(self.place_file, place)

    def write_status(self, status: JobStatus) -> None:
        """Replace the status as a whole; raises InputError where the folder is gone or the disk does not take it."""
        self.check_there()
        write_model(self.status_file, status)

    def write_last_status(self, status: JobStatus) -> None:
        """Replace the status, be it within its file: a full disk has no room for another, and readers must know.

        Raises
        ------
        InputError, OSError
            Where the folder is gone or the disk takes nothing at all.
        """
        try:
            self.write_status(status)
        except (InputError, OSError):
            write_model_within(self.status_file, status)

    def check_there(self) -> None:
        """Raise InputError where the folder was deleted: a running job must not make it again."""
        if not self.path.is_dir():
            raise InputError(f"{self.path}: the folder of this job was moved or deleted while the job ran.")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from working on the job; the system lets them when this one ends, however it ends.

        Waits for a moment where another one holds it. A thread that holds it may hold it once more.

        Raises
        ------
        InputError
            Where another process works on it, or the folder cannot be written to.
        """
        if self._holder == threading.get_ident():
            yield
            return
        self.check_there()
        with saying_why(self.lock_file):
            file = self.lock_file.open("ab", buffering=0)
        with file:
            if not _lock_patiently(file):
                raise InputError(f"{self.path}: another process works on this job; wait until it has ended.")
            self._holder = threading.get_ident()
            try:
                yield
            finally:
                self._holder = None

    def check_startable(self) -> None:
        """Raise InputError where the job is finished, or another process runs it or waits to run it."""
        status = self.status()
        if status.ending == "finished":
            raise InputError(f"{self.path}: this job is finished, see {self.result}; choose another --out.")
        is_taken = status.pid not in (None, os.getpid(), os.getppid())  # Windows begins a Python by way of another one
        if status.state in ("running", "stopping") or (status.state == "queued" and is_taken):
            raise InputError(
                f"{self.path}: this job is {status.state} (process {status.pid} on {status.host}); "
                f"let it end, or stop it with a file named {self.stop_file.name} in that folder."
            )

    def ask_stop(self) -> None:
        """Ask the job, wherever it runs, to save its work and end."""
        self.stop_file.touch()

    def add_event(self, kind: str, /, **values: float | str | None) -> None:
        """Append a line to the events; numbers that are not finite become null."""
        add_event(self.events_file, kind, **values)

    def write_preview(self, name: str, image: FloatArray) -> Path:
        """Write a picture, axes (Y, X) or (Y, X, RGB), float32 in [0, 1], in 8 bits, after earlier ones of its name.

        Of many, an even selection is kept.

        Raises
        ------
        InputError
            Where the folder is gone or the disk does not take it.
        """
        self.check_there()
        pixels = np.round(np.clip(image, 0.0, 1.0) * 255).astype(np.uint8)
        with saying_why(self.previews):
            target = next_preview(self.previews, name)
        with atomic_path(target, overwrite=False) as temporary:
            PillowImage.fromarray(pixels).save(temporary, "PNG")
        keep_selection(self.previews, name)
        return target

    def events(self) -> Iterator[dict[str, object]]:
        """Read the events from the first on; damaged lines, as a killed run leaves them, are passed over."""
        yield from EventReader(self.events_file).read()

    def start_afresh(self) -> None:
        """Remove what an earlier run left of a result, and end a line that it left half-written."""
        shutil.rmtree(self.partial_result, ignore_errors=True)
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        end_last_line(self.events_file)

    def _is_lost(self, status: JobStatus) -> bool:
        """Return whether nobody works on a job of this computer; who has it locked lives, whatever the clock says."""
        return status.is_lost() and (status.is_dead() or not is_locked(self.lock_file))

    def _written_status(self) -> JobStatus:
        """Return what the job wrote last, and that it is finished where it has a result."""
        status = read_model(self.status_file, JobStatus) or JobStatus()
        return status.ended("finished") if self.result.exists() and status.ending != "finished" else status

    def _status_now(self) -> JobStatus:
        """Return the written status as the disk has it now: shared disks show an old one until the folder is listed."""
        list(self.path.iterdir())
        return self._written_status()

    def _check_continuable(self, spec: JobSpec, resume: bool) -> JobSpec:
        if not self.spec_file.is_file():
            raise InputError(f"{self.path}: got a folder with other files in it, expected a new or empty one as --out.")
        there = self.spec()
        self.check_startable()
        if self.place() is not None and self.status().state == "queued":
            raise InputError(f"{self.path}: this job waits in the queue of a cluster; stop it first.")
        if differences := there.differences(spec):
            raise InputError(
                f"{self.path}: got a job with other settings: {', '.join(differences)}; "
                "use the same settings or choose another --out."
            )
        if not resume:
            raise InputError(f"{self.path}: this job was begun already; add --resume to continue it.")
        return there


def _lock_patiently(file: BinaryIO) -> bool:
    """Lock an open file, if it can be had within a moment; on a disk that knows no locks the status alone must do."""
    deadline = time.monotonic() + _PATIENCE_S
    try:
        while not try_lock(file):
            if time.monotonic() > deadline:
                return False
    except OSError:
        pass
    return True
