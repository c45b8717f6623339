"""What commands print: sentences on standard output, progress and errors on standard error."""

import sys
import time

from labelbridge.core import Reporter
from labelbridge.jobs import stop_on_signals
from labelbridge.jobs.timeleft import TimeLeft, duration

__all__ = ["ConsoleReporter", "say"]

_LINE_EVERY_S = 10.0
_BAR_CELLS = 24


def say(sentence: str) -> None:
    """Print a sentence for the user."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


class ConsoleReporter(Reporter):
    """Shows the stage, how much is done, and the time left: one moving line on a terminal, else a line now and then.

    Used as a context manager, it ends its last line, and takes the first Ctrl-C as a wish to stop at the next safe
    point; a second one stops at once.
    """

    def __init__(self) -> None:
        self._stage = ""
        self._began = self._shown = 0.0
        self._time_left = TimeLeft()
        self._moving = sys.stderr.isatty()
        self._asked = False
        self._signals = stop_on_signals(self.ask_stop)

    def __enter__(self) -> "ConsoleReporter":
        """Begin."""
        self._signals.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """End the moving line."""
        self._signals.__exit__(None, None, None)
        if self._moving and self._stage:
            sys.stderr.write("\n")

    def ask_stop(self) -> None:
        """Let the run end at its next safe point; may be called from a signal handler."""
        self._asked = True

    def should_stop(self) -> bool:
        """Return True after Ctrl-C."""
        return self._asked

    def say(self, sentence: str) -> None:
        """Show a sentence on a line of its own; on standard error, because a job's standard output is its log."""
        if self._moving and self._stage:
            sys.stderr.write("\r\x1b[2K")
        sys.stderr.write(sentence + "\n")
        sys.stderr.flush()

    def progress(self, done: float, total: float, stage: str) -> None:
        """Show a step of a stage."""
        now, left_s = time.monotonic(), self._time_left.after(done, total, stage)
        if stage != self._stage:
            if self._moving and self._stage:
                sys.stderr.write("\n")
            self._stage, self._began, self._shown = stage, now, 0.0
        every = 0.2 if self._moving else _LINE_EVERY_S
        if now - self._shown < every and done < total:
            return
        if not self._moving and done >= total and now - self._began < 1.0:
            return
        self._shown = now
        self._write(_line(stage, done, total, left_s))

    def _write(self, line: str) -> None:
        sys.stderr.write(f"\r\x1b[2K{line}" if self._moving else line + "\n")
        sys.stderr.flush()


def _line(stage: str, done: float, total: float, left_s: float | None) -> str:
    fraction = min(1.0, done / total) if total else 1.0
    filled = round(fraction * _BAR_CELLS)
    left = "" if left_s is None or fraction >= 1 else f"  {duration(left_s)} left"
    return f"{stage}  [{'#' * filled}{'.' * (_BAR_CELLS - filled)}] {fraction:4.0%}{left}"
