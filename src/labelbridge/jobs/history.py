"""What a job has told so far: the curves of its numbers and its pictures, read on as they come."""

import time
from dataclasses import dataclass
from pathlib import Path

from labelbridge.jobs.curves import Curve
from labelbridge.jobs.events import EventReader
from labelbridge.jobs.folder import JobFolder

__all__ = ["JobHistory", "ShownPreview"]

_BLOCK_BYTES = 1 << 14
_REST = 2.0
"""So many times as long as a block has taken, others have Python: a window whose thread reads must not wait."""

_NO_CURVE = ("step", "time_s")


@dataclass(frozen=True)
class ShownPreview:
    """A picture that a job has shown.

    Attributes
    ----------
    name
        What it shows.
    file
        Where it is.
    time_s
        When it was made, seconds since 1970; None where the job does not say.
    step
        The step after which it was made; None where there were no numbers before it.
    """

    name: str
    file: Path
    time_s: float | None
    step: int | None


class JobHistory:
    """Reads a job's events in blocks, each once; begins anew where the file does.

    Parameters
    ----------
    folder
        The job.

    Attributes
    ----------
    curves
        Each number over the steps, in the order in which the numbers first came.
    previews
        Pictures in the order of time; files of some may be gone.
    is_behind
        Whether there was more to read when `read` ran out of time.
    """

    def __init__(self, folder: JobFolder) -> None:
        self._folder = folder
        self._reader = EventReader(folder.events_file)
        self.is_behind = False
        self._forget()

    def read(self, for_s: float) -> bool:
        """Read on for about so long at most, and return whether there was anything new.

        Raises
        ------
        OSError
            Where the events are there but cannot be read.
        """
        until_s, is_new = time.monotonic() + for_s, False
        while True:
            began_s, before = time.monotonic(), self._reader.offset
            events = self._reader.read(_BLOCK_BYTES)
            if self._reader.offset < before:
                self._forget()
            for event in events:
                self._take(event)
            self.is_behind = self._reader.offset != before
            is_new = is_new or self.is_behind
            now_s = time.monotonic()
            if not self.is_behind or now_s > until_s:
                return is_new
            time.sleep(_REST * (now_s - began_s))

    def _forget(self) -> None:
        self.curves: dict[str, Curve] = {}
        self.previews: list[ShownPreview] = []
        self._step: int | None = None

    def _take(self, event: dict[str, object]) -> None:
        kind, step = event.get("event"), event.get("step")
        if kind == "metrics" and isinstance(step, int):
            self._step = step
            for name, value in event.items():
                if isinstance(value, int | float) and name not in _NO_CURVE:
                    if name not in self.curves:
                        self.curves[name] = Curve()
                    self.curves[name].add(step, value)
        elif kind == "preview" and isinstance(file := event.get("file"), str):
            self._take_preview(str(event.get("name")), file, event.get("time_s"))

    def _take_preview(self, name: str, file: str, time_s: object) -> None:
        place = self._folder.path / file
        if place.parent == self._folder.previews:
            when = float(time_s) if isinstance(time_s, int | float) else None
            self.previews.append(ShownPreview(name, place, when, self._step))
