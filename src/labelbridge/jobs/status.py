"""Where a job is, why it ended, and whether its process still lives."""

import os
import socket
import time
from typing import Literal, Self

import psutil
from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Ending", "JobProgress", "JobState", "JobStatus"]

JobState = Literal["queued", "running", "stopping", "ended"]
"""``stopping``: asked to stop and on the way to a checkpoint."""

Ending = Literal["finished", "cancelled", "failed"]
"""``cancelled`` is neither of the others: the job saved its work and can be continued."""

_START_TOLERANCE_S = 2.0
"""A process whose start differs by more is another one that was given the same number."""

_SILENT_S = 15 * 60.0
"""A process on another computer that wrote nothing for so long counts as gone."""


class JobProgress(BaseModel):
    """How far a stage is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    done: float
    """Steps behind us."""

    total: float
    """Steps of the stage."""

    stage: str
    """Name of the stage."""


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
    def running_here(cls) -> Self:
        """Return the status of a job that this process has just begun."""
        pid = os.getpid()
        return cls(state="running", pid=pid, host=socket.gethostname(), process_start_s=_start_of(pid))

    def ended(self, ending: Ending, message: str = "") -> Self:
        """Return the status at the end of the same run."""
        return self.model_copy(
            update={"state": "ended", "ending": ending, "message": message, "heartbeat_s": time.time()}
        )

    def is_abandoned(self) -> bool:
        """Return True where the job says that it runs but its process is gone, or long silent on another computer."""
        if self.state not in ("running", "stopping") or self.pid is None:
            return False
        if self.host != socket.gethostname():
            return time.time() - self.heartbeat_s > _SILENT_S
        start = _start_of(self.pid)
        return start is None or abs(start - (self.process_start_s or 0.0)) > _START_TOLERANCE_S


def _start_of(pid: int) -> float | None:
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except (psutil.Error, ValueError, OverflowError):  # a damaged status may name what is no process number
        return None
