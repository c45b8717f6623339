"""Rounds of self-training: each model makes masks of U, and the next one learns from these as well."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from labelbridge.bootstrap.absent import AbsentClasses
from labelbridge.bootstrap.retraining.lessons import Lesson, load_lessons, mixed, save_lessons
from labelbridge.bootstrap.selftraining.certainty import matching_temperature
from labelbridge.bootstrap.selftraining.drift import Standing, loss, standing_of
from labelbridge.bootstrap.selftraining.lessons import draw_lessons
from labelbridge.bootstrap.settings import Preset, TutorshipSettings
from labelbridge.core import (
    Image,
    LabeledImage,
    ModelCard,
    Polarity,
    Reporter,
    StageReporter,
)

__all__ = ["STEPS", "STYLED", "SelfTraining"]

STEPS: dict[Preset, int] = {"tiny": 10, "cpu": 250, "standard": 50_000}
"""Training steps of a round: fewer than from random weights."""

STYLED = 200
"""Styled images in the rounds; lessons are as many, each as often as that takes."""

_LESSONS = "lessons.npz"


@dataclass(frozen=True)
class SelfTraining:
    """What all rounds are given.

    Attributes
    ----------
    styled
        Labelled images such as the first model has learnt from, at the network's scale.
    draws
        Gives further ones that no model has learnt from: they tell whether a round has drifted.
    images
        Images of U at the size of their files.
    factor_of
        Gives how much larger the models want an image, a side.
    polarity
        Shade of the axons in these images.
    absent
        Classes that images of U do not have: nothing is learnt from these where axon or myelin is one.
    settings
        Of the tutorship.
    card
        What is known of the models of the rounds.
    """

    styled: Sequence[LabeledImage]
    draws: Callable[[], Sequence[LabeledImage]]
    images: Sequence[Image]
    factor_of: Callable[[Image], float]
    polarity: Polarity
    absent: AbsentClasses
    settings: TutorshipSettings
    card: ModelCard

    def run(self, first: Path, work: Path, reporter: Reporter) -> Path:
        """Do the rounds that there shall be, and return the folder of the last model that has not drifted.

        Parameters
        ----------
        first
            Folder of the first model.
        work
            Folder for the stages; what an earlier, interrupted run has left there is taken up.
        reporter
            Receives progress and sentences, and may ask to stop.

        Raises
        ------
        Cancelled
            Where the reporter asked to stop.
        """
        teacher, reached, seen = first, None, list[Image]()
        for number in range(1, self.settings.rounds + 1):
            folder, told = work / f"round-{number}", _RoundReporter(reporter, number)
            lessons = self._lessons(teacher, number, folder / _LESSONS, told)
            if not lessons:
                reporter.say("No fibre was found in the new images to learn from: self-training ends here.")
                break
            model = folder / "model"
            if not model.exists():
                self._train(teacher, lessons, number, folder / "nnunet", model, told)
            if reached is None:
                seen = [one.sample.image for one in lessons]
                reached = self._standing(teacher, seen, told)
            standing = self._standing(model, seen, told)
            if (worse := loss(reached, standing)) is not None:
                reporter.say(f"Round {number} of self-training {worse}: it is left out.")
                break
            teacher, reached = model, Standing(standing.dice, max(reached.found, standing.found))
        return teacher

    def temperature(self, first: Path, last: Path, reporter: Reporter) -> float:
        """Return the temperature of the last model: it may be as sure of its lessons' images as the first one was."""
        images = [one.sample.image for one in load_lessons(last.parent / _LESSONS)]
        return matching_temperature(first, last, images, self.settings.device, reporter)

    def _lessons(self, teacher: Path, turn: int, stage: Path, reporter: Reporter) -> list[Lesson]:
        if not stage.exists():
            device = self.settings.device
            lessons = draw_lessons(teacher, self.images, self.factor_of, self.absent, device, turn, reporter)
            if not lessons:
                return []
            stage.parent.mkdir(parents=True, exist_ok=True)
            save_lessons(lessons, stage)
        return load_lessons(stage)

    def _train(
        self, teacher: Path, lessons: Sequence[Lesson], number: int, work: Path, out: Path, reporter: Reporter
    ) -> None:
        from labelbridge.segment.nnunet import TrainSettings
        from labelbridge.segment.nnunet.train import train_segmenter

        preset = self.settings.preset
        training = TrainSettings.keeping_plan(preset, iterations=STEPS[preset], seed=self.settings.seed + number)
        train_segmenter(
            mixed(lessons, self.styled),
            training,
            work=work,
            out=out,
            card=self.card,
            initial=teacher,
            keeps_plan=True,
            resume=True,
            device=self.settings.device,
            reporter=reporter,
        )

    def _standing(self, model: Path, seen: Sequence[Image], reporter: Reporter) -> Standing:
        """Judge a model; all are judged on the same images, those of U from the lessons of the first round."""
        settings = self.settings
        return standing_of(model, self._fresh, seen, self.polarity, settings.seen_px, settings.device, reporter)

    @cached_property
    def _fresh(self) -> Sequence[LabeledImage]:
        return self.draws()


class _RoundReporter(StageReporter):
    """Names a round in all that it reports: each training counts its steps from 0."""

    def __init__(self, inner: Reporter, number: int) -> None:
        super().__init__(inner, f"round {number}")
        self._number = number

    def metrics(self, step: int, **values: float) -> None:
        """Pass on, with the round before the name of each number."""
        self._inner.metrics(step, **{f"round_{self._number}_{name}": value for name, value in values.items()})
