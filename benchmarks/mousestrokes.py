"""Strokes of a real mouse on napari's canvas, for benchmarks and tests."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["Mouse"]

_REST_S = 0.02

Pixel = tuple[float, float]


class Mouse:
    """Presses, moves and releases the left button where pixels of a layer are shown.

    Parameters
    ----------
    viewer
        A `napari.Viewer` with its window.
    layer
        The layer whose rows and columns count.
    """

    def __init__(self, viewer: Any, layer: Any) -> None:
        self._viewer, self._layer = viewer, layer
        self._canvas = viewer.window._qt_viewer.canvas.native  # noqa: SLF001 # the only way to it

    def press(self, at: Pixel) -> None:
        """Press the button at a pixel."""
        self._send("MouseButtonPress", at, is_down=True)

    def move(self, to: Pixel, *, is_down: bool = True, rests: bool = True) -> None:
        """Move to a pixel, with the button down or not; rests before unless the caller has done so."""
        if rests:
            self.rest()
        self._send("MouseMove", to, is_down=is_down)

    def rest(self) -> None:
        """Wait until the next move counts: of moves in quick succession napari takes only some."""
        from qtpy.QtWidgets import QApplication

        until_s = time.perf_counter() + _REST_S
        while time.perf_counter() < until_s:
            QApplication.processEvents()
            time.sleep(_REST_S / 10)

    def release(self, at: Pixel) -> None:
        """Release the button at a pixel."""
        self._send("MouseButtonRelease", at, is_down=False)

    def click(self, at: Pixel) -> None:
        """Press and release."""
        self.press(at)
        self.release(at)

    def stroke(self, along: Sequence[Pixel]) -> None:
        """Press at the first pixel, move along the others, release at the last one."""
        self.press(along[0])
        for pixel in along[1:]:
            self.move(pixel)
        self.release(along[-1])

    def on_canvas(self, pixel: Pixel) -> np.ndarray:
        """Return y and x of a pixel on the canvas."""
        camera = self._viewer.scene.camera
        away = np.asarray(self._layer.data_to_world(pixel)[-2:]) - np.asarray(camera.center[-2:])
        return away * camera.zoom + np.asarray(self._viewer.canvas.size) / 2

    def _send(self, kind: str, pixel: Pixel, *, is_down: bool) -> None:
        from qtpy.QtCore import QEvent, QPointF, Qt
        from qtpy.QtGui import QMouseEvent
        from qtpy.QtWidgets import QApplication

        y, x = self.on_canvas(pixel)
        place, button = QPointF(x, y), Qt.MouseButton
        event = QMouseEvent(
            getattr(QEvent.Type, kind),
            place,
            self._canvas.mapToGlobal(place),
            button.NoButton if kind == "MouseMove" else button.LeftButton,
            button.LeftButton if is_down else button.NoButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(self._canvas, event)
