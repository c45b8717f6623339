"""How long a stage will still take, from how fast it went so far."""

import time

__all__ = ["TimeLeft", "duration"]

_TOO_EARLY_S = 1.0


class TimeLeft:
    """Follows a stage from its first report on: where a continued run begins does not count as work of this one.

    Stages that count on, each from where the one before it was to the same end, are steps of a whole: while it is too
    early to say how fast a step goes, all of them so far tell.
    """

    def __init__(self) -> None:
        self._stage: str | None = None
        self._done = self._total = 0.0
        self._step = self._whole = (0.0, 0.0)

    def after(self, done: float, total: float, stage: str) -> float | None:
        """Return the seconds left when `done` of `total` steps are behind us, or None where it is too early to say."""
        now = time.monotonic()
        if stage != self._stage:
            counts_on = self._stage is not None and total == self._total and done >= self._done
            self._step = now, done
            self._whole = self._whole if counts_on else self._step
        self._stage, self._done, self._total = stage, done, total
        pace_s = _pace_s(self._step, now, done) or _pace_s(self._whole, now, done)
        return None if pace_s is None else pace_s * (total - done)


def _pace_s(since: tuple[float, float], now: float, done: float) -> float | None:
    """Return the seconds that a step has taken since a time and what was done then; None where it is too early."""
    took_s, gained = now - since[0], done - since[1]
    return took_s / gained if gained > 0 and took_s > _TOO_EARLY_S else None


def duration(seconds: float) -> str:
    """Return a time in hours and minutes, minutes and seconds, or seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
