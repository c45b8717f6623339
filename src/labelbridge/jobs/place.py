"""To which scheduler a job was handed, and what that one says of it."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from labelbridge.jobs.status import JobStatus

__all__ = ["JobPlace", "Word"]


class JobPlace(BaseModel):
    """place.json of a job that a scheduler has; a job of this computer has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    runner: str
    """Name of the runner that handed it over, see `labelbridge.jobs.RUNNERS`."""

    ticket: str
    """Name that the scheduler knows this one handing over by: one of an earlier time must not begin the job again."""

    id: str | None = None
    """The scheduler's number of it; None until the scheduler has answered."""

    cluster: str = ""
    """Name of the cluster, as other clusters use the same numbers; empty where it is not known."""

    settings: dict[str, JsonValue] = {}
    """What the runner was told, to hand the job over in the same way when it is resumed."""


@dataclass(frozen=True)
class Word:
    """What a scheduler says of a job.

    Attributes
    ----------
    state
        ``waiting`` for its turn, for the first time or again; ``running``; ``cancelled`` by the scheduler's own means;
        ``gone``: ended in any other way; ``unknown``: the scheduler cannot be asked.
    sentence
        Why, and what to do, in one sentence.
    """

    state: Literal["waiting", "running", "cancelled", "gone", "unknown"]
    sentence: str

    @property
    def is_over(self) -> bool:
        """Whether the scheduler will not run the job any more."""
        return self.state in ("cancelled", "gone")

    def correct(self, status: JobStatus) -> JobStatus:
        """Return where a job is by both words: one that says so itself has ended; one of unknown fate is not lost."""
        if status.state == "ended":
            return status
        if self.is_over:
            return status.ended("cancelled" if self.state == "cancelled" else "lost", self.sentence)
        if self.state == "waiting":
            return JobStatus(message=self.sentence, heartbeat_s=status.heartbeat_s, progress=status.progress)
        if self.state == "running" and status.state != "queued":
            return status
        return status.model_copy(update={"message": self.sentence})
