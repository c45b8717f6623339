"""The stages of a chained job as one: how far the whole is, and whose numbers are whose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labelbridge.core import Reporter, StageReporter

__all__ = ["Stage", "Step", "stages_of"]


@dataclass(frozen=True)
class Step:
    """A part of a stage that reports its progress.

    Attributes
    ----------
    names
        How the names of it begin that it reports; those of one step count on.
    seconds
        How long it takes as a rule; only the proportions count.
    """

    names: tuple[str, ...]
    seconds: float


class Stage(StageReporter):
    """Receives what a stage of a job reports, and passes it on as part of the whole.

    Progress is that of the whole, from 0 to 1, and never goes back; what belongs to no step of the stage leaves it
    where it is. The names of a training's numbers begin with the stage's: each training counts its steps from 0.

    Parameters
    ----------
    inner
        Who is told.
    name
        Name of the stage.
    steps
        Its steps, in order.
    begin, end
        Where in the whole the stage begins and ends, 0 to 1.
    """

    def __init__(self, inner: Reporter, name: str, steps: Sequence[Step], begin: float = 0.0, end: float = 1.0) -> None:
        super().__init__(inner, name)
        self._name, self._steps, self._begin, self._end = name, steps, begin, end
        self._reached = begin

    def progress(self, done: float, total: float, stage: str) -> None:
        """Pass on as progress of the whole."""
        self._reached = max(self._reached, self._place_of(done / total if total else 1.0, stage))
        super().progress(self._reached, 1.0, stage)

    def metrics(self, step: int, **values: float) -> None:
        """Pass on, with the name of the stage before that of each number."""
        self._inner.metrics(step, **{f"{self._name}_{name}": value for name, value in values.items()})

    def part(self, index: int, count: int, name: str) -> Reporter:
        """Return the reporter of one of several equal parts of the stage, each of which has all of its steps."""
        length = (self._end - self._begin) / count
        begin = self._begin + index * length
        return Stage(self._inner, f"{self._name}: {name} ({index + 1} of {count})", self._steps, begin, begin + length)

    def _place_of(self, part: float, stage: str) -> float:
        """Return where in the whole a step is of which this part is done; the beginning for what is no step."""
        seconds = 0.0
        for step in self._steps:
            if stage.startswith(step.names):
                share = (seconds + min(1.0, part) * step.seconds) / sum(one.seconds for one in self._steps)
                return self._begin + share * (self._end - self._begin)
            seconds += step.seconds
        return self._begin


def stages_of(reporter: Reporter, plan: Mapping[str, Sequence[Step]]) -> dict[str, Stage]:
    """Return the reporter of each stage of a job, by its name.

    Parameters
    ----------
    reporter
        Is told of the whole.
    plan
        The steps of each stage, by its name, in order.
    """
    seconds = {name: sum(step.seconds for step in steps) for name, steps in plan.items()}
    total, begin = sum(seconds.values()), 0.0
    stages = {}
    for name, steps in plan.items():
        end = begin + seconds[name] / total
        stages[name] = Stage(reporter, name, steps, begin, end)
        begin = end
    return stages
