"""One contract for everything long."""

from labelbridge.core.arrays import FloatArray
from labelbridge.core.errors import Cancelled

__all__ = ["PartReporter", "QuietReporter", "Reporter", "StageReporter"]


class Reporter:
    """Receives progress of a long run and says whether to stop; this default does nothing.

    The command line's progress bar, the job process and the plugin's worker override what they need.
    """

    def progress(self, done: float, total: float, stage: str) -> None:
        """Tell that `done` of `total` steps of the named stage are behind us."""

    def metrics(self, step: int, **values: float) -> None:
        """Record numbers of a training step."""

    def preview(self, name: str, image: FloatArray) -> None:
        """Show a picture, axes (Y, X) or (Y, X, RGB), float32 in [0, 1]."""

    def say(self, sentence: str) -> None:
        """Tell the user something that was found or decided."""

    def part(self, index: int, count: int, name: str) -> "Reporter":
        """Return the reporter of one of several parts, from 0, that have about the same length."""
        return StageReporter(self, f"{name} ({index + 1} of {count})")

    def should_stop(self) -> bool:
        """Return True once the run should save and end as cancelled."""
        return False

    def checkpoint(self) -> None:
        """Raise Cancelled if the run should stop; called at step boundaries."""
        if self.should_stop():
            raise Cancelled("The run was cancelled.")


class QuietReporter(Reporter):
    """Asks another reporter whether to stop, and keeps all else to itself: for work that is no stage of its own.

    Parameters
    ----------
    inner
        Who is asked.
    """

    def __init__(self, inner: Reporter) -> None:
        self._inner = inner

    def should_stop(self) -> bool:
        """Ask."""
        return self._inner.should_stop()


class StageReporter(Reporter):
    """Passes everything on to another reporter, with a prefix before each stage's name."""

    def __init__(self, inner: Reporter, prefix: str) -> None:
        self._inner = inner
        self._prefix = prefix

    def progress(self, done: float, total: float, stage: str) -> None:
        """Pass on, with the prefix."""
        self._inner.progress(done, total, f"{self._prefix}: {stage}")

    def metrics(self, step: int, **values: float) -> None:
        """Pass on."""
        self._inner.metrics(step, **values)

    def preview(self, name: str, image: FloatArray) -> None:
        """Pass on."""
        self._inner.preview(name, image)

    def say(self, sentence: str) -> None:
        """Pass on."""
        self._inner.say(sentence)

    def should_stop(self) -> bool:
        """Ask the inner reporter."""
        return self._inner.should_stop()


class PartReporter(StageReporter):
    """Passes the progress of one of several equal parts on as that of the whole.

    Parameters
    ----------
    inner
        Who is told.
    part, parts
        Which of how many parts, from 0.
    stage
        Name of the whole.
    """

    def __init__(self, inner: Reporter, part: int, parts: int, stage: str) -> None:
        super().__init__(inner, stage)
        self._part, self._parts, self._stage = part, parts, stage

    def progress(self, done: float, total: float, stage: str) -> None:
        """Pass on as part of the whole; what the part calls its stage does not count."""
        self._inner.progress(self._part + min(1.0, done / total if total else 1.0), self._parts, self._stage)
