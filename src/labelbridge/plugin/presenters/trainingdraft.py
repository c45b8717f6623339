"""From choices to the task of a job, or to the sentence that says what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import JsonValue, ValidationError

from labelbridge.bootstrap import Preset
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.core import Device
from labelbridge.plugin.presenters.trainingchoices import Goal, Speed, TrainingChoices

__all__ = ["GOALS", "SPEEDS", "GoalWords", "TrainingDraft", "TrainingTask"]

TrainingTask = TranslatorTask | TutorshipTask
"""What a job can be told here."""


class GoalWords(NamedTuple):
    """A goal as the user reads it."""

    title: str
    sentence: str
    speeds: Mapping[Speed, str]
    """How thoroughly that can be done, and how long it takes, in the order for a computer without graphics card."""


GOALS: dict[Goal, GoalWords] = {
    "masks": GoalWords(
        "Masks of all new images",
        "The labelled images are made to look like the new ones, a model learns from them, and all new images get "
        "masks, ready to be corrected.",
        {
            "cpu": "quick: about 10 minutes",
            "gpu": "thorough: hours, graphics card",
            "tiny": "try out: a minute, useless",
        },
    ),
    "translator and masks": GoalWords(
        "Masks, a translator first",
        "First a translator learns what images of both look like, which takes longer and helps where they differ in "
        "more than contrast; then the new images get masks.",
        {
            "cpu": "quick: 40 minutes or more",
            "gpu": "thorough: hours, graphics card",
            "tiny": "try out: minutes, useless",
        },
    ),
    "translator": GoalWords(
        "A translator alone",
        "A translator learns what images of both look like. Later it can be chosen here, to help with masks, and in "
        "the Bootstrap dock.",
        {
            "cpu": "quick: half an hour or more",
            "gpu": "thorough: hours, graphics card",
            "paper": "as published: days, large card",
            "tiny": "try out: a minute, useless",
        },
    ),
}
"""What can be made."""

SPEEDS: dict[Speed, str] = {
    "cpu": "Small networks, which a computer without a graphics card trains.",
    "gpu": "Large networks; without a graphics card this takes days.",
    "paper": "The networks that were published; they need a graphics card with much memory.",
    "tiny": "To see that everything works; the result is of no use.",
}
"""More about each, a sentence."""

_NNUNET: dict[Speed, Preset] = {"cpu": "cpu", "gpu": "standard", "paper": "standard", "tiny": "tiny"}
_FOR_GRAPHICS = ("gpu", "paper")
_CHOSEN_ELSEWHERE = {"labeled", "unlabeled", "preset", "translator", "translator_preset", "absent_from"}


@dataclass(frozen=True)
class TrainingDraft:
    """What is chosen, before it is a task.

    Attributes
    ----------
    choices
        What the user has chosen.
    device
        What to compute on, unless the advanced settings say otherwise.
    has_graphics
        Whether this computer has a graphics card that training can use.
    """

    choices: TrainingChoices
    device: Device = "auto"
    has_graphics: bool = False

    @property
    def speeds(self) -> list[Speed]:
        """How thoroughly the goal can be reached, what suits this computer first."""
        found = list(GOALS[self.choices.goal].speeds)
        return sorted(found, key=lambda speed: speed != "gpu") if self.has_graphics else found

    @property
    def speed(self) -> Speed:
        """How thoroughly it is reached."""
        chosen = self.choices.speed
        return chosen if chosen in self.speeds else self.speeds[0]

    @property
    def task_name(self) -> str:
        """Name of the task, as jobs know it."""
        return "train-translator" if self.choices.goal == "translator" else "tutorship"

    @property
    def model(self) -> type[TrainingTask]:
        """What describes the task's settings."""
        return TranslatorTask if self.choices.goal == "translator" else TutorshipTask

    @property
    def not_asked(self) -> set[str]:
        """Settings of the task that are no advanced ones: chosen by other means, or without a meaning here."""
        goal, translator = self.choices.goal, self.choices.translator
        if goal == "translator":
            return _CHOSEN_ELSEWHERE
        trained = set() if goal == "translator and masks" else {"translator_minutes"}
        used = set() if translator or goal == "translator and masks" else {"translated_share"}
        return _CHOSEN_ELSEWHERE | trained | used

    @property
    def advanced(self) -> dict[str, JsonValue]:
        """Advanced settings of the task that are not as usual, by their names."""
        return self.choices.settings.get(self.task_name, {})

    @property
    def missing(self) -> str:
        """What the user must still choose, a sentence; empty where that is nothing."""
        labeled, unlabeled = self.choices.labeled, self.choices.unlabeled
        if labeled is None:
            return "Choose the folder of labelled images."
        if unlabeled is None:
            return "Choose the folder of new images."
        if labeled == unlabeled:
            return "Labelled and new images are in the same folder; choose another one for the new images."
        return ""

    @property
    def task(self) -> TrainingTask | None:
        """The task on this computer; None while something is missing, or an advanced setting has no possible value."""
        if self.missing:
            return None
        try:
            return self.model.model_validate(self._settings())
        except ValidationError:
            return None

    @property
    def looked_at(self) -> TrainingTask | None:
        """The task as its sets are looked at: what a cluster computes on, this computer need not have."""
        task = self.task
        if task is None or self.choices.cluster is None:
            return task
        devices = {"devices": 1} if isinstance(task, TranslatorTask) else {}
        return task.model_copy(update={"device": "auto", **devices})

    @property
    def submitted(self) -> TrainingTask | None:
        """The task where it is to run: a cluster gives a graphics card only to a job that asks for one."""
        task = self.task
        is_for_cuda = self.choices.cluster is not None and self.speed in _FOR_GRAPHICS
        if task is None or not is_for_cuda or task.device != "auto":
            return task
        return task.model_copy(update={"device": "cuda"})

    def _settings(self) -> dict[str, Any]:
        choices, speed = self.choices, self.speed
        settings: dict[str, Any] = {
            "labeled": choices.labeled,
            "unlabeled": choices.unlabeled,
            "device": self.device,
            "preset": speed if choices.goal == "translator" else _NNUNET[speed],
        }
        if choices.goal == "masks":
            settings["translator"] = choices.translator
        if choices.goal == "translator and masks":
            settings["translator_preset"] = speed
        return settings | {name: value for name, value in self.advanced.items() if name not in self.not_asked}
