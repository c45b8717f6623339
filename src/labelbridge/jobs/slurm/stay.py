"""A job's stay on a computer of a cluster, as its own process there sees it.

SLURM wants its computer back in two ways. Before the time limit it sends SIGUSR1: the job saves its work, says in its
folder that it is queued, and asks to be queued again. To make room for another job it sends SIGTERM and queues the job
again itself; `scancel` sends SIGTERM, too, and does not. The count of restarts tells one from the other.
"""

import os
import re
import signal
from contextlib import suppress
from types import FrameType
from typing import Self

from labelbridge.core import InputError, Reporter
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.place import JobPlace
from labelbridge.jobs.slurm.commands import SlurmRefused, SlurmSilent, ask_slurm
from labelbridge.jobs.status import JobStatus

__all__ = ["TICKET", "SlurmStay"]

TICKET = "labelbridge-"
"""How the names of jobs in SLURM begin."""

_RESTARTS = re.compile(r"\bRestarts=(\d+)")
_NOT_AGAIN = "Its time on the cluster was over and SLURM did not queue it again ({why}); resume it to continue."


class SlurmStay(Reporter):
    """Asks the job to stop when its time will soon be over, and knows whether it comes back.

    Parameters
    ----------
    folder
        The job.
    id
        SLURM's number of it.
    restarts
        How often SLURM had begun it again when this process began.
    """

    def __init__(self, folder: JobFolder, id: str, restarts: int) -> None:
        self._folder = folder
        self._id = id
        self._restarts = restarts
        self._warned = False

    @classmethod
    def begin(cls, folder: JobFolder) -> Self | None:
        """Take a job over where SLURM has started this process for it, also from an earlier stay that was cut short.

        Raises
        ------
        InputError
            Where the job was handed over anew since, here or elsewhere.
        """
        name = os.environ.get("SLURM_JOB_NAME", "")
        if not name.startswith(TICKET):
            return None
        place = folder.place()
        if place is None or place.ticket != name:
            raise InputError(f"{folder.path}: this job was handed over anew since SLURM got it as {name}.")
        stay = cls(folder, os.environ.get("SLURM_JOB_ID", ""), int(os.environ.get("SLURM_RESTART_COUNT") or 0))
        stay._take_over(place)
        return stay

    def should_stop(self) -> bool:
        """Return True once SLURM has said that the time will soon be over."""
        return self._warned

    def comes_back(self) -> bool:
        """Return, after the job has stopped, whether SLURM begins it again: by itself, or as `leave` asks it to."""
        return not self._folder.stop_file.exists() and (self._warned or self._is_queued_again())

    def leave(self) -> None:
        """Ask SLURM to queue the job again where its time was over; the last that this process does."""
        if not self._warned or self._folder.stop_file.exists() or self._is_queued_again():
            return
        try:
            ask_slurm("scontrol", "requeue", self._id, patiently=True)
        except (SlurmSilent, SlurmRefused) as error:
            message = _NOT_AGAIN.format(why=str(error).rstrip("."))
            self._folder.write_status(self._folder.status().ended("cancelled", message))

    def _take_over(self, place: JobPlace) -> None:
        signal.signal(signal.SIGUSR1, self._warn)
        self._folder.write_place(place.model_copy(update={"id": self._id}))
        if not self._folder.result.exists():
            self._folder.write_status(JobStatus())

    def _warn(self, number: int, frame: FrameType | None) -> None:
        self._warned = True

    def _is_queued_again(self) -> bool:
        with suppress(SlurmSilent, SlurmRefused):
            found = _RESTARTS.search(ask_slurm("scontrol", "show", "job", self._id))
            return found is not None and int(found[1]) > self._restarts
        return False
