"""How many steps a run takes, in how much time."""

from dataclasses import dataclass

from labelbridge.translate.syndiff.settings import SynDiffSettings

__all__ = ["Plan"]

_WARMUP_SHARE = 0.25
_OVERHEAD = 1.15
_FEWEST = 4


@dataclass(frozen=True)
class Plan:
    """The length of a run, decided once, at its beginning.

    Attributes
    ----------
    warmup_steps, steps
        Steps of the warm start, and of the training after it.
    judgements
        How often in the training the translators are judged, evenly spread, besides once after the warm start.
    """

    warmup_steps: int
    steps: int
    judgements: int

    @classmethod
    def of(cls, settings: SynDiffSettings, seconds_a_step: float | None = None, minutes: float | None = None) -> "Plan":
        """Return the settings' own length or, where there are `minutes`, what fits in them, if that is shorter.

        Parameters
        ----------
        settings
            The run.
        seconds_a_step
            Measured time of a step; needed with `minutes`.
        minutes
            Time that the user gives the run, or None.
        """
        steps, warmup = settings.steps, settings.warmup_steps
        if minutes is not None and seconds_a_step is not None:
            fitting = max(_FEWEST, int(minutes * 60 / (seconds_a_step * _OVERHEAD)))
            warmup = min(warmup, int(fitting * _WARMUP_SHARE))
            steps = min(steps, fitting - warmup)
        return cls(warmup, steps, min(settings.judgements, steps))

    @property
    def total(self) -> int:
        """All steps."""
        return self.warmup_steps + self.steps

    def done(self, step: int, steps_per_epoch: int) -> float:
        """Return which part of the training lies behind step number `step`, 0 to 1, in whole epochs."""
        trained = max(0, step - self.warmup_steps)
        return min(1.0, trained // steps_per_epoch * steps_per_epoch / self.steps)

    def is_judged(self, done: int) -> bool:
        """Whether the translators are judged once `done` steps are."""
        if done <= self.warmup_steps:
            return done == self.warmup_steps
        trained = done - self.warmup_steps
        return trained * self.judgements // self.steps > (trained - 1) * self.judgements // self.steps
