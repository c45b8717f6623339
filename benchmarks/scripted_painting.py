"""A painting session in a real window that goes on until it is killed, and says in a side file what it does.

Run by `killed_painting.py` in a process of its own. It opens the sample image, restores through the Refine dock what an
earlier session has left or begins with the sample's masks, and then paints, fills, undoes, redoes and accepts at random
with a real mouse and real keys. The side file gets a line before and after each act, and one for each move of the mouse
with what the masks are then.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

import numpy as np

from hands import click, press, wait_until
from mousestrokes import Mouse

__all__ = ["digest_of", "main"]

_SHAPE = (512, 512)
_BRUSHES = (3, 10, 25)
_MOVES = (1, 15)
_STEP_PX = 8.0
_CHANCE_OF_A_REST = 0.05
_CHANCE_OF_THE_ERASER = 0.25
_REST_S = 0.7
"""Longer than a stroke is kept in memory: parts of it reach the journal while the button is down."""


def digest_of(layers: Any) -> str:
    """Return what tells the masks of classes from others, by the classes' names each (Y, X), uint8."""
    digest = blake2b(digest_size=16)
    for name in sorted(layers):
        digest.update(np.ascontiguousarray(layers[name]).data)
    return digest.hexdigest()


class Diary:
    """The side file.

    Parameters
    ----------
    file
        Where lines go; each is with the system before the next thing is done, so that it outlives the process.
    layers
        Class layers of the viewer by name.
    """

    def __init__(self, file: IO[str], layers: Any) -> None:
        self._file, self._layers = file, layers

    def note(self, act: str, step: str) -> None:
        """Write when and what was done, and what the masks are: step is ``begins``, ``goes on`` or ``ends``."""
        state = digest_of({name: layer.data for name, layer in self._layers.items()})
        line = {"time_s": time.time(), "act": act, "step": step, "state": state}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


class Painter:
    """Does one random act after the other.

    Parameters
    ----------
    viewer
        The window's viewer.
    layers
        The class layers that are corrected, by name.
    diary
        Where it says what it does.
    chance
        What is done, and where.
    """

    def __init__(self, viewer: Any, layers: Any, diary: Diary, chance: random.Random) -> None:
        self._viewer, self._layers, self._diary, self._chance = viewer, layers, diary, chance
        self._mouse = Mouse(viewer, layers["axon"])

    def act(self) -> None:
        """Do one thing."""
        acts: tuple[tuple[Callable[[], object], int], ...] = (
            (self._stroke, 10),
            (self._fill, 1),
            (self._undo, 4),
            (self._redo, 3),
            (self._accept, 1),
        )
        does, weights = zip(*acts, strict=True)
        self._chance.choices(does, weights)[0]()

    def _keep(self, act: str, does: Callable[[], object]) -> None:
        """Do something in one go and write it down."""
        self._diary.note(act, "begins")
        does()
        self._mouse.rest()
        self._diary.note(act, "ends")

    def _stroke(self) -> None:
        from qtpy.QtCore import Qt

        keys = Qt.Key
        press(self._viewer, self._chance.choice((keys.Key_Q, keys.Key_W)))
        if self._chance.random() < _CHANCE_OF_THE_ERASER:
            press(self._viewer, keys.Key_E)
        self._active().brush_size = self._chance.choice(_BRUSHES)
        place = self._place()
        self._diary.note("stroke", "begins")
        self._mouse.press(place)
        self._diary.note("stroke", "goes on")
        for _ in range(self._chance.randint(*_MOVES)):
            place = self._beside(place)
            self._mouse.move(place)
            self._diary.note("stroke", "goes on")
            if self._chance.random() < _CHANCE_OF_A_REST:
                _rest()
        self._mouse.release(place)
        self._diary.note("stroke", "ends")

    def _fill(self) -> None:
        from qtpy.QtCore import Qt

        press(self._viewer, self._chance.choice((Qt.Key.Key_Q, Qt.Key.Key_W)))
        self._active().mode = "fill"
        place = self._place()
        self._keep("stroke", lambda: self._mouse.click(place))

    def _undo(self) -> None:
        from qtpy.QtCore import Qt

        control = Qt.KeyboardModifier.ControlModifier
        self._keep("undo", lambda: press(self._viewer, Qt.Key.Key_Z, control))

    def _redo(self) -> None:
        from qtpy.QtCore import Qt

        both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        self._keep("redo", lambda: press(self._viewer, Qt.Key.Key_Z, both))

    def _accept(self) -> None:
        """Go to a place and accept it: changes no pixel, and puts a note between the edits."""
        from qtpy.QtCore import Qt

        def go_and_accept() -> None:
            press(self._viewer, Qt.Key.Key_N)
            press(self._viewer, Qt.Key.Key_G)

        self._keep("accept", go_and_accept)
        self._viewer.reset_view()

    def _active(self) -> Any:
        return self._viewer.layers.selection.active

    def _place(self) -> tuple[float, float]:
        return (self._chance.uniform(20, _SHAPE[0] - 20), self._chance.uniform(20, _SHAPE[1] - 20))

    def _beside(self, place: tuple[float, float]) -> tuple[float, float]:
        row, column = (
            min(max(one + self._chance.uniform(-_STEP_PX, _STEP_PX), 5.0), side - 5.0)
            for one, side in zip(place, _SHAPE, strict=True)
        )
        return row, column


def main() -> None:
    """Open the window, restore or begin, paint until killed; with ``look`` instead of ``paint`` end after that."""
    import napari

    path, seed, wish = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    viewer = napari.Viewer()
    viewer.open_sample("napari-labelbridge", "sem-masks")
    viewer.window.resize(1280, 800)
    viewer.reset_view()
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"time_s": time.time(), "act": "window"}) + "\n")
        file.flush()
        dock = _open_dock(viewer)
        diary = Diary(file, dock.refining.correcting.layers)
        diary.note("opened", "ends")
        if wish == "paint":
            painter = Painter(viewer, dock.refining.correcting.layers, diary, random.Random(seed))
            while True:
                painter.act()
    viewer.close()


def _open_dock(viewer: Any) -> Any:
    """Open the Refine dock and restore what it offers; else correct the masks that are there."""
    from qtpy.QtWidgets import QPushButton

    from labelbridge.plugin.widgets.refine import RefineDock

    dock = RefineDock(viewer)
    viewer.window.add_dock_widget(dock, name="Refine")
    offered = [button for button in dock.offer.findChildren(QPushButton) if button.text() == "Restore"]
    click(offered[0] if offered else dock.start.start)
    return dock


def _rest() -> None:
    until_s = time.monotonic() + _REST_S
    wait_until(lambda: time.monotonic() > until_s)


if __name__ == "__main__":
    main()
