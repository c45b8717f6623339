"""Bootstrapping images of a project, with a client that needs no network."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from falsetasks import LateTasks
from PIL import Image as PillowImage

from labelbridge.bootstrap import Plan
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.server import Findings, Outcome
from labelbridge.core import Image, InputError, LabelMap, Prediction, Reporter
from labelbridge.io import read_label_map
from labelbridge.io.project import Project, add_images, current_masks, mask_versions
from labelbridge.plugin.presenters.choices import BootstrapChoices
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.projectbatch import BatchPresenter
from labelbridge.plugin.presenters.projectchoices import remembered_choices
from labelbridge.plugin.presenters.projectfolder import OpenProject

if TYPE_CHECKING:
    from labelbridge.plugin.presenters.tasks import Failure, Progress

MODELS = sample_data_folder() / "models"
SHAPE = (40, 50)

KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[2]).parent))
import test_plugin_project_batch as tests
class Killed(tests.Client):
    def run(self, plan, unlabeled, image, reporter=None):
        if image.name == "c":
            os.kill(os.getpid(), 9)
        return super().run(plan, unlabeled, image, reporter)
world = tests.World(Path(sys.argv[1]), Killed())
world.presenter.run_all()
world.tasks.go()
"""


@dataclass
class Client:
    """Calls dark pixels axon."""

    device: str | None = "cpu"
    needs_training: bool = False
    trained: Path = MODELS / "tutored"
    asked: list[tuple[Plan, list[str]]] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    before: Callable[[str], object] = lambda name: None

    def survey(self, plan: Plan, unlabeled: Sequence[Image], reporter: Reporter | None = None) -> Findings:
        self.asked.append((plan, [image.name for image in unlabeled]))
        needs = self.needs_training and plan.tutored is None
        return Findings(None, ("nothing is known",), None, None, needs, None if needs else self.trained)

    def run(self, plan: Plan, unlabeled: Sequence[Image], image: Image, reporter: Reporter | None = None) -> Outcome:
        self.before(image.name)
        self.ran.append(image.name)
        assert reporter is not None
        reporter.progress(1, 4, "segmenting")
        if plan.tutored is None:
            self.needs_training = False
        labels = LabelMap((image.data < image.data.mean()).astype(np.uint8))
        return Outcome(Prediction(labels, np.full(image.shape, 0.25, np.float32)), None, {"segmenter": {}}, "cpu")

    def preview(self, *_: Any) -> Outcome:
        raise AssertionError("a batch previews nothing")


class World:
    """A presenter with a project, and what it has told."""

    def __init__(self, folder: Path, client: Client | None = None, **preferred: str) -> None:
        self.tasks, self.client = LateTasks(), client or Client()
        self.opened = OpenProject.open(folder)
        preferences = Preferences.of({"device": "cpu", **preferred})
        self.presenter = BatchPresenter(self.tasks, self.client, lambda: preferences)
        self.said: list[str] = []
        self.failed: list[Failure] = []
        self.asked: list[str] = []
        self.image_done: list[str] = []
        self.progressed: list[Progress] = []
        for name in ("said", "failed", "asked", "image_done", "progressed"):
            getattr(self.presenter, name).connect(getattr(self, name).append)
        self.presenter.take(self.opened)

    @property
    def project(self) -> Project:
        return self.opened.project

    @property
    def states(self) -> dict[str, str]:
        return {row.name: row.state for row in self.project.rows()}

    def run_all(self) -> None:
        self.presenter.run_all()
        self.tasks.go()

    def run(self, *names: str) -> None:
        self.presenter.run_selected(names)
        self.tasks.go()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    (tmp_path / "images").mkdir()
    for number, name in enumerate("abcd"):
        pixels = np.random.default_rng(number).integers(0, 255, SHAPE, np.uint8)
        PillowImage.fromarray(pixels).save(tmp_path / "images" / f"{name}.png")
    add_images(Project.create(tmp_path / "project"), [tmp_path / "images"])
    BootstrapChoices(model=MODELS / "tutored").save()
    return tmp_path / "project"


@pytest.fixture
def world(folder: Path) -> Iterator[World]:
    made = World(folder)
    yield made
    made.opened.close()


