"""Long work, as presenters see it: they hand over a function and are told how it goes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from labelbridge.core import FloatArray, Reporter

__all__ = ["Failure", "Progress", "TaskListener", "Tasks", "Work"]

Work = Callable[[Reporter], Any]
"""A function that takes long; what it returns is the result."""


@dataclass(frozen=True)
class Progress:
    """How far a task is.

    Attributes
    ----------
    stage
        What it does now.
    fraction
        How much of the stage is done, 0 to 1; None where nobody knows.
    left_s
        Seconds that the stage will still take; None where it is too early to say.
    """

    stage: str
    fraction: float | None = None
    left_s: float | None = None


@dataclass(frozen=True)
class Failure:
    """Why something did not work.

    Attributes
    ----------
    sentence
        For the user.
    details
        Several lines for those who look into it; empty where the sentence says all.
    """

    sentence: str
    details: str = ""


def _nothing(*_: object) -> None:
    """Ignore what is told."""


@dataclass(frozen=True)
class TaskListener:
    """Whom a task tells what, always in the window's thread; exactly one of the last three is called, as the last.

    Attributes
    ----------
    progressed
        How far it is; at most some twenty times a second.
    said
        A sentence for the user.
    shown
        A picture by its name: (Y, X) or (Y, X, RGB), float32 in [0, 1].
    finished
        The result.
    cancelled
        It was asked to stop and did.
    failed
        It could not be done.
    """

    progressed: Callable[[Progress], object] = _nothing
    said: Callable[[str], object] = _nothing
    shown: Callable[[str, FloatArray], object] = _nothing
    finished: Callable[[Any], object] = _nothing
    cancelled: Callable[[], object] = _nothing
    failed: Callable[[Failure], object] = _nothing


class Tasks(Protocol):
    """Does one task at a time."""

    @property
    def is_busy(self) -> bool:
        """Whether a task runs."""
        ...

    def start(self, work: Work, listener: TaskListener) -> None:
        """Begin a task and return at once; raises InputError where one runs."""
        ...

    def cancel(self) -> None:
        """Ask the task to stop; does nothing where none runs."""
        ...
