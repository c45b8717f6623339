"""Where a job is, why it ended, and whether its process still lives."""

import os
import socket
import time
from typing import Literal, Self

import psutil
from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Ending", "JobProgress", "JobState", "JobStatus"]

JobState = Literal["queued", "running", "stopping", "ended"]
"""``queued``: waits for its turn; ``stopping``: asked to stop and on the way to a checkpoint."""

Ending = Literal["finished", "cancelled", "failed", "lost"]
"""``cancelled``: the job was stopped and can be continued; ``lost``: its process ended without a word, which readers
find out and no job writes."""

_START_TOLERANCE_S = 2.0
"""A process whose start differs by more is another one that was given the same number."""

_SILENT_S = 10.0
"""Where the clock was set, a start may differ and the process be the right one: it is, as long as it writes."""

_SILENT_ELSEWHERE_S = 15 * 60.0
"""A process on another computer, whose clock may differ, counts as gone when it wrote nothing for so long."""

_SILENT_UNBORN_S = 60.0
"""A job that no process has taken up after so long is not going to begin."""


class JobProgress(BaseModel):
    """How far a stage is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    done: float
    """Steps behind us."""

    total: float
    """Steps of the stage."""

    stage: str
    """Name of the stage."""

    left_s: float | None = None
    """Seconds left of the stage; None where it is too early to say."""


class JobStatus(BaseModel):
    """status.json of a job, replaced as a whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: JobState = "queued"
    """Where the job is."""

    ending: Ending | None = None
    """Why it ended; set exactly where the state is ``ended``."""

    message: str = ""
    """One sentence for the user."""

    pid: int | None = None
    """Number of the process that works on it."""

    host: str | None = None
    """Computer of that process."""

    process_start_s: float | None = None
    """When that process started, seconds since 1970: with the number it names one process for good."""

    heartbeat_s: float = Field(default_factory=time.time)
    """When the process last wrote this file, seconds since 1970."""

    progress: JobProgress | None = None
    """How far it is."""

    @model_validator(mode="after")
    def _check_ending(self) -> Self:
        if (self.state == "ended") != (self.ending is not None):
            raise ValueError(f"got state '{self.state}' with ending '{self.ending}'")
        return self

    @classmethod
    def queued_here(cls) -> Self:
        """Return the status of a job for which this process waits for a turn."""
        return cls.queued_for(os.getpid())

    @classmethod
    def queued_for(cls, pid: int) -> Self:
        """Return the status of a job that a process of this computer will take up, or waits to run."""
        return cls(pid=pid, host=socket.gethostname(), process_start_s=_start_of(pid))

    @classmethod
    def running_here(cls) -> Self:
        """Return the status of a job that this process has just begun."""
        return cls.queued_here().model_copy(update={"state": "running"})

    def ended(self, ending: Ending, message: str = "") -> Self:
        """Return the status at the end of the same run."""
        return self.model_copy(
            update={"state": "ended", "ending": ending, "message": message, "heartbeat_s": time.time()}
        )

    def is_silent(self) -> bool:
        """Return True where the job has written nothing for ten seconds, by the clock of either computer."""
        return abs(time.time() - self.heartbeat_s) > _SILENT_S

    def is_lost(self) -> bool:
        """Return True where the job has not ended but no process works on it, as far as this computer can see."""
        if self.state == "ended":
            return False
        silent_s = time.time() - self.heartbeat_s
        if self.pid is None:
            return silent_s > _SILENT_UNBORN_S
        if self.host != socket.gethostname():
            return silent_s > _SILENT_ELSEWHERE_S
        start = _start_of(self.pid)
        return start is None or (self._is_another(start) and self.is_silent())

    def is_dead(self) -> bool:
        """Return True where the job's process was one of this computer and there is none of its number any more."""
        return self.pid is not None and self.host == socket.gethostname() and _start_of(self.pid) is None

    def process(self) -> psutil.Process | None:
        """Return the process that works on the job; None where it is gone or on another computer."""
        if self.state == "ended" or self.pid is None or self.host != socket.gethostname():
            return None
        start = _start_of(self.pid)
        return None if start is None or self._is_another(start) else psutil.Process(self.pid)

    def _is_another(self, start_s: float) -> bool:
        return abs(start_s - (self.process_start_s or 0.0)) > _START_TOLERANCE_S


def _start_of(pid: int) -> float | None:
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except (psutil.Error, ValueError, OverflowError):  # a damaged status may name what is no process number
        return None
