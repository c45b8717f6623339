"""The presenter of the Project dock, with a window that only remembers and tasks that run when they are told to."""

import errno
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile
from falsetasks import PromptTasks
from PIL import Image as PillowImage

from labelbridge.io import read_label_map
from labelbridge.io.project import PROJECT_FILE, Project, current_masks, mask_versions
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.project import ProjectPresenter
from labelbridge.plugin.presenters.projectbatch import BatchPresenter
from labelbridge.plugin.presenters.projectimage import ReadImage
from labelbridge.plugin.presenters.projectrecent import recent_projects

if TYPE_CHECKING:
    from labelbridge.plugin.presenters.tasks import Failure

SHAPE = (40, 50)

HOLDS_IT_OPEN = """
import sys, time
from pathlib import Path
from labelbridge.plugin.presenters.projectfolder import OpenProject
opened = OpenProject.open(Path(sys.argv[1]))
print("open", flush=True)
time.sleep(60)
"""


@dataclass
class Window:
    """Remembers what it was asked to show."""

    shown: dict[str, ReadImage] = field(default_factory=dict)
    painted: dict[str, dict[str, Any]] = field(default_factory=dict)
    saved: dict[str, tuple[str, ...]] = field(default_factory=dict)
    front: str | None = None

    def shows(self, name: str) -> bool:
        return name in self.shown

    def version(self, name: str) -> tuple[str, ...]:
        return self.saved.get(name, ())

    def show(self, image: ReadImage) -> None:
        self.shown[image.name], self.saved[image.name], self.front = image, image.version, image.name

    def bring_forward(self, name: str) -> None:
        self.front = name

    def masks(self, name: str) -> dict[str, Any]:
        return self.painted.get(name) or (self.shown[name].masks if name in self.shown else {})

    def is_unsaved(self, name: str) -> bool:
        return name in self.painted

    def know_saved(self, name: str, masks: dict[str, Any], version: tuple[str, ...]) -> None:
        self.painted.pop(name, None)
        self.saved[name] = version

    def close(self, name: str) -> None:
        self.shown.pop(name, None)
        self.painted.pop(name, None)

    def forget(self) -> None:
        self.shown.clear()


class NoClient:
    """Is never asked."""

    device = None


class World:
    """A presenter, its window, and what it has told."""

    def __init__(self) -> None:
        self.window = Window()
        batch = BatchPresenter(PromptTasks(), NoClient(), lambda: Preferences.of({}))  # type: ignore[arg-type]
        self.presenter = ProjectPresenter(PromptTasks(), batch, self.window)
        self.said: list[str] = []
        self.failed: list[Failure] = []
        self.asked: list[str] = []
        for name in ("said", "failed", "asked"):
            getattr(self.presenter, name).connect(getattr(self, name).append)

    @property
    def names(self) -> list[str]:
        return [row.name for row in self.presenter.rows]

    @property
    def states(self) -> list[str]:
        return [row.state for row in self.presenter.rows]

    @property
    def project(self) -> Project:
        assert self.presenter.opened is not None
        return self.presenter.opened.project

    def sentence(self) -> str:
        """The one thing that has failed."""
        (failure,) = self.failed
        self.failed.clear()
        return failure.sentence


@pytest.fixture
def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    made: list[World] = []

    def make() -> World:
        made.append(World())
        return made[-1]

    yield make
    for one in made:
        one.presenter.close()


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for number, name in enumerate("abc"):
        picture(folder / f"{name}.png", number)
    return folder


@pytest.fixture
def world(worlds: Callable[[], World], images: Path, tmp_path: Path) -> World:
    made = worlds()
    made.presenter.create(tmp_path / "project")
    made.presenter.add([images])
    assert not made.failed
    return made


def picture(path: Path, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 255, SHAPE, np.uint8)
    PillowImage.fromarray(pixels).save(path)


def masks(column: int = 10) -> dict[str, Any]:
    made = {name: np.zeros(SHAPE, np.uint8) for name in ("axon", "myelin")}
    made["axon"][5:20, column : column + 8] = 1
    made["myelin"][5:20, column + 8 : column + 12] = 1
    return made


def test_images_are_added_once_and_what_cannot_be_read_is_said(world: World, images: Path) -> None:
    assert world.names == ["a", "b", "c"]
    assert world.said == ["3 images were added."]
    (images / "broken.png").write_bytes(b"no image")
    picture(images / "d.png", 4)
    world.presenter.add([images])
    assert world.names == ["a", "b", "c", "d"]
    assert any("broken.png" in sentence for sentence in world.said)
    assert world.said[-1] == "1 image was added."


def test_each_plane_of_a_stack_is_an_image(world: World, tmp_path: Path) -> None:
    stack = np.random.default_rng(5).integers(0, 255, (3, *SHAPE), np.uint8)
    tifffile.imwrite(tmp_path / "stack.tif", stack, photometric="minisblack")
    world.presenter.add([tmp_path / "stack.tif"])
    assert world.names[3:] == ["stack", "stack-2", "stack-3"]
    world.presenter.open_image("stack-2")
    layer = world.window.shown["stack-2"].layer
    assert layer is not None
    np.testing.assert_array_equal(layer[0], stack[1])


