"""What a training will take, as a trial of it tells; loads no torch, and can be sent to another process."""

from dataclasses import dataclass
from typing import Self

from labelbridge.core import size_in_words

__all__ = ["NoRoom", "StageTime", "Trial"]

_DEVICES = {"cpu": "this computer's CPU", "cuda": "this computer's graphics card", "mps": "this computer's GPU"}
_RANGE = (0.7, 1.6)
_ROUGH_RANGE = (0.5, 2.5)
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
_UNITS = ((2 * _DAY_S, _DAY_S, "day"), (2 * _HOUR_S, _HOUR_S, "hour"), (1.5 * _MINUTE_S, _MINUTE_S, "minute"))
"""From how many seconds on a unit is used, how long it is, and its name."""


class NoRoom(Exception):
    """A trial would need more memory than there is.

    Parameters
    ----------
    need_bytes
        How much the training needs.
    """

    def __init__(self, need_bytes: int) -> None:
        super().__init__(need_bytes)
        self.need_bytes = need_bytes


@dataclass(frozen=True)
class StageTime:
    """The time of a part of a training.

    Attributes
    ----------
    name
        Such as ``training the translator``.
    seconds
        How long it is expected to take.
    """

    name: str
    seconds: float


@dataclass(frozen=True)
class Trial:
    """What a training is expected to take on the device that it is to run on.

    Attributes
    ----------
    device
        ``cpu``, ``cuda`` or ``mps``.
    stages
        Expected times, in order; none where the memory did not allow a trial.
    memory_bytes
        Expected peak of the memory: of the graphics card on ``cuda``, else of the computer.
    available_bytes
        How much of that memory is free.
    sentence
        All of it for the user, such as "about 35 minutes (25 to 60) on this computer's CPU, 2.4 GB of memory".
    """

    device: str
    stages: tuple[StageTime, ...]
    memory_bytes: int
    available_bytes: int
    sentence: str

    @property
    def seconds(self) -> float | None:
        """Expected time of the whole, or None where there was no trial."""
        return sum(stage.seconds for stage in self.stages) if self.stages else None

    @property
    def fits(self) -> bool:
        """Whether the memory that is free is enough."""
        return self.memory_bytes <= self.available_bytes

    @classmethod
    def of(
        cls,
        device: str,
        stages: tuple[StageTime, ...],
        memory_bytes: int,
        available_bytes: int,
        *,
        is_rough: bool = False,
    ) -> Self:
        """Return a trial with its sentence.

        Parameters
        ----------
        device, stages, memory_bytes, available_bytes
            As the attributes.
        is_rough
            Whether the times are less certain than usual.
        """
        seconds, memory = sum(stage.seconds for stage in stages), size_in_words(memory_bytes)
        place, free = _DEVICES[device], f"{size_in_words(available_bytes)} free"
        if not stages:
            sentence = f"about {memory} of memory needed on {place}, {free}: too little to find out how long it takes"
        else:
            time = _in_words(seconds, _ROUGH_RANGE if is_rough else _RANGE)
            sentence = f"about {time} on {place}, {memory} of memory"
            sentence += f", but {free}" if memory_bytes > available_bytes else ""
        return cls(device, stages, memory_bytes, available_bytes, sentence)


def _in_words(seconds: float, factors: tuple[float, float]) -> str:
    """Return a time with its range, in one unit and as finely as it is known, such as "35 minutes (25 to 60)"."""
    length, name = next(((length, name) for most, length, name in _UNITS if seconds >= most), (1, "second"))
    low, high = (_rounded(factor * seconds / length) for factor in factors)
    return f"{_rounded(seconds / length)} {name}s ({low} to {high})"


def _rounded(number: float) -> int:
    """Return a number as people say it: 1 to 10, then in fives, from 100 on in fifties."""
    step = 1 if number < 10 else 5 if number < 100 else 50
    return max(1, step * round(number / step))
