"""The presenter of the Bootstrap dock, with a client that needs no network and tasks that run at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from falsetasks import LateTasks

from labelbridge.bootstrap import Plan
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.server import Findings, Outcome
from labelbridge.core import (
    ClassMap,
    Image,
    InputError,
    LabelMap,
    Prediction,
    Reporter,
)
from labelbridge.plugin.presenters.bootstrap import BootstrapPresenter
from labelbridge.plugin.presenters.bootstrapresult import BootstrapResult
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.shownimage import ShownImage
from labelbridge.plugin.presenters.tasks import Failure

CLASSES = ClassMap(("background", "axon", "myelin", "uaxon"))
SEGMENTER = sample_data_folder() / "models" / "segmenter"


@dataclass
class Client:
    """Calls dark pixels axon."""

    device: str | None = None
    needs_training: bool = False
    tells: str = ""
    asked: list[tuple[Plan, list[Image]]] = field(default_factory=list)

    def survey(self, plan: Plan, unlabeled: Sequence[Image], reporter: Reporter | None = None) -> Findings:
        self.asked.append((plan, list(unlabeled)))
        if self.tells and reporter:
            reporter.say(self.tells)
        return Findings(None, ("nothing is known",), None, None, self.needs_training, SEGMENTER)

    def run(self, plan: Plan, unlabeled: Sequence[Image], image: Image, reporter: Reporter | None = None) -> Outcome:
        self.device = "cpu"
        labels = LabelMap((image.data < 0.5).astype(np.uint8), CLASSES)
        return Outcome(Prediction(labels, image.data.copy()), image.data * 0.5, {}, "cpu")

    def preview(
        self,
        plan: Plan,
        unlabeled: Sequence[Image],
        image: Image,
        window: tuple[slice, slice],
        reporter: Reporter | None = None,
    ) -> Outcome:
        return self.run(plan, unlabeled, image.with_data(image.data[window]), reporter)


@dataclass
class Heard:
    """All that a presenter has told."""

    said: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    arrived: list[BootstrapResult] = field(default_factory=list)
    previewed: list[BootstrapResult] = field(default_factory=list)

    def listen(self, presenter: BootstrapPresenter) -> None:
        for name in vars(self):
            getattr(presenter, name).connect(getattr(self, name).append)


@dataclass
class World:
    """A presenter and all that it works with."""

    images: list[ShownImage]
    tasks: LateTasks = field(default_factory=LateTasks)
    client: Client = field(default_factory=Client)
    heard: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        self.presenter = BootstrapPresenter(
            self.tasks, self.client, lambda: self.images, lambda: Preferences.of({"device": "cpu"})
        )
        self.heard.listen(self.presenter)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path))
    made = World([shown("a"), shown("b")])
    made.presenter.choose(model=SEGMENTER)
    return made


def shown(name: str, shape: tuple[int, ...] = (20, 30), **more: Any) -> ShownImage:
    return ShownImage(f"layer {name}", name, np.random.default_rng(32).random(shape), **more)


def test_the_topmost_image_is_chosen_until_the_user_chooses(world: World) -> None:
    assert world.presenter.image is world.images[1]
    world.presenter.choose_image("layer a")
    assert world.presenter.image is world.images[0]
    del world.images[0]
    assert world.presenter.image is world.images[0]
    world.images.clear()
    assert world.presenter.image is None
    assert world.presenter.hint.startswith("Open the image")


def test_a_run_gives_masks_of_all_classes_at_the_image_s_shape(world: World) -> None:
    world.presenter.run()
    assert world.presenter.is_busy
    assert not world.presenter.hint
    world.tasks.go()
    (result,) = world.heard.arrived
    data = world.images[1].data.astype(np.float32)
    assert list(result.masks) == ["axon", "myelin", "uaxon"]
    np.testing.assert_array_equal(result.masks["axon"], data < 0.5)
    assert {mask.dtype for mask in result.masks.values()} == {np.dtype(np.uint8)}
    np.testing.assert_array_equal(result.uncertainty, data)
    np.testing.assert_array_equal(result.translated, data * np.float32(0.5))
    plan, _ = world.client.asked[0]
    assert (plan.path, plan.segmenter, plan.settings.device) == ("adaptation", SEGMENTER, "cpu")
    assert not world.presenter.is_busy


def test_a_preview_is_of_the_window(world: World) -> None:
    world.presenter.preview((slice(2, 20), slice(5, 25)))
    world.tasks.go()
    (result,) = world.heard.previewed
    assert result.masks["axon"].shape == result.uncertainty.shape == (18, 20)
    assert not world.heard.arrived


def test_of_a_stack_the_seen_plane_or_all(world: World) -> None:
    world.images.append(shown("stack", (3, 20, 30), plane=(1,)))
    data = world.images[-1].data.astype(np.float32)
    world.presenter.run()
    world.tasks.go()
    (one,) = world.heard.arrived
    np.testing.assert_array_equal(one.masks["axon"][1], data[1] < 0.5)
    assert one.masks["axon"].shape == (3, 20, 30)
    assert not one.masks["axon"][[0, 2]].any()
    world.presenter.choose(planes="all")
    world.presenter.run()
    world.tasks.go()
    np.testing.assert_array_equal(world.heard.arrived[1].masks["axon"], data < 0.5)
    assert len(world.client.asked[1][1]) == 3


def test_a_training_is_asked_about_first(world: World) -> None:
    world.client.needs_training = True
    world.presenter.run()
    world.tasks.go()
    assert not world.heard.arrived
    assert "5 to 10 minutes" in world.heard.asked[0]
    world.presenter.agree()
    world.tasks.go()
    assert len(world.heard.arrived) == 1
    world.presenter.run()
    world.tasks.go()
    world.presenter.decline()
    world.presenter.agree()
    assert not world.presenter.is_busy


def test_the_minutes_reach_the_plan_of_the_run_and_the_question(world: World) -> None:
    world.client.needs_training = True
    world.client.tells = "In 25 minutes: nnU-Net trains for 1,000 iterations."
    world.presenter.choose(labeled=sample_data_folder() / "tem_labeled", model=None, minutes=25)
    world.presenter.run()
    world.tasks.go()
    assert world.heard.said == [world.client.tells]
    assert "up to about 25 minutes" in world.heard.asked[0]
    world.presenter.agree()
    world.tasks.go()
    assert len(world.heard.arrived) == 1
    assert {(plan.path, plan.minutes) for plan, _ in world.client.asked} == {("tutorship", 25)}
    world.presenter.choose(path="tutorship")
    world.presenter.look()
    world.tasks.go()
    assert world.client.asked[-1][0].minutes is None


def test_labels_are_read_once_while_their_files_are_the_same(world: World) -> None:
    world.presenter.choose(labeled=sample_data_folder() / "tem_labeled", model=None)
    for _ in range(2):
        world.presenter.look()
        world.tasks.go()
    first, second = (plan.labeled for plan, _ in world.client.asked)
    assert len(first) == 8
    assert first is second
    assert world.heard.said == ["Nothing is known."] * 2


def test_images_without_labels_show_a_model_its_look(world: World) -> None:
    world.presenter.choose(labeled=sample_data_folder() / "tem_small_shift", path="adaptation")
    world.presenter.look()
    world.tasks.go()
    plan, _ = world.client.asked[0]
    assert not plan.labeled
    assert len(plan.examples) == 2


def test_a_folder_without_labels_is_one_sentence(world: World) -> None:
    world.presenter.choose(labeled=sample_data_folder() / "tem_small_shift", path="tutorship")
    world.presenter.run()
    world.tasks.go()
    assert "got no labelled image" in world.heard.failed[0].sentence


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(np.full((20, 30), np.nan), "NaN"), (np.zeros((0, 0)), "0 x 0 px"), (np.zeros((3, 3, 0, 9)), "9 x 0 px")],
)
def test_an_image_that_cannot_be_used_is_one_sentence(world: World, data: Any, sentence: str) -> None:
    world.images.append(ShownImage("bad", "bad", data, plane=(0,) * (data.ndim - 2)))
    world.presenter.run()
    world.tasks.go()
    assert sentence in world.heard.failed[0].sentence
    assert not world.presenter.is_busy


def test_a_layer_that_was_removed_during_the_run_keeps_its_masks(world: World) -> None:
    world.presenter.run()
    del world.images[1]
    world.tasks.go()
    assert len(world.heard.arrived) == 1
    assert "'b' was removed during the run" in world.heard.said[-1]


def test_a_layer_that_was_renamed_during_the_run_is_the_same(world: World) -> None:
    world.presenter.run()
    world.images[1] = ShownImage("layer b", "other name", world.images[1].data)
    world.tasks.go()
    assert len(world.heard.arrived) == 1
    assert not world.heard.failed


def test_masks_of_an_image_that_was_swapped_during_the_run_are_not_shown(world: World) -> None:
    world.presenter.run()
    world.images[1] = ShownImage("layer b", "b", np.zeros((20, 30)))
    world.tasks.go()
    assert not world.heard.arrived
    assert "was replaced during the run" in world.heard.failed[0].sentence


def test_a_cancelled_run_can_be_run_again(world: World) -> None:
    world.presenter.run()
    world.presenter.cancel()
    world.tasks.go()
    assert world.heard.said == ["Cancelling ...", "Cancelled."]
    assert not world.heard.arrived
    world.presenter.run()
    world.tasks.go()
    assert len(world.heard.arrived) == 1


def test_what_was_found_for_another_choice_is_forgotten(world: World) -> None:
    world.presenter.look()
    world.presenter.choose_image("layer a")
    world.tasks.go()
    assert world.presenter.findings is None
    world.presenter.look()
    world.tasks.go()
    assert world.presenter.findings is not None


def test_two_sets_of_masks_are_compared(world: World) -> None:
    found: list[Any] = []
    world.presenter.compared.connect(lambda layer, labels: found.append((layer, labels.tolist())))
    before, after = ({"axon": np.array([[one, 0]]), "myelin": np.array([[0, 0]])} for one in (0, 1))
    world.presenter.compare("layer a", before, after)
    world.tasks.go()
    assert found == [("layer a", [[2, 0]])]


def test_only_one_thing_runs_at_a_time(world: World) -> None:
    world.presenter.run()
    world.presenter.run()
    assert world.heard.failed == [Failure("Something else is being computed.")]


def test_a_scale_belongs_to_its_image_and_labels(world: World) -> None:
    for change in (
        lambda: world.presenter.choose_image("layer a"),
        lambda: world.presenter.choose(model=None),
    ):
        world.presenter.choose_scale(0.5)
        world.presenter.look()
        if world.tasks.is_busy:
            world.tasks.go()
        assert world.client.asked[-1][0].scale == 0.5
        change()
        assert world.presenter.scale is None
        assert world.presenter.findings is None


def test_another_topmost_image_has_a_scale_of_its_own(world: World) -> None:
    world.presenter.choose_scale(0.5)
    world.presenter.refresh()
    assert world.presenter.scale == 0.5
    world.images.append(shown("c"))
    world.presenter.refresh()
    assert world.presenter.scale is None


def test_choices_come_back_in_the_next_window(world: World) -> None:
    world.presenter.choose(path="direct")
    again = World(world.images)
    assert again.presenter.choices == world.presenter.choices
    assert again.presenter.model is not None


def test_a_model_that_is_gone_is_not_chosen(world: World, tmp_path: Path) -> None:
    world.presenter.choose(model=tmp_path / "gone")
    assert World(world.images).presenter.choices.model is None


def test_a_model_of_labelbridge_is_taken_where_it_lies(world: World) -> None:
    world.presenter.choose(model=None)
    world.presenter.add_model(SEGMENTER)
    world.tasks.go()
    assert world.presenter.choices.model == SEGMENTER.resolve()
    assert world.presenter.model is not None


def test_a_preference_that_cannot_be_used_is_one_sentence(world: World) -> None:
    def broken() -> Preferences:
        raise InputError("got the device 'x'.")

    presenter = BootstrapPresenter(world.tasks, world.client, lambda: world.images, broken)
    heard = Heard()
    heard.listen(presenter)
    presenter.choose(model=SEGMENTER)
    presenter.run()
    assert heard.failed == [Failure("got the device 'x'.")]
    assert not world.tasks.is_busy


def test_absent_classes_are_of_one_image_and_of_the_classes_that_there_are(world: World) -> None:
    presenter = world.presenter
    presenter.choose_absent(("myelin", "glia"))
    assert presenter.draft.classes == ("axon", "myelin")
    assert presenter.draft.absent == ("myelin",)
    presenter.run()
    world.tasks.go()
    assert world.client.asked[-1][0].absent.of("b") == ("myelin",)
    presenter.choose_image("layer a")
    assert presenter.draft.absent == ()