def test_an_image_opens_with_its_current_masks_and_is_remembered(world: World, images: Path) -> None:
    world.presenter.open_image("b")
    layer = world.window.shown["b"].layer
    assert layer is not None
    np.testing.assert_array_equal(layer[0], np.asarray(PillowImage.open(images / "b.png")))
    assert layer[1]["name"] == "b"
    assert world.window.shown["b"].masks == {}
    assert world.presenter.current == "b"
    assert Project.open(world.project.folder).document.current == "b"


def test_saving_makes_a_new_version_and_replaces_none(world: World) -> None:
    world.presenter.open_image("a")
    for column in (10, 20):
        world.window.painted["a"] = masks(column)
        world.presenter.save()
    assert world.states == ["in correction", "new", "new"]
    first, second = mask_versions(world.project, "a")
    assert (first.name, second.name) == ("0001", "0002")
    assert "0002" in world.said[-1]
    saved = current_masks(world.project, "a")
    assert saved is not None
    np.testing.assert_array_equal(read_label_map(saved).mask("axon"), masks(20)["axon"] != 0)
    earlier = np.asarray(PillowImage.open(first / "a_seg-axon.png"))
    np.testing.assert_array_equal(earlier != 0, masks(10)["axon"] != 0)


def test_reopening_goes_on_with_the_same_image_masks_and_states(world: World, worlds: Callable[[], World]) -> None:
    world.presenter.open_image("b")
    world.window.painted["b"] = masks()
    world.presenter.save()
    world.presenter.set_state(["c"], "done")
    folder = world.project.folder
    world.presenter.close()
    again = worlds()
    again.presenter.open(folder)
    assert (again.names, again.states) == (["a", "b", "c"], ["new", "in correction", "done"])
    assert again.presenter.current == again.window.front == "b"
    for name, mask in masks().items():
        np.testing.assert_array_equal(again.window.shown["b"].masks[name], mask)
        assert again.window.shown["b"].masks[name].flags.writeable
    assert recent_projects() == [folder]
    assert again.presenter.title == "project: 3 images, 0 bootstrapped, 1 in correction, 1 done"


def test_leaving_unsaved_masks_asks_first(world: World) -> None:
    world.presenter.open_image("a")
    world.window.painted["a"] = masks()
    world.presenter.open_image("b")
    assert world.asked == ["The masks of 'a' have changes that are not saved. Save them first?"]
    assert world.presenter.current == "a"
    world.presenter.stay()
    world.presenter.save_first()
    assert not mask_versions(world.project, "a")
    world.presenter.open_image("b")
    world.presenter.save_first()
    assert world.presenter.current == world.window.front == "b"
    assert len(mask_versions(world.project, "a")) == 1
    world.window.painted["b"] = masks()
    world.presenter.close_image()
    world.presenter.leave_unsaved()
    assert not world.window.shows("b")
    assert not mask_versions(world.project, "b")
    assert world.window.shows("a"), "nothing is closed unasked"


def test_masks_of_another_shape_are_not_saved(world: World) -> None:
    world.presenter.open_image("a")
    world.window.painted["a"] = {name: mask[:10] for name, mask in masks().items()}
    world.presenter.save()
    assert "got masks of (10, 50) for an image of (40, 50)" in world.sentence()
    assert not mask_versions(world.project, "a")


def test_masks_that_are_gone_do_not_keep_an_image_from_opening(world: World) -> None:
    world.presenter.open_image("a")
    world.window.painted["a"] = masks()
    world.presenter.save()
    shutil.rmtree(world.project.folder / "masks")
    world.presenter.close_image()
    world.presenter.open_image("a")
    assert world.window.shown["a"].masks == {}
    assert any("The masks of 'a' are not shown" in sentence for sentence in world.said)


def test_images_leave_the_project_and_their_files_stay(world: World, images: Path) -> None:
    world.presenter.remove(["a", "b"])
    assert world.names == ["c"]
    assert (images / "a.png").exists()


