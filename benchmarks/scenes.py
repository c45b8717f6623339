"""Windows with a large image and its masks, plain or corrected by LabelBridge; for benchmarks and tests."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.io import find_masks, read_image, read_label_map

__all__ = [
    "add_masks",
    "open_empty_dock",
    "open_image",
    "open_refine_dock",
    "tiled_masks",
    "tiled_sem",
    "wait",
    "wait_until",
]

_STEM = "sub-s1_sample-01_SEM"
_LOOK_EVERY_S = 0.005
_DOCK_PX = 340


def tiled_sem(side: int) -> np.ndarray:
    """Return the sample SEM image again and again: (side, side), float32."""
    image = read_image(sample_data_folder() / "sem_unlabeled" / "sub-s1" / "micr" / f"{_STEM}.png").data
    return _tiled(image, side)


def tiled_masks(side: int) -> dict[str, np.ndarray]:
    """Return the true masks of the image that `tiled_sem` repeats, as often: each (side, side), uint8."""
    labels = read_label_map(find_masks(sample_data_folder() / "truth" / "sem_unlabeled")[_STEM])
    return {name: _tiled(labels.mask(name), side).astype(np.uint8) for name in labels.classes.foreground}


def open_image(side: int) -> Any:
    """Open a window of 1280 x 800 with the image, in a layer named ``sem``."""
    import napari

    viewer = napari.Viewer()
    viewer.window.resize(1280, 800)
    viewer.add_image(tiled_sem(side), name="sem")
    wait(0.5)
    return viewer


def add_masks(viewer: Any, side: int, field_px: int) -> None:
    """Add the masks, and show a field of this side in the middle of the image."""
    from labelbridge.plugin.viewer import add_class_layers, centre_on

    image = viewer.layers["sem"]
    add_class_layers(viewer, image, tiled_masks(side))
    start = (side - min(side, field_px)) // 2
    field = slice(start, start + min(side, field_px))
    centre_on(viewer, image, (field, field))
    wait(0.5)


def open_refine_dock(viewer: Any, folder: Path) -> Any:
    """Open the Refine dock; journals go below `folder`. A click on `start.start` begins to correct the masks."""
    from labelbridge.plugin.widgets.refine import RefineDock

    os.environ["LABELBRIDGE_HOME"] = str(folder)
    dock = RefineDock(viewer)
    dock.setFixedWidth(_DOCK_PX)
    viewer.window.add_dock_widget(dock, name="Refine", area="right")
    wait(0.5)
    return dock


def open_empty_dock(viewer: Any) -> None:
    """Open a dock as wide as the Refine dock: a window that is compared with another must draw a field as large."""
    from qtpy.QtWidgets import QWidget

    dock = QWidget()
    dock.setFixedWidth(_DOCK_PX)
    viewer.window.add_dock_widget(dock, name="Nothing", area="right")
    wait(0.5)


def wait(seconds: float) -> None:
    """Let the window live for a time."""
    until_s = time.perf_counter() + seconds
    wait_until(lambda: time.perf_counter() >= until_s)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Let the window live until something is so."""
    from qtpy.QtWidgets import QApplication

    while not is_so():
        QApplication.processEvents()
        time.sleep(_LOOK_EVERY_S)


def _tiled(plane: np.ndarray, side: int) -> np.ndarray:
    times = -(-side // plane.shape[0])
    return np.ascontiguousarray(np.tile(plane, (times, times))[:side, :side])
