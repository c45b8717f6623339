"""A training that ends when its time is over."""

import time

from labelbridge.core import Reporter, StageReporter

__all__ = ["Deadline"]


class Deadline(StageReporter):
    """Passes everything on, and asks to stop from a moment on.

    Parameters
    ----------
    inner
        Who is told.
    prefix
        What stands before each stage's name.
    end_s
        The moment, as `time.monotonic` counts.
    """

    def __init__(self, inner: Reporter, prefix: str, end_s: float) -> None:
        super().__init__(inner, prefix)
        self._end_s = end_s

    def should_stop(self) -> bool:
        """Ask the inner reporter, and the clock."""
        return super().should_stop() or time.monotonic() >= self._end_s