def all_files(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_all_images_get_masks_that_are_saved_at_once(world: World) -> None:
    saved_before: list[int] = []
    world.client.before = lambda name: saved_before.append(
        sum(state == "bootstrapped" for state in world.states.values())
    )
    world.run_all()
    assert saved_before == [0, 1, 2, 3]
    assert set(world.states.values()) == {"bootstrapped"}
    assert world.image_done == list("abcd")
    assert world.said[-1] == "Images with new masks: 4 of 4."
    assert not world.failed
    files = current_masks(world.project, "b")
    assert files is not None
    pixels = np.asarray(PillowImage.open(world.project.path_of(world.project.image("b").place)), np.float32)
    np.testing.assert_array_equal(read_label_map(files).mask("axon"), pixels < pixels.mean())
    (version,) = mask_versions(world.project, "b")
    assert {"b_uncertainty.tif", "b_provenance.json"} <= {file.name for file in version.iterdir()}
    assert all("seg-" in place for place in world.project.image("b").masks)


def test_progress_says_which_image_of_how_many_and_what_is_done_with_it(world: World) -> None:
    world.run_all()
    stages = [(progress.stage, progress.fraction) for progress in world.progressed]
    assert ("image 1 of 4, a: segmenting 25%", 0.0) in stages
    assert ("image 4 of 4, d: segmenting 25%", 0.75) in stages


def test_the_time_left_is_that_of_all_images(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = count(0, 10)
    monkeypatch.setattr("labelbridge.jobs.timeleft.time", SimpleNamespace(monotonic=lambda: next(clock)))
    world.run_all()
    lefts = [progress.left_s for progress in world.progressed if progress.stage.endswith("segmenting 25%")]
    assert lefts == [None, 60, 40, 20]


def test_one_broken_image_does_not_end_the_batch(world: World, tmp_path: Path) -> None:
    (tmp_path / "images" / "a.png").write_bytes(b"broken")

    def fail(name: str) -> None:
        if name == "c":
            raise InputError("got nothing to segment.")

    world.client.before = fail
    world.run_all()
    assert world.states == {"a": "new", "b": "bootstrapped", "c": "new", "d": "bootstrapped"}
    (failure,) = world.failed
    first, second = failure.sentence.splitlines()
    assert "a.png" in first
    assert second == "c: got nothing to segment."
    assert "Images with new masks: 2 of 4." in world.said


def test_many_broken_images_are_details(world: World, tmp_path: Path) -> None:
    for file in (tmp_path / "images").iterdir():
        file.write_bytes(b"broken")
    world.run_all()
    (failure,) = world.failed
    assert failure.sentence == "4 images have got no masks; the details say why."
    assert len(failure.details.splitlines()) == 4


def test_corrected_images_are_never_touched(world: World) -> None:
    world.run_all()
    for name, state in (("a", "in correction"), ("b", "done")):
        world.project.update_image(name, state=state)
    before = all_files(world.project.folder / "masks")
    world.run("a", "b")
    assert all_files(world.project.folder / "masks") == before
    assert "'a' was corrected already, so its masks stay as they are." in world.said
    assert "'b' was corrected already, so its masks stay as they are." in world.said


def test_an_image_that_is_corrected_meanwhile_keeps_its_masks(world: World) -> None:
    world.run("a")
    current = world.project.image("a").masks
    world.client.before = lambda name: world.project.update_image(name, state="in correction")
    world.run("a")
    assert world.project.image("a").masks == current
    assert world.states["a"] == "in correction"
    assert [version.name for version in mask_versions(world.project, "a")] == ["0001", "0002"]


def test_selected_images_get_new_masks_beside_the_old_ones(world: World) -> None:
    world.run("a")
    before = all_files(world.project.folder / "masks")
    world.run("a")
    after = all_files(world.project.folder / "masks")
    assert after.items() >= before.items()
    assert all(place.startswith("masks/a/0002/") for place in world.project.image("a").masks)


def test_a_cancelled_batch_goes_on_where_it_stopped(world: World) -> None:
    def cancel_at(name: str) -> None:
        if name == "b":
            world.presenter.cancel()

    world.client.before = cancel_at
    world.run_all()
    assert world.states == {"a": "bootstrapped", "b": "new", "c": "new", "d": "new"}
    assert "Images with new masks: 1 of 4." in world.said
    assert "Cancelled." in world.said
    world.client.before = lambda name: None
    world.client.ran.clear()
    world.run_all()
    assert world.client.ran == ["b", "c", "d"]
    assert set(world.states.values()) == {"bootstrapped"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_a_killed_batch_goes_on_where_it_stopped(folder: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(folder), __file__]
    killed = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert killed.returncode == -9, killed.stderr
    world = World(folder)
    assert world.states == {"a": "bootstrapped", "b": "bootstrapped", "c": "new", "d": "new"}
    world.run_all()
    assert world.client.ran == ["c", "d"]
    world.opened.close()


def test_a_tutorship_trains_once_for_all_and_is_remembered(folder: Path) -> None:
    BootstrapChoices(labeled=sample_data_folder() / "tem_labeled").save()
    world = World(folder, Client(needs_training=True))
    world.run_all()
    assert "up to about 10 minutes" in world.asked[0]
    assert world.client.ran == []
    assert set(world.states.values()) == {"new"}
    world.presenter.agree()
    world.tasks.go()
    assert set(world.states.values()) == {"bootstrapped"}
    plan, sample = world.client.asked[0]
    assert (plan.path, plan.minutes) == ("tutorship", 10)
    assert len(plan.labeled) == 8
    assert sorted(sample) == list("abcd"), "it learns how all images look"
    assert {plan.tutored for plan, _ in world.client.asked[3:]} == {world.client.trained}
    assert len(world.client.ran) == 5
    remembered = remembered_choices(world.project)
    assert remembered is not None
    assert (remembered.model, remembered.path) == (world.client.trained, None)
    assert world.presenter.draft.path == "tutorship"
    world.client.needs_training = True
    world.run("a")
    assert len(world.asked) == 1, "nothing is trained again"
    world.opened.close()


def test_a_project_opens_with_the_minutes_that_it_was_bootstrapped_in(folder: Path) -> None:
    labeled = sample_data_folder() / "tem_labeled"
    BootstrapChoices(labeled=labeled, minutes=25).save()
    world = World(folder, Client(needs_training=True))
    assert world.presenter.description.startswith("best in 25 minutes, labelled images tem_labeled")
    world.run_all()
    world.presenter.agree()
    world.tasks.go()
    (record,) = folder.glob("masks/b/0001/*_provenance.json")
    settings = json.loads(record.read_text(encoding="utf-8"))["settings"]
    assert settings["minutes"] == 25
    assert not {"length", "rounds"} & settings["training"].keys(), "the time has decided on these"
    world.opened.close()
    BootstrapChoices(path="direct").save()
    again = World(folder)
    choices = again.presenter.draft.choices
    assert (choices.path, choices.minutes, choices.labeled) == (None, 25, labeled)
    again.opened.close()


def test_a_project_from_before_there_were_minutes_opens_with_its_path(folder: Path) -> None:
    project = Project.open(folder)
    before = {"path": "adaptation", "preset": "standard", "planes": "seen", "uses": ["model"]}
    project.update(models=[MODELS / "segmenter"], settings={"bootstrap": before})
    world = World(folder)
    choices = world.presenter.draft.choices
    assert (choices.path, choices.minutes, choices.preset) == ("adaptation", 10, "standard")
    assert world.presenter.description.startswith("path adaptation, model ")
    world.opened.close()


def test_a_training_can_be_declined(folder: Path) -> None:
    world = World(folder, Client(needs_training=True))
    BootstrapChoices(labeled=sample_data_folder() / "tem_labeled").save()
    world.run_all()
    world.presenter.decline()
    world.presenter.agree()
    assert not world.presenter.is_busy
    assert "Nothing was trained" in world.said[-1]
    world.opened.close()


def test_choices_of_the_project_come_before_those_of_the_dock(world: World) -> None:
    world.run("a")
    BootstrapChoices(model=MODELS / "segmenter").save()
    world.presenter.look()
    assert world.presenter.was_bootstrapped
    assert world.presenter.draft.choices.model == MODELS / "tutored"
    world.presenter.choose(repeats=False)
    assert world.presenter.draft.choices.model == MODELS / "segmenter"
    assert "adaptation" in world.presenter.description
    world.run("b")
    assert world.client.asked[-1][0].path == "adaptation"
    assert Project.open(world.project.folder).models == (MODELS / "segmenter", MODELS / "tutored")


@pytest.fixture
def colours(folder: Path, tmp_path: Path) -> Iterator[World]:
    """A project with a colour image among the grey ones: in green it is dark on the left, in red on the right."""
    pixels = np.full((*SHAPE, 3), 200, np.uint8)
    pixels[:, :25, 1] = pixels[:, 25:, 0] = 0
    PillowImage.fromarray(pixels).save(tmp_path / "colour.png")
    add_images(Project.open(folder), [tmp_path / "colour.png"])
    made = World(folder)
    yield made
    made.opened.close()


def axon_of(world: World, name: str) -> np.ndarray:
    files = current_masks(world.project, name)
    assert files is not None
    return read_label_map(files).mask("axon")


def choose_channel(world: World, channel: str) -> None:
    world.presenter.choose_channel(channel)
    world.tasks.go()


@pytest.mark.parametrize(("channel", "dark"), [("green", slice(0, 25)), ("red", slice(25, 50))])
def test_of_colour_images_the_project_s_channel_is_taken(colours: World, channel: str, dark: slice) -> None:
    assert colours.presenter.channel == "luminance"
    choose_channel(colours, channel)
    assert colours.presenter.channel == channel
    colours.run("colour")
    expected = np.zeros(SHAPE, bool)
    expected[:, dark] = True
    np.testing.assert_array_equal(axon_of(colours, "colour"), expected)
    (version,) = mask_versions(colours.project, "colour")
    record = json.loads((version / "colour_provenance.json").read_text(encoding="utf-8"))
    assert record["settings"]["channel"] == channel


def test_the_channel_is_remembered_whatever_the_next_batch_is_done_with(colours: World, folder: Path) -> None:
    choose_channel(colours, "blue")
    colours.opened.close()
    BootstrapChoices(model=MODELS / "segmenter", channel="red").save()
    again = World(folder)
    assert again.presenter.channel == "blue"
    again.presenter.choose(repeats=False)
    assert again.presenter.channel == "blue"
    again.opened.close()


def test_an_image_without_the_channel_is_a_sentence_and_the_others_go_on(colours: World) -> None:
    choose_channel(colours, "green")
    colours.run("a", "colour")
    assert colours.states["colour"] == "bootstrapped"
    assert colours.states["a"] == "new"
    (failure,) = colours.failed
    assert failure.sentence.endswith("a.png: got 'green' as the channel to take, expected one of 0, grey, luminance.")
    choose_channel(colours, "luminance")
    colours.run("a")
    assert colours.states["a"] == "bootstrapped"


def test_a_channel_that_cannot_be_saved_is_not_chosen(colours: World, tmp_path: Path) -> None:
    (tmp_path / "images" / "a.png").write_bytes(b"broken")
    colours.run("a", "b")
    Project.open(colours.project.folder).update(name="theirs")
    choose_channel(colours, "green")
    assert colours.presenter.channel == "luminance"
    assert "maybe in another window" in colours.failed[-1].sentence
    assert "a.png" not in colours.failed[-1].details, "what failed in an earlier batch is no detail of this"


def test_the_overlap_preferred_reaches_every_image(folder: Path) -> None:
    BootstrapChoices(labeled=sample_data_folder() / "tem_labeled").save()
    world = World(folder, Client(needs_training=True), tile_overlap="0.75")
    world.run_all()
    world.presenter.agree()
    world.tasks.go()
    assert len(world.client.ran) == 5
    assert {plan.tile_overlap for plan, _ in world.client.asked} == {0.75}
    world.opened.close()


def test_what_is_missing_is_said_and_nothing_begins(world: World) -> None:
    BootstrapChoices().save()
    world.presenter.look()
    assert world.presenter.hint.startswith("Choose the folder of labelled images, a model, or both.")
    world.presenter.run_all()
    assert not world.presenter.is_busy
    assert world.failed[-1].sentence == world.presenter.hint


def test_nothing_to_do_is_a_sentence(world: World) -> None:
    world.run_all()
    world.presenter.run_all()
    assert "Images that had masks already: 4 of 4." in world.said[-1]
    assert "There is no image to bootstrap" in world.failed[-1].sentence


def test_a_project_that_cannot_be_saved_ends_the_batch(world: World) -> None:
    def meanwhile(name: str) -> None:
        if name == "b":
            Project.open(world.project.folder).update(name="theirs")

    world.client.before = meanwhile
    world.run_all()
    assert world.client.ran == ["a", "b"]
    assert "maybe in another window" in world.failed[-1].sentence
    assert "Images with new masks: 1 of 4." in world.said


def test_classes_that_an_image_lacks_are_absent_from_its_masks_alone(world: World) -> None:
    world.project.update_image("b", absent=("axon",))
    world.run("a", "b")
    absent = {names[0]: plan.absent.everywhere for plan, names in world.client.asked}
    assert (absent["a"], absent["b"]) == ((), ("axon",))
    (record,) = world.project.folder.glob("masks/b/0001/*_provenance.json")
    assert json.loads(record.read_text())["settings"]["absent"] == ["axon"]
