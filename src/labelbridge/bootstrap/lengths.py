"""The longest training of a tutorship that fits a time."""

import json
from collections.abc import Sequence

from labelbridge.bootstrap.plan import Plan
from labelbridge.bootstrap.settings import TutorshipSettings
from labelbridge.bootstrap.survey import Survey
from labelbridge.core import Image, Reporter, counted, resolve_device
from labelbridge.io import write_json
from labelbridge.io.userdata import user_data_folder

__all__ = ["LENGTHS", "Remembered", "choose"]

_BUDGET_S = 5.0
_MINUTE_S = 60.0

LENGTHS = (0.5, 0.75, 1.0)
"""Lengths of the training relative to its preset's, from the quickest to the best; longer ones make masks worse, see
docs/results.md."""


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
        self._file = plan.kept / name if plan.kept else user_data_folder() / "lengths" / key[:16] / name

    def read(self) -> float | None:
        """Return the length, or None where none was chosen yet."""
        return float(json.loads(self._file.read_bytes())["length"]) if self._file.is_file() else None

    def write(self, length: float) -> None:
        """Remember a length."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_json(self._file, {"length": length}, overwrite=True)


def choose(plan: Plan, found: Survey, unlabeled: Sequence[Image], count: int, reporter: Reporter) -> tuple[float, str]:
    """Try some seconds of a plan's training, and return the greatest length that fits the plan's time.

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
    tuple of float and str
        One of the `LENGTHS` (the least, where none fits), and a sentence about it.

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
    seconds = {
        length: more + sum(stage.seconds for stage in times.stages(_of_length(plan.settings, length)))
        for length in LENGTHS
    }
    fitting = [length for length in LENGTHS if seconds[length] <= plan.minutes * _MINUTE_S]
    chosen = fitting[-1] if fitting else LENGTHS[0]
    return chosen, _sentence(plan, chosen, seconds[chosen], fits=bool(fitting))


def _of_length(settings: TutorshipSettings, length: float) -> TutorshipSettings:
    return settings.model_copy(update={"length": length})


def _sentence(plan: Plan, length: float, seconds: float, *, fits: bool) -> str:
    from labelbridge.bootstrap.tutoring import training_of

    iterations = counted(training_of(_of_length(plan.settings, length)).iterations, "iteration")
    needed = counted(max(1, round(seconds / _MINUTE_S)), "minute")
    if fits:
        return f"In {plan.minutes:g} minutes: {iterations} of nnU-Net. All takes about {needed}."
    return (
        f"The quickest tutorship, {iterations} of nnU-Net, takes about {needed}, more than the {plan.minutes:g} given. "
        "Adaptation with a model of the labelled images takes less."
    )
