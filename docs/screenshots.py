"""Take the pictures of the docks that the pages show: each dock, dark and light, in two sizes of the window.

A window is used as an annotator uses it, on generated images, with homes and settings of its own.

    xvfb-run -s "-screen 0 1920x1080x24" python docs/screenshots.py
"""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image as Picture

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from hands import choose_in_list, click, press, wait_until
from jobfolders import make_jobs
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.doctor.packages import DISTRIBUTION
from labelbridge.jobs import JobStore

PICTURES = Path(__file__).parent / "pictures"
DOCKS = ("Bootstrap", "Refine", "Export", "Project", "Train", "Jobs")
THEMES = ("dark", "light")
SIZES = ((1280, 800), (1920, 1080))
COLOURS = 160
JOBS, EVENTS = 5, 20_000
SETTLED_MS = 1_000


def main() -> None:
    """Bootstrap, correct, evaluate, open a project, watch jobs, plan a training; then take a picture of each dock."""
    with TemporaryDirectory() as folder:
        os.environ |= {"LABELBRIDGE_HOME": folder, "NAPARI_CONFIG": ""}
        viewer = open_window()
        make_project(viewer, Path(folder) / "mouse sciatic nerve")
        bootstrap(viewer)
        correct(viewer)
        evaluate(viewer)
        watch_jobs(viewer)
        plan_training(viewer)
        take_pictures(viewer)
        viewer.close()


def open_window() -> Any:
    """Open napari with all docks."""
    import napari
    from npe2 import PluginManager

    from labelbridge.plugin.window import add_docks

    viewer = napari.Viewer(title="LabelBridge")
    viewer.window.resize(*SIZES[0])
    plugins = PluginManager.instance()
    plugins.discover()
    add_docks(viewer, plugins.get_manifest(DISTRIBUTION), front=DOCKS[0])
    settle()
    return viewer


def dock_of(viewer: Any, name: str) -> Any:
    """Return a dock, raised."""
    dock = viewer.window.dock_widgets[f"{name} (LabelBridge)"]
    dock.parent().raise_()
    settle()
    return dock


def make_project(viewer: Any, folder: Path) -> None:
    """Make a project of the generated SEM images and open the first of them."""
    folder.mkdir()
    presenter = dock_of(viewer, "Project").presenter
    presenter.create(folder)
    wait_until(lambda: presenter.opened is not None and not presenter.is_busy)
    presenter.add([sample_data_folder() / "sem_unlabeled"])
    wait_until(lambda: len(presenter.rows) > 1 and not presenter.is_busy)
    presenter.open_image(presenter.rows[0].name)
    wait_until(lambda: len(viewer.layers) > 0 and not presenter.is_busy)


def bootstrap(viewer: Any) -> None:
    """Make the first masks with the sample model."""
    dock = dock_of(viewer, "Bootstrap")
    choose_in_list(dock.form.model, dock.form.model.values.index(sample_data_folder() / "models" / "tutored"))
    click(dock.run)
    wait_until(lambda: not dock.presenter.is_busy, 300)


def correct(viewer: Any) -> None:
    """Begin to correct, accept two places and look at the third."""
    dock = dock_of(viewer, "Refine")
    click(dock.start.start)
    wait_until(lambda: dock.presenter.counts() is not None)
    from qtpy.QtCore import Qt

    for key in (Qt.Key.Key_N, Qt.Key.Key_G, Qt.Key.Key_G):
        before = dock.presenter.place
        press(viewer, key)
        wait_until(lambda before=before: dock.presenter.place is not before)


def evaluate(viewer: Any) -> None:
    """Compare the masks with the truth."""
    presenter = dock_of(viewer, "Export").presenter
    presenter.choose_truth(sample_data_folder() / "truth" / "sem_unlabeled")
    presenter.evaluate()
    wait_until(lambda: not presenter.is_busy)


def plan_training(viewer: Any) -> None:
    """Choose images to train on, and wait until it is known what that takes."""
    presenter = dock_of(viewer, "Train").presenter
    samples = sample_data_folder()
    presenter.choose(labeled=samples / "tem_labeled", unlabeled=samples / "sem_unlabeled")
    wait_until(lambda: presenter.look.trial is not None, 300)


def watch_jobs(viewer: Any) -> None:
    """Look at a training that is half done."""
    make_jobs(JobStore().root, JOBS, EVENTS)
    presenter = dock_of(viewer, "Jobs").presenter
    wait_until(lambda: len(presenter.rows) == JOBS and len(presenter.details.curves) > 0)


def take_pictures(viewer: Any) -> None:
    """Save each dock in each theme and size."""
    PICTURES.mkdir(exist_ok=True)
    for theme in THEMES:
        viewer.theme = theme
        for width, height in SIZES:
            viewer.window.resize(width, height)
            for name in DOCKS:
                dock_of(viewer, name)
                save(viewer, PICTURES / f"{name.lower()}-{theme}-{width}x{height}.png")


def save(viewer: Any, file: Path) -> None:
    """Save the window, in few colours because the repository is kept light."""
    pixels = np.asarray(viewer.window.screenshot(canvas_only=False, flash=False))[..., :3]
    Picture.fromarray(pixels).quantize(COLOURS, dither=Picture.Dither.NONE).save(file, optimize=True)


def settle() -> None:
    """Let the window draw itself."""
    from qtpy.QtTest import QTest

    QTest.qWait(SETTLED_MS)


if __name__ == "__main__":
    main()
