"""Asking for advice and taking it, with a client that needs no network."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from falsetasks import LateTasks

from labelbridge.bootstrap import Plan
from labelbridge.bootstrap.advice.found import Advice, PathAdvice, Signs
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.core import Image, Reporter
from labelbridge.plugin.presenters.advice import advice_rows, other_paths
from labelbridge.plugin.presenters.bootstrap import BootstrapPresenter
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.shownimage import ShownImage

MODELS = sample_data_folder() / "models"
LABELED = sample_data_folder() / "tem_labeled"
SIGNS = Signs(0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.3)


def tried(path: Any, translator: Path | None = None) -> PathAdvice:
    return PathAdvice(path, translator, "Good.", 0.85, SIGNS)


@dataclass
class Client:
    """Recommends what it is told to."""

    recommended: PathAdvice | None = None
    device: str | None = None
    asked: list[tuple[Plan, int, float | None]] = field(default_factory=list)

    def advise(
        self,
        stock: Plan,
        unlabeled: Sequence[Image],
        reporter: Reporter | None = None,
        *,
        minutes: float | None = None,
    ) -> Advice:
        self.asked.append((stock, len(unlabeled), minutes))
        paths = () if self.recommended is None else (self.recommended,)
        return Advice(
            (*paths, PathAdvice("tutorship", None, "Untried.", needs_training=True)), self.recommended, "Said."
        )


@dataclass
class World:
    """A presenter and all that it works with."""

    tasks: LateTasks = field(default_factory=LateTasks)
    client: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        images = [ShownImage(f"layer {name}", name, np.random.default_rng(2).random((20, 30))) for name in "ab"]
        self.presenter = BootstrapPresenter(
            self.tasks,
            self.client,  # type: ignore[arg-type]
            lambda: images,
            lambda: Preferences.of({"device": "cpu"}),
        )
        self.failed: list[Any] = []
        self.presenter.failed.connect(self.failed.append)

    def ask(self, recommended: PathAdvice | None = None, **how: Any) -> Advice | None:
        self.client.recommended = recommended
        self.presenter.advise(**how)
        self.tasks.go()
        return self.presenter.advice


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path))
    made = World()
    made.presenter.choose(model=MODELS / "segmenter")
    return made


def test_all_that_is_chosen_is_tried_whatever_the_path(world: World) -> None:
    world.presenter.choose(labeled=LABELED, path="direct")
    world.ask()
    ((stock, images, minutes),) = world.client.asked
    assert stock.segmenter == MODELS / "segmenter"
    assert (len(stock.labeled), images, minutes) == (8, 1, None)
    world.ask(may_train=True)
    assert world.client.asked[1][2] == math.inf


def test_a_tutored_model_can_be_tried_beside_labels(world: World) -> None:
    world.presenter.choose(model=MODELS / "tutored", labeled=LABELED, path="adaptation")
    assert world.presenter.hint
    assert world.presenter.can_advise
    world.ask()
    ((stock, _, _),) = world.client.asked
    assert (stock.tutored, stock.segmenter) == (MODELS / "tutored", None)


def test_taking_the_advice_chooses_the_path(world: World) -> None:
    assert not world.presenter.can_take_advice
    assert world.ask(tried("direct")) is not None
    assert world.presenter.draft.path == "adaptation"
    assert world.presenter.can_take_advice
    world.presenter.take_advice()
    assert world.presenter.draft.path == "direct"
    assert world.presenter.advice is not None
    assert not world.presenter.can_take_advice


def test_taking_the_advice_sets_a_path_in_place_of_the_best(world: World) -> None:
    world.presenter.choose(labeled=LABELED, minutes=25)
    world.ask(tried("tutorship"))
    assert world.presenter.draft.minutes == 25
    assert world.presenter.can_take_advice
    world.presenter.take_advice()
    assert world.presenter.choices.path == "tutorship"
    assert world.presenter.draft.minutes is None
    assert world.client.asked[0][0].minutes is None
    world.presenter.choose(path=None, minutes=5)
    assert world.presenter.advice is not None, "the time says nothing of the paths"


def test_taking_the_advice_may_take_a_translator_away(world: World) -> None:
    world.presenter.choices = world.presenter.choices.having(translator=Path("mine"))
    world.ask(tried("adaptation"))
    world.presenter.take_advice()
    assert world.presenter.choices.translator is None


def test_a_path_that_the_model_does_not_fit_leaves_it(world: World) -> None:
    world.presenter.choose(model=MODELS / "tutored", labeled=LABELED)
    world.ask(tried("adaptation"))
    world.presenter.take_advice()
    assert (world.presenter.choices.model, world.presenter.draft.path) == (None, "adaptation")
    assert not world.presenter.hint


def test_where_nothing_is_recommended_nothing_can_be_taken(world: World) -> None:
    world.ask(None)
    before = world.presenter.choices
    assert not world.presenter.can_take_advice
    world.presenter.take_advice()
    assert world.presenter.choices == before


@pytest.mark.parametrize("how", ["image", "labels", "scale", "preset"])
def test_advice_is_about_what_was_chosen(world: World, how: str) -> None:
    world.ask(tried("direct"))
    presenter = world.presenter
    {
        "image": lambda: presenter.choose_image("layer a"),
        "labels": lambda: presenter.choose(labeled=LABELED),
        "scale": lambda: presenter.choose_scale(0.5),
        "preset": lambda: presenter.choose(preset="standard"),
    }[how]()
    assert presenter.advice is None
    assert not presenter.can_take_advice


def test_advice_that_comes_late_is_not_about_another_choice(world: World) -> None:
    world.client.recommended = tried("direct")
    world.presenter.advise()
    world.presenter.choose(labeled=LABELED)
    world.tasks.go()
    assert world.presenter.advice is None


def test_without_model_and_labels_nothing_is_asked(world: World) -> None:
    world.presenter.choose(model=None)
    assert not world.presenter.can_advise
    world.presenter.advise()
    assert "Choose the folder of labelled images" in world.failed[0].sentence
    assert not world.client.asked


def test_rows_show_what_was_tried() -> None:
    advice = Advice((tried("direct"), tried("adaptation", Path("t")), PathAdvice("tutorship", None, "")), None, "")
    assert advice_rows(advice) == {
        "direct": ["85%", "90%", "70%", "60%"],
        "adaptation,\ntranslator": ["85%", "90%", "70%", "60%"],
    }
    assert advice_rows(None) == {}


def test_of_the_other_paths_the_reasons_are_told() -> None:
    direct, untried = tried("direct"), PathAdvice("tutorship", None, "Untried.")
    assert other_paths(Advice((direct, untried), direct, "")) == "tutorship: Untried."
    assert other_paths(Advice((direct, untried), None, "")) == "direct: Good.\ntutorship: Untried."
    assert other_paths(None) == ""
