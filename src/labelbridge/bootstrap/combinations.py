"""The best tutorship that fits a time: how long its model trains, and how many rounds of self-training follow."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from labelbridge.bootstrap.plan import Plan
from labelbridge.bootstrap.settings import TutorshipSettings
from labelbridge.bootstrap.survey import Survey
from labelbridge.core import Image, Reporter, counted, resolve_device
from labelbridge.io import write_json
from labelbridge.io.userdata import user_data_folder

__all__ = ["COMBINATIONS", "Combination", "Remembered", "choose"]

_BUDGET_S = 5.0
_MINUTE_S = 60.0


@dataclass(frozen=True)
class Combination:
    """What a time is spent on.

    Attributes
    ----------
    length
        Length of the training, relative to its preset's.
    rounds
        Rounds of self-training.
    """

    length: float
    rounds: int

    def of(self, settings: TutorshipSettings) -> TutorshipSettings:
        """Return the settings of a tutorship that does this."""
        return settings.model_copy(update=asdict(self))


COMBINATIONS = (Combination(0.5, 0), Combination(0.5, 1), Combination(1, 1), Combination(1, 2))
"""From the quickest to the best, see docs/results.md."""


class Remembered:
    """What was chosen for a plan before: a time measured anew must not make another training of one that has begun.

    Parameters
    ----------
    plan
        With a time.
    key
        Tells the plan's images, labels and settings from others.
    """

    def __init__(self, plan: Plan, key: str) -> None:
        name = f"in-{plan.minutes:g}-minutes.json"
        self._file = plan.kept / name if plan.kept else user_data_folder() / "combinations" / key[:16] / name

    def read(self) -> Combination | None:
        """Return the combination, or None where none was chosen yet."""
        if not self._file.is_file():
            return None
        return Combination(**json.loads(self._file.read_bytes()))

    def write(self, chosen: Combination) -> None:
        """Remember a combination."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_json(self._file, asdict(chosen), overwrite=True)


def choose(
    plan: Plan, found: Survey, unlabeled: Sequence[Image], count: int, reporter: Reporter
) -> tuple[Combination, str]:
    """Try some seconds of a plan's training, and return the best combination that fits the plan's time.

    Parameters
    ----------
    plan
        A tutorship with labels and a time.
    found
        How L and U compare.
    unlabeled
        Images of U.
    count
        How many images of U get masks; they may be more than those.
    reporter
        Receives progress and may ask to stop.

    Returns
    -------
    tuple of Combination and str
        The combination (the quickest, where none fits), and a sentence about it.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    """
    from labelbridge.bootstrap.trial.times import time_tutorship, translator_s

    assert plan.minutes is not None
    size_px = found.labeled.size_px
    shapes = {image.name: [image.shape] for image in unlabeled}
    times, _ = time_tutorship(
        plan.labeled,
        shapes,
        found,
        plan.settings,
        resolve_device(plan.settings.device),
        reporter,
        budget_s=_BUDGET_S,
        translating_s=translator_s(plan.translator, plan.labeled, size_px, plan.settings) if plan.translator else 0.0,
        tile_overlap=plan.tile_overlap,
    )
    more = times.masks_s * (count / len(shapes) - 1)
    seconds = {one: more + sum(stage.seconds for stage in times.stages(one.of(plan.settings))) for one in COMBINATIONS}
    fitting = [one for one in COMBINATIONS if seconds[one] <= plan.minutes * _MINUTE_S]
    chosen = fitting[-1] if fitting else COMBINATIONS[0]
    return chosen, _sentence(plan, chosen, seconds[chosen], fits=bool(fitting))


def _sentence(plan: Plan, chosen: Combination, seconds: float, *, fits: bool) -> str:
    from labelbridge.bootstrap.tutoring import training_of

    iterations = counted(training_of(chosen.of(plan.settings)).iterations, "iteration")
    further = f" and {counted(chosen.rounds, 'round')} of self-training" if chosen.rounds else ""
    needed = counted(max(1, round(seconds / _MINUTE_S)), "minute")
    if fits:
        return f"In {plan.minutes:g} minutes: {iterations} of nnU-Net{further}. All takes about {needed}."
    return (
        f"The quickest tutorship, {iterations} of nnU-Net, takes about {needed}, more than the {plan.minutes:g} given. "
        "Adaptation with a model of the labelled images takes less."
    )
