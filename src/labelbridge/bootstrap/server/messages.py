"""What window and child say to each other: requests in parcels, and small messages on the pipes between them."""

import pickle
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import IO, Literal, Self, TypeAlias

from labelbridge.bootstrap.plan import Plan
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.core import Image

__all__ = [
    "AdviceRequest",
    "Answered",
    "Ask",
    "Channel",
    "Failed",
    "FromChild",
    "Measured",
    "Progressed",
    "Request",
    "Said",
    "SetsRequest",
    "Shown",
    "Stop",
    "ToChild",
    "TrialRequest",
    "Using",
]

_MARK = b"labelbridge inference server\n"


@dataclass(frozen=True)
class SetsRequest:
    """What a training finds in its images; lies in a parcel."""

    task: TranslatorTask | TutorshipTask


@dataclass(frozen=True)
class TrialRequest:
    """What a training takes; lies in a parcel."""

    task: TranslatorTask | TutorshipTask


@dataclass(frozen=True, eq=False)
class Request:
    """Findings or masks; lies in a parcel.

    Attributes
    ----------
    plan
        What to do with which model; L's images are in a parcel of their own.
    unlabeled
        All images of U to look at.
    image
        What to make masks of, named like one of `unlabeled`; None asks for the findings.
    """

    plan: Plan
    unlabeled: Sequence[Image]
    image: Image | None = None

    def on_cpu(self) -> Self:
        """Return the same request, to be computed on the CPU."""
        settings = self.plan.settings.model_copy(update={"device": "cpu"})
        return replace(self, plan=replace(self.plan, settings=settings))


@dataclass(frozen=True, eq=False)
class AdviceRequest(Request):
    """Which path to take; lies in a parcel. The plan's own path does not count.

    Attributes
    ----------
    minutes
        How long models that are missing may be trained; None trains nothing.
    """

    minutes: float | None = None


@dataclass(frozen=True)
class Ask:
    """Please answer the request in this parcel; for findings, masks and advice another one holds L's images."""

    request: Path
    labeled: Path | None = None


@dataclass(frozen=True)
class Stop:
    """Please end the request at the next safe point."""


ToChild: TypeAlias = Ask | Stop


@dataclass(frozen=True)
class Progressed:
    """As `Reporter.progress` is told."""

    done: float
    total: float
    stage: str


@dataclass(frozen=True)
class Measured:
    """As `Reporter.metrics` is told."""

    step: int
    values: dict[str, float]


@dataclass(frozen=True)
class Shown:
    """As `Reporter.preview` is told; the picture lies in the parcel."""

    name: str
    parcel: Path


@dataclass(frozen=True)
class Said:
    """As `Reporter.say` is told."""

    sentence: str


@dataclass(frozen=True)
class Using:
    """The request is computed on this device."""

    device: str


@dataclass(frozen=True)
class Answered:
    """The answer lies in this parcel."""

    parcel: Path


@dataclass(frozen=True)
class Failed:
    """The request ended without an answer."""

    kind: Literal["cancelled", "input", "other"]
    sentence: str
    details: str


FromChild: TypeAlias = Progressed | Measured | Shown | Said | Using | Answered | Failed


class Channel:
    """Sends and receives messages on a pair of pipes that nobody else has.

    Parameters
    ----------
    source, sink
        Where messages come from and go to, binary.
    """

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self._source, self._sink = source, sink
        self._lock = Lock()

    def open(self) -> None:
        """Send the mark that all messages follow: what was written before it is not ours."""
        self._sink.write(_MARK)
        self._sink.flush()

    def await_open(self) -> None:
        """Read up to the mark; raises EOFError where it does not come."""
        line = b""
        while not line.endswith(_MARK):
            line = self._source.readline()
            if not line:
                raise EOFError

    def send(self, message: ToChild | FromChild) -> None:
        """Send a message; does nothing where the other side is gone."""
        with self._lock, suppress(OSError, ValueError):  # ValueError: closed on this side
            self._sink.write(pickle.dumps(message))
            self._sink.flush()

    def receive(self) -> object:
        """Wait for a message and return it; raises EOFError where the other side is gone."""
        try:
            return pickle.load(self._source)
        except (OSError, ValueError, pickle.UnpicklingError) as error:
            raise EOFError from error
