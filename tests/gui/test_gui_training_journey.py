"""From two folders to masks in real windows, and from corrected masks to better ones; a training whose napari dies.

What is killed runs as a script in a process of its own: it begins the job by a click and waits for its end.
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
import tifffile
from qtpy.QtWidgets import QFileDialog, QPushButton

from dullphantoms import dull_phantom
from hands import choose_in_list, click, wait_until
from jobreaders import weights_of
from killed_jobs import run_undisturbed
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.core import AXON, MYELIN, LabelMap
from labelbridge.doctor.packages import DISTRIBUTION
from labelbridge.evaluate import score
from labelbridge.jobs import JobFolder
from labelbridge.plugin.viewer import class_layers, image_layers, mask_sets

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
L, U = sample_data_folder() / "tem_labeled", sample_data_folder() / "sem_unlabeled"
TUTORED = sample_data_folder() / "models" / "tutored"
DULL = (1, 101)
TRAINS_WITHIN_S = 900


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Homes of their own, and numbers that are the same on every computer."""
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


@pytest.mark.full
def test_a_tutorship_from_the_dock_to_masks_that_make_the_next_ones_better(
    make_napari_viewer: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlabeled = tmp_path / "sem"
    unlabeled.mkdir()
    truth: dict[str, LabelMap] = {}
    for seed in DULL:
        phantom, truth[phantom.name] = dull_phantom(seed, 384)
        tifffile.imwrite(unlabeled / f"{phantom.name}.tif", phantom.data)
    viewer = make_napari_viewer(show=True)
    open_docks(viewer)
    page = raised(viewer, "Train").page
    choose_folders(page, L, unlabeled, monkeypatch.setattr)
    choose_in_list(page.form.speed, page.form.speed.values.index("tiny"))
    wait_until(lambda: page.start.isEnabled() and bool(page.estimate.text()), 300)
    assert "8 images, 8 with labels" in page.form.found.facts.text()
    click(page.start)
    jobs = dock_of(viewer, "Jobs")
    wait_until(lambda: jobs.sentence.text().startswith("Finished."), TRAINS_WITHIN_S)
    assert jobs.presenter.selected.task == "tutorship"
    wait_until(jobs.masks.isEnabled)
    click(jobs.masks)
    wait_until(lambda: "Open the masks as the project" in jobs.messages.text)
    click(next(one for one in jobs.findChildren(QPushButton) if one.text() == "Open"))
    project = dock_of(viewer, "Project")
    wait_until(lambda: project.presenter.current is not None and not project.presenter.is_busy)
    (image,) = image_layers(viewer)
    masks = class_layers(viewer, image)
    assert set(masks) == {"axon", "myelin"}
    assert all(mask.editable and mask.data.shape == image.data.shape[:2] for mask in masks.values())
    assert {row.state for row in project.presenter.rows} == {"bootstrapped"}
    first, other = (row.name for row in project.presenter.rows)
    assert first == image.name
    correct(project, image, masks, truth[first])
    before, after = dice_of_masks_made_anew(viewer, other, (TUTORED, retrained(viewer)), truth[other])
    assert all(after[name] > before[name] + 0.05 for name in (AXON, MYELIN)), (before, after)


@pytest.mark.full
def test_a_training_outlives_the_napari_that_began_it(make_napari_viewer: Callable[..., Any], tmp_path: Path) -> None:
    job = JobFolder(begin_and_be_killed(tmp_path))
    process = job.status().process()
    assert process is not None, "the training has outlived its window"
    process.suspend()  # so that it is not over before the next window is open
    viewer = make_napari_viewer(show=True)
    open_docks(viewer)
    dock = raised(viewer, "Jobs")
    try:
        wait_until(lambda: [info.folder.path for info in dock.presenter.rows] == [job.path])
        wait_until(lambda: steps_of(dock) > 0)
        assert dock.presenter.selected.status.state == "running"
        before = steps_of(dock)
    finally:
        process.resume()
    wait_until(lambda: steps_of(dock) > before)
    click(dock.stop)
    wait_until(lambda: dock.presenter.selected.status.ending == "cancelled", TRAINS_WITHIN_S)
    wait_until(dock.resume.isEnabled)
    click(dock.resume)
    wait_until(lambda: dock.presenter.selected.status.ending == "finished", TRAINS_WITHIN_S)
    wait_until(lambda: "score" in dock.presenter.details.curves)
    steps = dock.presenter.details.curves["loss" if "loss" in dock.presenter.details.curves else "score"][0]
    assert np.all(np.diff(steps) > 0), "the curve goes on where it was"
    run_undisturbed("train-translator", tmp_path / "undisturbed", seed=0)
    assert weights_of(job.path) == weights_of(tmp_path / "undisturbed")


def begin_and_be_killed(folder: Path) -> Path:
    """Run `begin_a_job` in a process of its own and kill it once the job trains; return the job's folder."""
    path = os.pathsep.join([str(BENCHMARKS), str(sample_data_folder()), os.environ.get("PYTHONPATH", "")])
    variables = {**os.environ, "PYTHONPATH": path, "NAPARI_CONFIG": "", "QT_API": qtpy.API}
    ready = folder / "ready.json"
    with (folder / "first.log").open("wb") as log:
        first = subprocess.Popen([sys.executable, __file__, str(ready)], env=variables, stdout=log, stderr=log)
    try:
        until_s = time.monotonic() + 600
        while not ready.exists() and first.poll() is None and time.monotonic() < until_s:
            time.sleep(0.05)
        said = (folder / "first.log").read_text(encoding="utf-8")
        assert ready.exists(), said
        assert "Traceback" not in said
        computing = psutil.Process(first.pid).children(recursive=True)
    finally:
        first.kill()
        first.wait()
    job = Path(json.loads(ready.read_text(encoding="utf-8")))
    own = JobFolder(job).status().pid
    _, alive = psutil.wait_procs([one for one in computing if one.pid != own], timeout=10)
    assert not alive, "what computed for the window alone ends with it"
    return job


def begin_a_job(ready: Path) -> None:
    """Choose folders, preset and goal with the hands, press Start, and wait to be killed."""
    import napari

    viewer = napari.Viewer()
    viewer.window.resize(1280, 800)
    open_docks(viewer)
    page = raised(viewer, "Train").page
    choose_folders(page, L, U, setattr)
    choose_in_list(page.form.goal, [value[0] for value in page.form.goal.values].index("translator"))
    choose_in_list(page.form.speed, page.form.speed.values.index("tiny"))
    wait_until(page.start.isEnabled, 300)
    click(page.start)
    dock = dock_of(viewer, "Jobs")
    wait_until(lambda: steps_of(dock) > 0, 300)
    job = dock.presenter.selected.folder.path
    ready.with_suffix(".tmp").write_text(json.dumps(str(job)), encoding="utf-8")
    ready.with_suffix(".tmp").rename(ready)
    wait_until(lambda: False, timeout_s=300)


def open_docks(viewer: Any) -> None:
    from npe2 import PluginManager

    from labelbridge.plugin.window import add_docks

    plugins = PluginManager.instance()
    plugins.discover()
    add_docks(viewer, plugins.get_manifest(DISTRIBUTION), front="Train")


def correct(project: Any, image: Any, masks: dict[str, Any], truth: LabelMap) -> None:
    """Make the masks of the open image right, save them, and say that they are."""
    for name, mask in masks.items():
        mask.data[:] = truth.mask(name)
        mask.refresh()
    click(project.images.save)
    wait_until(lambda: not project.presenter.is_busy)
    project.images.table.select([image.name])
    click(project.images.done)
    wait_until(lambda: next(row.state for row in project.presenter.rows if row.name == image.name) == "done")


def retrained(viewer: Any) -> Path:
    """Let the sample model learn from the open project, and return the new one."""
    train, jobs = raised(viewer, "Train"), dock_of(viewer, "Jobs")
    train.tabs.setCurrentWidget(train.retrain_page)
    page = train.retrain_page
    wait_until(lambda: TUTORED in page.form.model.values)
    choose_in_list(page.form.model, page.form.model.values.index(TUTORED))
    choose_in_list(page.form.speed, page.form.speed.values.index("cpu"))
    wait_until(page.retrain.isEnabled, 120)
    assert "in 1 image, 1 of them as a whole" in page.form.found.text()
    click(page.retrain)
    wait_until(lambda: jobs.presenter.selected is not None and jobs.presenter.selected.task == "retrain")
    wait_until(lambda: jobs.sentence.text().startswith("Finished."), TRAINS_WITHIN_S)
    assert "the new model is better" in jobs.sentence.text()
    return Path(jobs.presenter.selected.folder.result)


def dice_of_masks_made_anew(
    viewer: Any, name: str, models: tuple[Path, ...], truth: LabelMap
) -> list[dict[str, float]]:
    """Open another image of the project, make its masks with each model, and return their Dice."""
    project = raised(viewer, "Project")
    project.images.table.select([name])
    click(project.images.open)
    wait_until(lambda: project.presenter.current == name and not project.presenter.is_busy)
    image = next(layer for layer in image_layers(viewer) if layer.name == name)
    viewer.layers.selection.active = image
    bootstrap = raised(viewer, "Bootstrap")
    found = []
    for model in models:
        count = len(mask_sets(viewer, image))
        wait_until(lambda model=model: model in bootstrap.form.model.values)
        choose_in_list(bootstrap.form.model, bootstrap.form.model.values.index(model))
        click(bootstrap.run)
        wait_until(lambda count=count: len(mask_sets(viewer, image)) > count and not bootstrap.presenter.is_busy, 300)
        found.append(dice_of(class_layers(viewer, image), truth))
    return found


def dice_of(layers: dict[str, Any], truth: LabelMap) -> dict[str, float]:
    masks = LabelMap.from_masks({name: layer.data > 0 for name, layer in layers.items()})
    return {name: one.dice for name, one in score(masks, truth).items()}


def dock_of(viewer: Any, name: str) -> Any:
    return viewer.window.dock_widgets[f"{name} (LabelBridge)"]


def raised(viewer: Any, name: str) -> Any:
    dock = dock_of(viewer, name)
    begun_s = time.monotonic()
    wait_until(lambda: time.monotonic() - begun_s > 0.5)  # tabs are made when the window is laid out
    dock.parent().raise_()
    return dock


def choose_folders(page: Any, labeled: Path, unlabeled: Path, set_attribute: Callable[..., None]) -> None:
    """Choose L and U in the dialogs that the buttons open."""
    for field, folder in ((page.form.labeled, labeled), (page.form.unlabeled, unlabeled)):
        set_attribute(QFileDialog, "getExistingDirectory", lambda *_, folder=folder: str(folder))
        click(field.button)


def steps_of(dock: Any) -> int:
    """Return up to which step the curves go."""
    curves = dock.presenter.details.curves
    return max((int(steps[-1]) for steps, _ in curves.values() if len(steps)), default=0)


if __name__ == "__main__":
    begin_a_job(Path(sys.argv[1]))
