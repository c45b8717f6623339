"""Models that a training has set aside with their scores, and making one of them the result."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from labelbridge.core import InputError
from labelbridge.io.atomicfolder import atomic_folder
from labelbridge.io.modelfolder import CARD, read_any_card
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.runners import runner_of

__all__ = ["Checkpoint", "checkpoint_after", "checkpoints_of", "use_checkpoint", "used_step"]


@dataclass(frozen=True)
class Checkpoint:
    """A model's folder that can be used as it is.

    Attributes
    ----------
    folder
        Where it is.
    step
        Steps done when it was judged.
    score
        Higher is better.
    metrics
        The numbers behind the score.
    """

    folder: Path
    step: int
    score: float
    metrics: Mapping[str, float]

    @classmethod
    def of(cls, folder: Path) -> "Checkpoint | None":
        """Read the card of a folder; None where it has none, or one without step and score."""
        try:
            metrics = read_any_card(folder).metrics
            return cls(folder, int(metrics["step"]), metrics["score"], metrics)
        except (InputError, KeyError, OSError):  # the job may remove it at this very moment
            return None


def checkpoints_of(folder: JobFolder) -> list[Checkpoint]:
    """Return the models that a job has set aside, the best first; none where its task sets none aside."""
    if not folder.checkpoints.is_dir():
        return []
    cards = (card for card in folder.checkpoints.glob(f"*/{CARD}") if not card.parent.name.startswith("."))
    found = filter(None, (Checkpoint.of(card.parent) for card in cards))
    return sorted(found, key=lambda one: (-one.score, -one.step))


def checkpoint_after(folder: JobFolder, step: int) -> Checkpoint:
    """Return the model that a job has set aside after so many steps; raises InputError where there is none."""
    found = checkpoints_of(folder)
    for one in found:
        if one.step == step:
            return one
    there = ", ".join(f"{one.step}" for one in sorted(found, key=lambda one: one.step)) or "none"
    raise InputError(f"{folder.path}: got step {step}, expected one of which the model is kept: {there}.")


def used_step(folder: JobFolder) -> int | None:
    """Return the steps of the model that is the result; None where there is no result or it does not say."""
    used = Checkpoint.of(folder.result)
    return used.step if used else None


def use_checkpoint(folder: JobFolder, chosen: Checkpoint, *, ends: bool = False) -> None:
    """Make a model that was set aside the job's result; the one before stays among the checkpoints.

    Parameters
    ----------
    folder
        The job.
    chosen
        One of its `checkpoints_of`.
    ends
        Whether a job that could still be resumed may be finished by this.

    Raises
    ------
    InputError
        Where it runs or waits to run, could still be resumed and may not be finished, its present result is not kept
        among the checkpoints, or the disk refuses.
    """
    _check_usable(folder, ends=ends)
    with folder.held():
        _check_usable(folder, ends=ends)
        _publish(folder, chosen)
        status = folder.status()
        sentence = f"The result is in {folder.result.name}/: the model after {chosen.step:,} steps."
        folder.write_status(status.ended("finished", sentence))
        with suppress(OSError):
            folder.add_event("used", step=chosen.step)


def _check_usable(folder: JobFolder, *, ends: bool) -> None:
    status = folder.status()
    if status.state != "ended" or runner_of(folder).is_alive(folder):
        raise InputError(f"{folder.path}: this job is {status.ending or status.state}; stop it first.")
    if status.ending != "finished" and not ends:
        raise InputError(
            f"{folder.path}: this job is {status.ending}: with a result it counts as finished and cannot be resumed; "
            "say that this may be (--yes)."
        )
    kept = {one.step for one in checkpoints_of(folder)}
    if folder.result.exists() and used_step(folder) not in kept:
        raise InputError(
            f"{folder.path}: the model in {folder.result.name}/ is not among the checkpoints and would be lost; copy "
            "it elsewhere and delete it there first."
        )


def _publish(folder: JobFolder, chosen: Checkpoint) -> None:
    """Put a copy in the place of the result; what the result's card says of others than the model is kept."""
    with atomic_folder(folder.result, overwrite=True) as fresh:
        shutil.copytree(chosen.folder, fresh, dirs_exist_ok=True)
        card = read_any_card(chosen.folder)
        before = read_any_card(folder.result).metrics if folder.result.exists() else {}
        own = set(chosen.metrics) | set().union(*(one.metrics for one in checkpoints_of(folder)))
        others = {name: value for name, value in before.items() if name not in own}
        card = card.model_copy(update={"metrics": {**card.metrics, **others}})
        (fresh / CARD).write_text(card.model_dump_json(indent=2), encoding="utf-8")
