"""Rounds of self-training; the network's own training and what a model sees are stood in for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelbridge.bootstrap import TutorshipSettings
from labelbridge.bootstrap.absent import AbsentClasses
from labelbridge.bootstrap.retraining.lessons import LEARNT, Lesson
from labelbridge.bootstrap.selftraining import rounds as rounds_module
from labelbridge.bootstrap.selftraining.drift import Standing
from labelbridge.bootstrap.selftraining.rounds import STEPS, SelfTraining
from labelbridge.core import ClassMap, Image, LabeledImage, LabelMap, ModelCard, Reporter
from labelbridge.segment.nnunet import train as train_module
from labelbridge.segment.nnunet.dataset import IGNORE

CLASSES = ClassMap(("background", "axon", "myelin"))


class Told(Reporter):
    """Remembers sentences and the names of numbers."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.names: set[str] = set()

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)

    def metrics(self, step: int, **values: float) -> None:
        self.names |= values.keys()


def sample(name: str) -> LabeledImage:
    labels = np.zeros((64, 64), np.uint8)
    labels[20:40, 20:40], labels[24:36, 24:36] = 2, 1
    return LabeledImage(
        Image(np.linspace(0, 1, 4096, dtype=np.float32).reshape(64, 64), name), LabelMap(labels, CLASSES)
    )


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the network's training was called with; it leaves a folder."""
    given: list[dict[str, Any]] = []

    def train(samples: Sequence[LabeledImage], settings: object, **more: Any) -> None:
        given.append({"samples": samples, "settings": settings, **more})
        more["out"].mkdir(parents=True)
        more["reporter"].metrics(5, loss=0.5)

    monkeypatch.setattr(train_module, "train_segmenter", train)
    return given


@pytest.fixture
def lessons(monkeypatch: pytest.MonkeyPatch) -> list[Lesson]:
    """What each teacher can give; a test may take it away."""
    parts = np.zeros((64, 64), np.uint8)
    parts[:32] = LEARNT
    found = [Lesson(sample("sem"), parts)]
    monkeypatch.setattr(rounds_module, "draw_lessons", lambda *_: list(found))
    return found


def self_training(rounds: int) -> SelfTraining:
    styled = [sample(f"styled-{number}") for number in range(3)]
    settings = TutorshipSettings(preset="tiny", rounds=rounds, seed=4)
    card = ModelCard(kind="tutored-segmenter", name="tutored-tiny", classes=CLASSES.names)
    return SelfTraining(styled, lambda: styled, [], lambda _: 1.0, "dark-axon", AbsentClasses(), settings, card)


def judged(monkeypatch: pytest.MonkeyPatch, **standings: tuple[float, float]) -> None:
    """Say how good the models in the folders of these names are: Dice, and part of the rings found."""
    named = {name.replace("_", "-"): Standing(*standing) for name, standing in standings.items()}
    monkeypatch.setattr(SelfTraining, "_standing", lambda _, model, *__: named[model.parent.name])


def test_each_round_learns_from_the_masks_of_the_model_before(
    trainings: list[dict[str, Any]], lessons: list[Lesson], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    judged(monkeypatch, first=(0.9, 0.7), round_1=(0.89, 0.68), round_2=(0.9, 0.66))
    first, told = tmp_path / "first" / "model", Told()
    last = self_training(2).run(first, tmp_path / "work", told)
    assert last == tmp_path / "work" / "round-2" / "model"
    assert [call["initial"] for call in trainings] == [first, tmp_path / "work" / "round-1" / "model"]
    assert {call["settings"].iterations for call in trainings} == {STEPS["tiny"]}
    assert [call["settings"].seed for call in trainings] == [5, 6]
    assert told.names == {"round_1_loss", "round_2_loss"}
    own = trainings[0]["samples"][0]
    assert own.labels.classes.names == (*CLASSES.names, IGNORE)
    assert own.labels.mask(IGNORE)[32:].all()
    assert not own.labels.mask(IGNORE)[:32].any()
    names = [one.image.name for one in trainings[0]["samples"]]
    assert names.count("sem") == 3, "half of what is learnt from is lessons"
    assert {name for name in names if name != "sem"} == {"styled-0", "styled-1", "styled-2"}


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        ((0.87, 0.8), "Round 2 of self-training made masks of labelled images worse: it is left out."),
        (
            (0.95, 0.63),
            "Round 2 of self-training missed more of what looks like a fibre in the new images: it is left out.",
        ),
    ],
)
def test_a_round_that_makes_the_model_worse_is_left_out(
    last: tuple[float, float],
    sentence: str,
    trainings: list[dict[str, Any]],
    lessons: list[Lesson],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    judged(monkeypatch, first=(0.9, 0.7), round_1=(0.9, 0.67), round_2=last)
    told = Told()
    kept = self_training(3).run(tmp_path / "first" / "model", tmp_path / "work", told)
    assert kept == tmp_path / "work" / "round-1" / "model"
    assert len(trainings) == 2
    assert told.sentences == [sentence]


def test_without_a_fibre_the_model_stays(
    trainings: list[dict[str, Any]], lessons: list[Lesson], tmp_path: Path
) -> None:
    lessons.clear()
    told, first = Told(), tmp_path / "first" / "model"
    assert self_training(2).run(first, tmp_path / "work", told) == first
    assert not trainings
    assert "No fibre was found in the new images" in told.sentences[0]


def test_a_run_that_goes_on_does_nothing_twice(
    trainings: list[dict[str, Any]], lessons: list[Lesson], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    judged(monkeypatch, first=(0.9, 0.7), round_1=(0.9, 0.7), round_2=(0.9, 0.7))
    first, work = tmp_path / "first" / "model", tmp_path / "work"
    self_training(1).run(first, work, Told())
    monkeypatch.setattr(rounds_module, "draw_lessons", lambda teacher, *_: list(lessons) if teacher != first else 1 / 0)
    assert self_training(2).run(first, work, Told()) == work / "round-2" / "model"
    assert len(trainings) == 2
