"""What users do to layers that nobody expects: a clear sentence each, no dead button, nothing lost."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.utils._proxies import PublicOnlyProxy
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QPushButton

from hands import click, press
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.core import AXON, MYELIN, ModelCard
from labelbridge.io import read_image
from labelbridge.io.modelfolder import CARD
from labelbridge.plugin.viewer import add_class_layers, class_layers
from labelbridge.plugin.widgets.bootstrap import BootstrapDock
from labelbridge.plugin.widgets.refine import RefineDock
from mousestrokes import Mouse

SEM = sample_data_folder() / "sem_unlabeled" / "sub-s1" / "micr" / "sub-s1_sample-01_SEM.png"
TUTORED = sample_data_folder() / "models" / "tutored"
SHAPE = (60, 80)
Viewers = Callable[..., Any]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path))


@pytest.fixture
def viewer(make_napari_viewer: Viewers) -> Any:
    return make_napari_viewer(show=True)


@pytest.fixture
def refine(viewer: Any) -> Iterator[RefineDock]:
    dock = RefineDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(dock, name="Refine")
    yield dock
    dock.refining.close()


@pytest.fixture
def bootstrap(viewer: Any) -> BootstrapDock:
    """The dock with a model chosen."""
    dock = BootstrapDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(dock, name="Bootstrap")
    dock.presenter.choose(model=TUTORED)
    return dock


def crop() -> np.ndarray:
    return read_image(SEM).data[:200, :240]


def finish(qtbot: QtBot, dock: BootstrapDock) -> None:
    qtbot.waitUntil(lambda: not dock.presenter.is_busy, timeout=120_000)


def masks(shape: tuple[int, ...] = SHAPE, dtype: Any = np.uint8) -> dict[str, np.ndarray]:
    made = {name: np.zeros(shape, dtype) for name in (AXON, MYELIN)}
    made[AXON][..., 10:20, 10:20] = 1
    return made


# During a run


def test_layers_that_change_while_masks_are_computed(viewer: Any, bootstrap: BootstrapDock, qtbot: QtBot) -> None:
    image = viewer.add_image(crop(), name="sem")
    click(bootstrap.run)
    image.name = "renamed"
    finish(qtbot, bootstrap)
    assert list(class_layers(viewer, image)) == [AXON, MYELIN]
    assert "renamed axon" in viewer.layers

    click(bootstrap.run)
    image.data = crop() + 1
    finish(qtbot, bootstrap)
    assert "was replaced during the run" in bootstrap.messages.text
    assert "renamed axon 2" not in viewer.layers

    click(bootstrap.run)
    viewer.layers.remove(image)
    finish(qtbot, bootstrap)
    assert "was removed during the run" in bootstrap.messages.text
    assert viewer.layers["renamed axon 2"].data.shape == crop().shape
    assert not bootstrap.messages.details
    assert bootstrap.progress.isHidden()


def test_all_layers_that_go_during_a_run_leave_no_dead_button(
    viewer: Any, bootstrap: BootstrapDock, qtbot: QtBot
) -> None:
    viewer.add_image(crop(), name="sem")
    click(bootstrap.run)
    viewer.layers.clear()
    click(bootstrap.cancel)
    finish(qtbot, bootstrap)
    assert not bootstrap.run.isEnabled()
    assert bootstrap.hint.text().startswith("Open the image")
    viewer.add_image(crop(), name="again")
    assert bootstrap.run.isEnabled()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.full(SHAPE, np.nan), "NaN"),
        (np.zeros((2, 3), np.float32), "got an image of 3 x 2 px"),
    ],
)
def test_an_image_that_cannot_be_bootstrapped_is_one_sentence(
    viewer: Any, bootstrap: BootstrapDock, qtbot: QtBot, data: np.ndarray, words: str
) -> None:
    viewer.add_image(data, name="odd", contrast_limits=(0, 1))
    click(bootstrap.run)
    finish(qtbot, bootstrap)
    assert words in bootstrap.messages.text
    assert not bootstrap.messages.details
    assert bootstrap.run.isEnabled()


def test_a_model_without_axon_is_told_before_anything_runs(
    viewer: Any, bootstrap: BootstrapDock, tmp_path: Path
) -> None:
    folder = tmp_path / "models" / "nuclei"
    (folder / "fold_0").mkdir(parents=True)
    card = ModelCard(name="nuclei", classes=("background", "nucleus"))
    (folder / CARD).write_text(card.model_dump_json(), encoding="utf-8")
    (folder / "fold_0" / "model.safetensors").write_bytes(b"")
    viewer.add_image(crop(), name="sem")
    bootstrap.presenter.choose(model=None)
    again = BootstrapDock(PublicOnlyProxy(viewer))
    viewer.window.add_dock_widget(again, name="Again")
    again.presenter.choose(model=folder)
    assert "no axon and no myelin; choose another model" in again.hint.text()
    assert not again.run.isEnabled()
    assert not again.preview.isEnabled()


# Images that are corrected


@pytest.mark.parametrize(
    ("data", "more"),
    [
        (np.zeros((*SHAPE, 3), np.uint8), {"rgb": True}),
        (np.full(SHAPE, np.nan), {"contrast_limits": (0, 1)}),
        (np.arange(60 * 80, dtype=np.int32).reshape(SHAPE) - 1000, {}),
        ([np.zeros(SHAPE), np.zeros((30, 40))], {"multiscale": True}),
    ],
    ids=["colour", "NaN", "int32", "multiscale"],
)
def test_any_plane_can_be_corrected(viewer: Any, refine: RefineDock, qtbot: QtBot, data: Any, more: Any) -> None:
    image = viewer.add_image(data, name="any", **more)
    click(refine.start.start)
    assert refine.refining.correcting is not None
    press(viewer, Qt.Key.Key_Q)
    axon = class_layers(viewer, image)[AXON]
    viewer.reset_view()
    Mouse(viewer, axon).stroke([(30, 30), (30, 50)])
    assert axon.data[30, 40] == 1
    press(viewer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not axon.data.any()


@pytest.mark.parametrize(
    ("data", "more", "words"),
    [
        (np.zeros((4, *SHAPE)), {}, "got an image of 3 axes, expected a single plane"),
        (np.zeros((4, *SHAPE, 3), np.uint8), {"rgb": True}, "got an image of 3 axes, expected a single plane"),
    ],
    ids=["stack", "stack of colours"],
)
def test_what_is_no_plane_is_one_sentence(
    viewer: Any, refine: RefineDock, data: np.ndarray, more: Any, words: str
) -> None:
    viewer.add_image(data, name="odd", **more)
    click(refine.start.start)
    assert words in refine.said.text()
    assert refine.refining.correcting is None
    assert refine.start.start.isEnabled()


# Masks that are corrected


def test_masks_of_other_whole_numbers_can_be_corrected(viewer: Any, refine: RefineDock) -> None:
    viewer.add_image(np.zeros(SHAPE), name="sem")
    for name, mask in masks(dtype=np.int32).items():
        viewer.add_labels(mask, name=f"sem {name}")
    click(refine.start.start)
    axon = viewer.layers["sem axon"]
    assert axon.data.dtype == np.uint8
    assert axon.data.sum() == 100
    press(viewer, Qt.Key.Key_Q)
    viewer.reset_view()
    Mouse(viewer, axon).stroke([(40, 30), (40, 50)])
    assert axon.data[40, 40] == 1


def test_numbered_fibres_are_no_mask(viewer: Any, refine: RefineDock) -> None:
    viewer.add_image(np.zeros(SHAPE), name="sem")
    numbered = masks(dtype=np.int32)
    numbered[AXON][30:40, 30:40] = 2
    for name, mask in numbered.items():
        viewer.add_labels(mask, name=f"sem {name}")
    click(refine.start.start)
    assert "got 2 labels beside the background, expected a mask of 0 and 1" in refine.said.text()
    assert set(np.unique(viewer.layers["sem axon"].data)) == {0, 1, 2}


@pytest.mark.parametrize("shape", [(5, 5), (3, *SHAPE)])
def test_labels_of_another_shape_are_one_sentence(viewer: Any, refine: RefineDock, shape: tuple[int, ...]) -> None:
    viewer.add_image(np.zeros(SHAPE), name="sem")
    for name in (AXON, MYELIN):
        viewer.add_labels(np.zeros(shape, np.uint8), name=f"sem {name}")
    click(refine.start.start)
    assert f"got a mask of shape {shape}" in refine.said.text()
    assert refine.refining.correcting is None


# While masks are corrected


@pytest.fixture
def corrected(viewer: Any, refine: RefineDock, qtbot: QtBot) -> Any:
    """An image whose masks are being corrected, with one stroke."""
    image = viewer.add_image(crop()[:60, :80], name="sem")
    add_class_layers(viewer, image, masks())
    click(refine.start.start)
    qtbot.waitUntil(lambda: refine.presenter.counts() is not None, timeout=30_000)
    viewer.reset_view()
    press(viewer, Qt.Key.Key_Q)
    Mouse(viewer, viewer.layers["sem axon"]).stroke([(40, 30), (40, 50)])
    return image


def test_an_image_that_is_deleted_takes_no_mask_with_it(
    viewer: Any, refine: RefineDock, corrected: Any, qtbot: QtBot
) -> None:
    axon = viewer.layers["sem axon"]
    painted = axon.data.copy()
    viewer.layers.remove(corrected)
    press(viewer, Qt.Key.Key_N)
    press(viewer, Qt.Key.Key_Q)
    Mouse(viewer, axon).stroke([(50, 30), (50, 50)])
    assert axon.data[50, 40] == 1
    press(viewer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(axon.data, painted)
    click(refine.start.start)
    assert refine.refining.correcting is None
    viewer.add_image(crop()[:60, :80], name="sem opened again")
    assert "Go on with those masks?" in refine.offer.text


def test_another_image_of_the_same_size_is_told(viewer: Any, refine: RefineDock, corrected: Any) -> None:
    corrected.data = np.zeros(SHAPE)
    assert "belong to the one before" in refine.problem.text
    assert refine.refining.correcting is not None


@pytest.mark.parametrize("data", [np.zeros((20, 30)), np.zeros((3, *SHAPE))], ids=["smaller", "stack"])
def test_another_image_of_another_shape_ends_it_and_keeps_all(
    viewer: Any, refine: RefineDock, corrected: Any, data: np.ndarray
) -> None:
    painted = viewer.layers["sem axon"].data.copy()
    before = corrected.data
    corrected.data = data
    assert "correcting has stopped" in refine.said.text()
    assert refine.refining.correcting is None
    corrected.data = before
    click(refine.start.start)
    click(refine.start.start)
    click(next(button for button in refine.offer.findChildren(QPushButton) if button.text() == "Restore"))
    np.testing.assert_array_equal(class_layers(viewer, corrected)[AXON].data, painted)


def test_everything_is_deleted_at_once(viewer: Any, refine: RefineDock, corrected: Any) -> None:
    viewer.layers.clear()
    assert refine.refining.correcting is None
    assert "was deleted" in refine.said.text()
    assert not refine.start.start.isEnabled()
    viewer.add_image(crop()[:60, :80], name="sem")
    click(next(button for button in refine.offer.findChildren(QPushButton) if button.text() == "Restore"))
    assert viewer.layers["sem axon"].data[40, 40] == 1


def test_renamed_layers_are_corrected_on_and_restored(viewer: Any, refine: RefineDock, corrected: Any) -> None:
    axon = viewer.layers["sem axon"]
    corrected.name, axon.name = "other", "another"
    Mouse(viewer, axon).stroke([(50, 30), (50, 50)])
    painted = axon.data.copy()
    click(refine.start.start)
    assert "Go on with those masks?" in refine.offer.text
    click(next(button for button in refine.offer.findChildren(QPushButton) if button.text() == "Restore"))
    np.testing.assert_array_equal(class_layers(viewer, corrected)[AXON].data, painted)


def test_another_image_that_is_added_disturbs_nothing(viewer: Any, refine: RefineDock, corrected: Any) -> None:
    viewer.add_image(np.zeros((3, 10, 10)), name="stack")
    axon = viewer.layers["sem axon"]
    viewer.layers.selection.active = axon
    axon.data_setitem((np.array([5]), np.array([5])), 1)
    assert axon.data[5, 5] == 1
    press(viewer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert axon.data[5, 5] == 0
    assert refine.refining.correcting is not None
