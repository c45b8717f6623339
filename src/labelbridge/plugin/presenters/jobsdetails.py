"""What is shown of one job beside its line in the list, and following it while it grows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from labelbridge.jobs import Checkpoint, JobFolder, JobHistory, LogTail, ShownPreview, checkpoints_of, used_step
from labelbridge.jobs.watch import stamp_of

__all__ = ["JobDetails", "JobFollower", "Picture", "Points", "read_picture"]

_READ_FOR_S = 0.5
"""Longest time of reading events at once: long curves grow while one looks."""

Points = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Steps and numbers, (N,) each."""

Picture = NDArray[np.uint8]
"""(Y, X) or (Y, X, RGB), uint8."""


@dataclass(frozen=True, eq=False)
class JobDetails:
    """What a job has told and kept so far; parts that are as before are the same objects as before.

    Attributes
    ----------
    curves
        Each number over the steps.
    previews
        Pictures in the order of time.
    checkpoints
        Models that can become its result, the best first.
    used_step
        Steps of the model that is its result; None where there is none.
    log
        The end of its log.
    is_behind
        Whether there are more events to read.
    problem
        One sentence where its files cannot be read, else empty.
    """

    curves: Mapping[str, Points] = field(default_factory=dict)
    previews: tuple[ShownPreview, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    used_step: int | None = None
    log: str = ""
    is_behind: bool = False
    problem: str = ""


class JobFollower:
    """Reads a job again and again, each time what has come since; for a thread that may wait for disks.

    Parameters
    ----------
    folder
        The job.
    """

    def __init__(self, folder: JobFolder) -> None:
        self._folder = folder
        self._history = JobHistory(folder)
        self._log = LogTail(folder.log_file)
        self._stamps: dict[str, object] = {}
        self._latest = JobDetails()

    def read(self) -> JobDetails:
        """Read on for a short time, and return what is known now: the same object where nothing has changed."""
        found = self._read()
        if any(getattr(found, one.name) is not getattr(self._latest, one.name) for one in fields(found)):
            self._latest = found
        return self._latest

    def _read(self) -> JobDetails:
        latest = replace(self._latest, problem="")
        try:
            if self._history.read(_READ_FOR_S):
                latest = replace(latest, curves={name: one.points() for name, one in self._history.curves.items()})
                self._stamps.pop("previews", None)
            latest = replace(latest, is_behind=self._history.is_behind)
            if self._is_new("previews", stamp_of(self._folder.previews)):
                latest = replace(latest, previews=_there(self._history.previews))
            if self._is_new("checkpoints", (stamp_of(self._folder.checkpoints), stamp_of(self._folder.result))):
                found = tuple(checkpoints_of(self._folder))
                latest = replace(latest, checkpoints=found, used_step=used_step(self._folder))
            if self._log.read():
                latest = replace(latest, log=self._log.text)
        except OSError as error:
            return replace(latest, problem=f"{error.filename or self._folder.path}: cannot be read: {error.strerror}.")
        return latest

    def _is_new(self, what: str, stamp: object) -> bool:
        """Return whether something has another stamp than before, and remember it."""
        if what in self._stamps and self._stamps[what] == stamp:
            return False
        self._stamps[what] = stamp
        return True


def read_picture(file: Path) -> Picture | None:
    """Read a preview; None where it is gone or damaged."""
    try:
        with PillowImage.open(file) as picture:
            return np.asarray(picture.convert("RGB" if picture.mode not in ("L", "RGB") else picture.mode))
    except (OSError, ValueError):
        return None


def _there(previews: list[ShownPreview]) -> tuple[ShownPreview, ...]:
    """Return the pictures whose files are there, the latest of each file."""
    latest = {preview.file: preview for preview in previews}
    names = {folder: {file.name for file in folder.iterdir()} for folder in {file.parent for file in latest}}
    return tuple(preview for preview in latest.values() if preview.file.name in names[preview.file.parent])
