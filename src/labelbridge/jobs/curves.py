"""The numbers of a training over its steps, as many of them as a plot can show."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Curve"]

_MOST = 500


class Curve:
    """One number over the steps; of a long run, the lowest and the highest of each of many equal parts.

    A step that comes again, as after a resume from an earlier checkpoint, takes the place of all from there on.

    Parameters
    ----------
    most
        So many parts at most; each is one or two points.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._parts: list[tuple[float, float, float, float]] = []
        self._every, self._in_last = 1, 0
        self._last_step = -np.inf

    def add(self, step: float, value: float) -> None:
        """Add the number of a step."""
        if step <= self._last_step:
            self._go_back_to(step)
        self._last_step = step
        new = (step, value, step, value)
        if self._parts and self._in_last < self._every:
            self._parts[-1] = _joined(self._parts[-1], new)
            self._in_last += 1
            return
        self._parts.append(new)
        self._in_last = 1
        if len(self._parts) > self._most:
            self._halve()

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return steps and numbers, (N,) each, in the order of the steps."""
        parts = np.array(self._parts, np.float64).reshape(-1, 4)
        is_falling = parts[:, 2] < parts[:, 0]
        parts[is_falling] = parts[is_falling][:, [2, 3, 0, 1]]
        steps, values = parts[:, ::2].ravel(), parts[:, 1::2].ravel()
        is_own = np.ones(steps.size, bool)
        is_own[1::2] = parts[:, 0] != parts[:, 2]
        return steps[is_own], values[is_own]

    def _go_back_to(self, step: float) -> None:
        while self._parts and max(self._parts[-1][0], self._parts[-1][2]) >= step:
            self._parts.pop()
        self._in_last = self._every

    def _halve(self) -> None:
        """Join each part with its neighbour."""
        pairs = zip(self._parts[::2], self._parts[1::2], strict=False)
        joined = [_joined(first, second) for first, second in pairs]
        is_odd = len(self._parts) % 2
        self._parts = joined + self._parts[len(self._parts) - is_odd :]
        self._in_last = self._in_last if is_odd else self._every + self._in_last
        self._every *= 2


def _joined(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """Return the lowest and the highest of two parts, each as step and number."""
    low = one if one[1] <= other[1] else other
    high = one if one[3] >= other[3] else other
    return low[0], low[1], high[2], high[3]
