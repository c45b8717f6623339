"""The whole way of an annotator in real windows: bootstrap, correct, be killed, restore, export.

The first day runs as a script in a process of its own, which is killed; the second day restores what it has left.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import qtpy
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog, QPushButton
from scipy import ndimage

from hands import choose_in_list, click, open_from_menu, press, wait_until
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.core import AXON, MYELIN
from labelbridge.io import find_masks, read_label_map, sha256_of
from labelbridge.plugin.viewer import class_layers, image_layers, mask_sets
from labelbridge.plugin.widgets.choicebox import ChoiceBox
from mousestrokes import Mouse

MODEL = sample_data_folder() / "models" / "tutored"
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SAMPLE = ("Open Sample", "LabelBridge", "SEM image (generated)")
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
CANCELS_WITHIN_S = 2.0
KEPT_WITHIN_S = 2.0
Masks = dict[str, np.ndarray]


@pytest.mark.full
def test_from_the_sample_image_to_exported_files_with_a_kill_between(
    make_napari_viewer: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    assert qtpy.API == os.environ["QT_API"]
    live_the_first_day_and_be_killed(tmp_path)
    left = {name: dict(np.load(tmp_path / f"{name}.npz")) for name in ("before the fill", "in the end")}
    counts = json.loads((tmp_path / "ready.json").read_text(encoding="utf-8"))

    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1280, 800)
    image = open_sample(viewer)
    dock = open_dock(viewer, "Refine")
    assert "was interrupted" in dock.offer.text
    click(next(button for button in dock.offer.findChildren(QPushButton) if button.text() == "Restore"))
    layers = class_layers(viewer, image)
    check_masks(layers, left["in the end"])
    wait_until(lambda: dock.presenter.counts() is not None)
    assert dealt_with(dock) == counts
    press(viewer, Qt.Key.Key_Z, CONTROL)
    check_masks(layers, left["before the fill"])
    press(viewer, Qt.Key.Key_Z, CONTROL | SHIFT)
    check_masks(layers, left["in the end"])
    exported = tmp_path / "exported"
    exported.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(exported))
    record = check_export(viewer, layers, image.name, exported)
    assert record["review"]["outcome"] == "reviewed"
    assert record["review"]["counts"]["corrected"] > 0


def live_the_first_day_and_be_killed(folder: Path) -> None:
    """Run `first_day` in a process of its own, and kill it once it is ready; what it has started ends as well."""
    path = os.pathsep.join([str(BENCHMARKS), os.environ.get("PYTHONPATH", "")])
    variables = {**os.environ, "PYTHONPATH": path, "NAPARI_CONFIG": "", "QT_API": qtpy.API}
    with (folder / "first day.log").open("wb") as log:
        day = subprocess.Popen([sys.executable, __file__, str(folder)], env=variables, stdout=log, stderr=log)
    try:
        until_s = time.monotonic() + 300
        while not (folder / "ready.json").exists() and day.poll() is None and time.monotonic() < until_s:
            time.sleep(0.1)
        said = (folder / "first day.log").read_text(encoding="utf-8")
        assert (folder / "ready.json").exists(), said
        assert "Traceback" not in said
        computing = psutil.Process(day.pid).children(recursive=True)
        assert computing, "the process that computes is kept warm"
    finally:
        day.kill()
        day.wait()
    _, alive = psutil.wait_procs(computing, timeout=10)
    assert not alive


def first_day(folder: Path) -> None:
    """Bootstrap, cancel, run again, paint, fill, undo, redo, next, accept; then wait to be killed."""
    import napari

    viewer = napari.Viewer()
    viewer.window.resize(1280, 800)
    image = open_sample(viewer)
    bootstrap(viewer, image)
    dock = open_dock(viewer, "Refine")
    click(dock.start.start)
    wait_until(lambda: dock.presenter.counts() is not None)
    viewer.reset_view()
    layers = class_layers(viewer, image)
    paint(viewer, layers)
    before, after = fill(viewer, dock, layers)
    press(viewer, Qt.Key.Key_Z, CONTROL)
    check_masks(layers, before)
    press(viewer, Qt.Key.Key_Z, CONTROL | SHIFT)
    check_masks(layers, after)
    accept_the_first_place(viewer, dock)
    for name, masks in (("before the fill", before), ("in the end", after)):
        np.savez(folder / f"{name}.npz", **masks)
    begun_s = time.monotonic()
    wait_until(lambda: time.monotonic() - begun_s > KEPT_WITHIN_S)
    (folder / "counts.json").write_text(json.dumps(dealt_with(dock)), encoding="utf-8")
    (folder / "counts.json").rename(folder / "ready.json")
    wait_until(lambda: False, timeout_s=300)


def open_sample(viewer: Any) -> Any:
    open_from_menu(viewer.window.file_menu, *SAMPLE)
    (image,) = image_layers(viewer)
    return image


def open_dock(viewer: Any, name: str) -> Any:
    """Open a dock from the menu, and raise it."""
    title = f"{name} (LabelBridge)"
    open_from_menu(viewer.window.plugins_menu, "LabelBridge", title)
    dock = viewer.window.dock_widgets[title]
    dock.parent().raise_()
    return dock


def bootstrap(viewer: Any, image: Any) -> None:
    dock = open_dock(viewer, "Bootstrap")
    choose_in_list(dock.form.model, dock.form.model.values.index(MODEL))
    click(dock.run)
    begun_s = time.monotonic()
    wait_until(lambda: time.monotonic() - begun_s > 0.5)
    assert dock.presenter.is_busy
    click(dock.cancel)
    wait_until(lambda: not dock.presenter.is_busy, CANCELS_WITHIN_S)
    assert "Cancelled." in dock.messages.text
    assert not mask_sets(viewer, image)
    click(dock.run)
    wait_until(lambda: not dock.presenter.is_busy, 180)
    assert not dock.messages.details, dock.messages.details
    assert set(class_layers(viewer, image)) == {AXON, MYELIN}


def paint(viewer: Any, layers: Any) -> None:
    """Paint a myelin stroke, which takes the axon away there."""
    press(viewer, Qt.Key.Key_W)
    Mouse(viewer, layers[MYELIN]).stroke([(30, 30), (30, 60), (40, 90)])
    assert layers[MYELIN].data[30, 45]
    assert not layers[AXON].data[30, 45]


def fill(viewer: Any, dock: Any, layers: Any) -> tuple[Masks, Masks]:
    """Rub a hole into an axon and fill it; return the masks with the hole, and those without."""
    mouse = Mouse(viewer, layers[AXON])
    row, column = middle_of_an_axon(layers[AXON].data)
    press(viewer, Qt.Key.Key_Q)
    press(viewer, Qt.Key.Key_E)
    layers[AXON].brush_size = 5
    mouse.stroke([(row, column - 3), (row, column + 3)])
    assert not layers[AXON].data[row, column]
    before = copy_of(layers)
    box = dock.repair.findChild(ChoiceBox)
    choose_in_list(box, next(row for row in range(box.count()) if box.itemText(row).startswith("Fill")))
    mouse.click((row, column))
    assert not layers[AXON].data[row, column], "only previewed"
    press(viewer, Qt.Key.Key_Return)
    assert layers[AXON].data[row, column]
    press(viewer, Qt.Key.Key_Escape)
    return before, copy_of(layers)


def accept_the_first_place(viewer: Any, dock: Any) -> None:
    press(viewer, Qt.Key.Key_N)
    wait_until(lambda: dock.presenter.place is not None)
    place, before = dock.presenter.place, dock.presenter.counts()
    press(viewer, Qt.Key.Key_G)
    wait_until(lambda: dock.presenter.place.key != place.key)
    assert dock.presenter.counts()["unseen"] == before["unseen"] - 1


def dealt_with(dock: Any) -> dict[str, int]:
    """Return how many places were accepted and corrected; without uncertainty fewer others are listed."""
    return {state: count for state, count in dock.presenter.counts().items() if state != "unseen"}


def check_export(viewer: Any, layers: Any, image: str, folder: Path) -> dict[str, Any]:
    """Export in two formats, read both back, compare them with what is shown, and return the record."""
    dock = open_dock(viewer, "Export")
    QTest.keyClick(dock.export.formats["ome-tiff"], Qt.Key.Key_Space)
    click(dock.export.folder.button)
    click(dock.export.button)
    wait_until(lambda: not dock.presenter.is_busy)
    assert not dock.messages.details, dock.messages.details
    target = folder / f"{image}_masks"
    for name in ("axondeepseg", "ome-tiff"):
        saved = read_label_map(find_masks(target / name)[image])
        for class_, layer in layers.items():
            np.testing.assert_array_equal(saved.mask(class_), layer.data != 0, err_msg=name)
    record: dict[str, Any] = json.loads((target / f"{image}_provenance.json").read_text(encoding="utf-8"))
    assert len(record["outputs"]) >= 4
    for file, digest in record["outputs"].items():
        assert sha256_of(target / file) == digest
    return record


def check_masks(layers: Any, masks: Masks) -> None:
    for name, mask in masks.items():
        np.testing.assert_array_equal(layers[name].data, mask, err_msg=name)


def copy_of(layers: Any) -> Masks:
    return {name: layer.data.copy() for name, layer in layers.items()}


def middle_of_an_axon(mask: np.ndarray) -> tuple[int, int]:
    """Return the pixel that lies deepest in the mask, away from what was painted and from the border."""
    inner = ndimage.distance_transform_edt(mask)
    inner[:120] = inner[-60:] = inner[:, :60] = inner[:, -60:] = 0
    row, column = np.unravel_index(np.argmax(inner), inner.shape)
    return int(row), int(column)


if __name__ == "__main__":
    first_day(Path(sys.argv[1]))
