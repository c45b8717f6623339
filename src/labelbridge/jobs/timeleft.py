"""How long a stage will still take, from how fast it went so far."""

import time

__all__ = ["TimeLeft", "duration"]

_TOO_EARLY_S = 1.0


class TimeLeft:
    """Follows a stage from its first report on: where a continued run begins does not count as work of this one."""

    def __init__(self) -> None:
        self._stage: str | None = None
        self._began_s = 0.0
        self._first = 0.0

    def after(self, done: float, total: float, stage: str) -> float | None:
        """Return the seconds left when `done` of `total` steps are behind us, or None where it is too early to say."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began_s, self._first = stage, now, done
        gained, took_s = done - self._first, now - self._began_s
        return took_s / gained * (total - done) if gained > 0 and took_s > _TOO_EARLY_S else None


def duration(seconds: float) -> str:
    """Return a time in hours and minutes, minutes and seconds, or seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
