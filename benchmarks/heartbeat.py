"""Does the window stay quick while it bootstraps? The event loop's heartbeat, beside that of plain napari.

A timer of 5 ms beats in the window; what counts is by how much a beat is late. `plain` adds the same layers to the same
image without LabelBridge, while one process keeps a core busy as the bootstrap does.

    python benchmarks/heartbeat.py --side 2048 --side 4096
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.io import read_image

__all__ = ["Heartbeat", "main", "tiled_sem"]

BEAT_MS = 5
_IMAGE = "sub-s1_sample-01_SEM.png"
_BUSY = "while True: pass"


class Heartbeat:
    """Measures by how much a timer of the event loop is late; make it in the window's thread."""

    def __init__(self) -> None:
        from qtpy.QtCore import Qt, QTimer

        self.late_ms: list[float] = []
        self._last_s = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin to beat."""
        self.late_ms.clear()
        self._last_s = time.perf_counter()
        self._timer.start()

    def stop(self) -> tuple[float, float, int]:
        """Stop, and return the 99th percentile and the maximum of the lateness in ms, and the number of beats."""
        self._beat()
        self._timer.stop()
        return float(np.percentile(self.late_ms, 99)), max(self.late_ms), len(self.late_ms)

    def _beat(self) -> None:
        now_s = time.perf_counter()
        self.late_ms.append(max(0.0, 1000 * (now_s - self._last_s) - BEAT_MS))
        self._last_s = now_s


def tiled_sem(side: int) -> np.ndarray:
    """Return the sample SEM image again and again: (side, side), float32."""
    image = read_image(sample_data_folder() / "sem_unlabeled" / "sub-s1" / "micr" / _IMAGE).data
    times = -(-side // image.shape[0])
    return np.ascontiguousarray(np.tile(image, (times, times))[:side, :side])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description="Heartbeat of the event loop while it bootstraps.")
    parser.add_argument("--side", type=int, action="append", help="side of the image in px; may be given again")
    sides = parser.parse_args(arguments).side or [2048]
    with tempfile.TemporaryDirectory(prefix="labelbridge-heartbeat-") as home:
        os.environ["LABELBRIDGE_HOME"] = home  # what the user chose in other windows stays
        _measure(sides)
    return 0


def _measure(sides: Sequence[int]) -> None:
    print(f"{'image':>12} {'what':>10} {'p99 ms':>8} {'max ms':>8} {'beats':>7} {'seconds':>8}")
    for side in sides:
        for what, measure in (("bootstrap", _bootstrapping), ("plain", _plain)):
            began_s = time.perf_counter()
            p99, most, beats = measure(side)
            taken_s = time.perf_counter() - began_s
            print(f"{side:>7}² px {what:>10} {p99:>8.1f} {most:>8.1f} {beats:>7} {taken_s:>8.1f}", flush=True)


def _bootstrapping(side: int) -> tuple[float, float, int]:
    """Run the sample tutorship's model with the Bootstrap dock, the second time, when the process is warm."""
    from labelbridge.plugin.widgets import BootstrapDock

    with _viewer(side) as viewer:
        dock = BootstrapDock(viewer)
        viewer.window.add_dock_widget(dock, name="Bootstrap", area="right")
        dock.presenter.choose(model=sample_data_folder() / "models" / "tutored", path=None, labeled=None)
        dock.presenter.preview((slice(0, 200), slice(0, 200)))
        _spin(lambda: not dock.presenter.is_busy)
        viewer.layers.remove("sem preview")
        _settle()
        heart = Heartbeat()
        heart.start()
        dock.run.click()
        _spin(lambda: not dock.presenter.is_busy and len(viewer.layers) >= 4)
        _settle()
        return heart.stop()


def _plain(side: int) -> tuple[float, float, int]:
    """Add an image and two label layers as a script would, while another process computes."""
    with _viewer(side) as viewer, _busy_process():
        heart = Heartbeat()
        heart.start()
        until_s = time.perf_counter() + 5
        _spin(lambda: time.perf_counter() > until_s)
        image = viewer.layers[0].data
        viewer.add_image(image, name="uncertainty", visible=False)
        for name, low in (("axon", 0.4), ("myelin", 0.7)):
            viewer.add_labels((image > low * image.max()).astype(np.uint8), name=name)
        _settle()
        return heart.stop()


@contextmanager
def _viewer(side: int) -> Iterator[Any]:
    import napari

    viewer = napari.Viewer()
    viewer.add_image(tiled_sem(side), name="sem")
    _settle()
    try:
        yield viewer
    finally:
        viewer.close()
        _settle()


@contextmanager
def _busy_process() -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", _BUSY]) as process:
        try:
            yield
        finally:
            process.kill()


def _settle() -> None:
    until_s = time.perf_counter() + 1
    _spin(lambda: time.perf_counter() > until_s)


def _spin(until: Callable[[], bool]) -> None:
    """Let the event loop run until something is so."""
    from qtpy.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    timer = QTimer()
    timer.timeout.connect(lambda: loop.quit() if until() else None)
    timer.start(20)
    loop.exec()


if __name__ == "__main__":
    sys.exit(main())