def test_moved_and_renamed_images_are_found_again(world: World, images: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / "deeper"
    moved.mkdir(parents=True)
    shutil.move(images / "a.png", moved / "a.png")
    shutil.move(images / "b.png", moved / "renamed.png")
    world.presenter.close()
    world.presenter.open(world_folder := tmp_path / "project")
    assert [one.image for one in world.presenter.missing] == ["a", "b"]
    assert [row.is_there for row in world.presenter.rows] == [False, False, True]
    world.presenter.open_image("a")
    assert "is not there any more; find it" in world.sentence()
    world.presenter.find_missing(tmp_path / "elsewhere")
    assert world.said[-1] == "2 missing files were found."
    assert not world.presenter.missing
    world.presenter.open_image("b")
    assert world.window.shows("b")
    assert Project.open(world_folder).image("b").place == "../elsewhere/deeper/renamed.png"


def test_an_image_that_was_replaced_is_not_shown_as_the_other(world: World, images: Path) -> None:
    PillowImage.fromarray(np.zeros((30, 30), np.uint8)).save(images / "a.png")
    world.presenter.open_image("a")
    assert "got 30 x 30 px, expected 40 x 50 px" in world.sentence()


def test_a_project_that_another_window_has_open(world: World, worlds: Callable[[], World], tmp_path: Path) -> None:
    other = worlds()
    other.presenter.open(tmp_path / "project")
    assert "is open in another window; close it there" in other.sentence()
    assert other.presenter.opened is None
    world.presenter.close()
    other.presenter.open(tmp_path / "project")
    assert other.names == ["a", "b", "c"]


def test_a_window_that_was_killed_locks_nothing(
    world: World, tmp_path: Path, begin: Callable[..., "subprocess.Popen[str]"]
) -> None:
    world.presenter.close()
    process = begin([sys.executable, "-c", HOLDS_IT_OPEN, str(tmp_path / "project")], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    world.presenter.open(tmp_path / "project")
    assert "is open in another window" in world.sentence()
    process.kill()
    process.wait()
    world.presenter.open(tmp_path / "project")
    assert not world.failed


def test_a_project_of_a_newer_labelbridge(world: World, worlds: Callable[[], World], tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / PROJECT_FILE).write_text(json.dumps({"format": 99, "name": "newer"}), encoding="utf-8")
    world.presenter.open(newer)
    assert "format 99, expected at most 1; update LabelBridge" in world.sentence()
    assert world.names == ["a", "b", "c"], "the one that was open stays open"
    world.presenter.set_state(["a"], "done")
    assert not world.failed


@pytest.mark.parametrize("what", ["nothing", "file"])
def test_a_folder_that_is_no_project(worlds: Callable[[], World], tmp_path: Path, what: str) -> None:
    (tmp_path / "file").write_text("text", encoding="utf-8")
    world = worlds()
    world.presenter.open(tmp_path / what)
    assert "there is no such file, expected the file of a project" in world.sentence()


def test_a_project_is_not_made_where_there_is_one(world: World, tmp_path: Path) -> None:
    world.presenter.create(tmp_path / "project")
    assert "is a project already; open it" in world.sentence()


def test_a_project_that_is_gone_is_not_made_again(world: World, tmp_path: Path) -> None:
    world.presenter.open_image("a")
    world.window.painted["a"] = masks()
    shutil.move(tmp_path / "project", tmp_path / "moved")
    world.presenter.save()
    assert "the project is not there any more" in world.sentence()
    assert not (tmp_path / "project").exists()
    assert "a" in world.window.painted


def test_a_read_only_project_can_be_looked_at(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world.presenter.close()
    opens = Path.open

    def refuse(path: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if mode != "r" and mode != "rb" and tmp_path / "project" in path.parents:
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        return opens(path, mode, *rest, **more)

    monkeypatch.setattr(Path, "open", refuse)
    world.presenter.open(tmp_path / "project")
    assert "read-only" in world.said[-1]
    world.presenter.open_image("a")
    assert world.window.shows("a")
    assert not world.failed
    world.window.painted["a"] = masks()
    world.presenter.save()
    assert "folder is read-only, so nothing can be saved in it" in world.sentence()


def test_what_another_window_saved_is_not_overwritten(world: World) -> None:
    Project.open(world.project.folder).update(name="theirs")
    world.presenter.set_state(["a"], "done")
    assert "was changed on the disk since it was read, maybe in another window" in world.sentence()
    assert Project.open(world.project.folder).document.name == "theirs"


def test_recent_projects_are_the_latest_first_and_there(worlds: Callable[[], World], tmp_path: Path) -> None:
    world = worlds()
    for name in ("one", "two", "three"):
        world.presenter.create(tmp_path / name)
    shutil.rmtree(tmp_path / "two")
    assert [folder.name for folder in recent_projects()] == ["three", "one"]
    world.presenter.open(tmp_path / "one" / PROJECT_FILE)
    assert [folder.name for folder in recent_projects()] == ["one", "three"]


def test_opening_the_open_project_again_reads_it_anew(world: World, tmp_path: Path) -> None:
    Project.open(tmp_path / "project").update(name="renamed")
    world.presenter.open(tmp_path / "project")
    assert not world.failed
    assert world.presenter.title.startswith("renamed: 3 images")


def test_a_class_becomes_absent_from_images_and_present_again(world: World, worlds: Callable[[], World]) -> None:
    def absent() -> dict[str, tuple[str, ...]]:
        return {row.name: row.absent for row in world.presenter.rows}

    world.presenter.set_absent(["a"], "myelin", True)
    world.presenter.set_absent(["a", "b"], "axon", True)
    assert absent() == {"a": ("myelin", "axon"), "b": ("axon",), "c": ()}
    world.presenter.set_absent(["a", "b"], "axon", False)
    assert absent() == {"a": ("myelin",), "b": (), "c": ()}
    folder = world.project.folder
    world.presenter.close()
    again = worlds()
    again.presenter.open(folder)
    assert again.project.image("a").absent == ("myelin",)
