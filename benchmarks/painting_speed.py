"""What does a stroke of the brush cost with history, journal, review and effort on? Its time beside plain napari's.

Two windows show the same image and masks, one of them corrected by LabelBridge. Strokes of a real mouse alternate
between them; each time holds the event and what the event loop draws because of it. The exit status is 1 where a stroke
takes more than 1.5 times as long.

    python benchmarks/painting_speed.py --side 4096 --brush 10 --brush 40
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mousestrokes import Mouse
from scenes import add_masks, open_empty_dock, open_image, open_refine_dock, wait, wait_until

__all__ = ["Speeds", "main", "measure"]

MOVES = 24
MOST_TIMES = 1.5
_STEP_PX = 4
_ROW_STEP_PX = 60
_ROWS_PX = 600
_FIELD_PX = 800


@dataclass(frozen=True)
class Speeds:
    """Milliseconds, medians: of one move of the mouse, and of a whole stroke from the press to the release."""

    move_ms: float
    stroke_ms: float


def measure(side: int, brush: int, strokes: int, folder: Path) -> tuple[Speeds, Speeds]:
    """Return the speeds of plain napari and of LabelBridge, painted in turn.

    Parameters
    ----------
    side
        Of the image, in px.
    brush
        Size of the brush in px.
    strokes
        How many strokes in each window.
    folder
        Where the journal goes.
    """
    plain, ours = _window(side), _window(side)
    open_empty_dock(plain)
    dock = _correct(ours, folder)
    times: dict[str, list[tuple[float, float]]] = {"plain": [], "ours": []}
    for number in range(strokes + 1):
        for name, viewer in (("plain", plain), ("ours", ours)):
            moves_ms, stroke_ms = _stroke(viewer, brush, number)
            if number:  # the first one warms up
                times[name].append((float(np.median(moves_ms)), stroke_ms))
    dock.refining.close()
    for viewer in (plain, ours):
        viewer.close()
    return _speeds(times["plain"]), _speeds(times["ours"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description="Cost of a brush stroke beside plain napari.")
    parser.add_argument("--side", type=int, default=4096, help="side of the image in px")
    parser.add_argument("--brush", type=int, action="append", help="size of the brush in px; may be given again")
    parser.add_argument("--strokes", type=int, default=8, help="strokes in each window")
    options = parser.parse_args(arguments)
    from qtpy.QtWidgets import QApplication

    _ = QApplication.instance() or QApplication([])
    print("| image | brush | what | plain | with everything on | times |")
    print("|---|---|---|---|---|---|")
    times = []
    for brush in options.brush or [10, 40]:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            plain, ours = measure(options.side, brush, options.strokes, Path(folder))
        for what, one, other in (("move", plain.move_ms, ours.move_ms), ("stroke", plain.stroke_ms, ours.stroke_ms)):
            times.append(other / one)
            print(
                f"| {options.side}² | {brush} px | {what} | {one:.2f} ms | {other:.2f} ms | {times[-1]:.2f} |",
                flush=True,
            )
    return int(max(times) > MOST_TIMES)


def _window(side: int) -> Any:
    """Open a window with an image and masks in it, zoomed to a part of it."""
    viewer = open_image(side)
    add_masks(viewer, side, _FIELD_PX)
    return viewer


def _correct(viewer: Any, folder: Path) -> Any:
    """Correct the masks of a window, and wait until everything is on."""
    dock = open_refine_dock(viewer, folder)
    dock.start.start.click()
    wait_until(lambda: dock.presenter.counts() is not None)
    wait(2.0)
    return dock


def _stroke(viewer: Any, brush: int, number: int) -> tuple[list[float], float]:
    """Paint a stroke across the visible field; return the time of each move and of the stroke in ms."""
    axon = viewer.layers["sem axon"]
    axon.brush_size, axon.mode = brush, "paint"
    axon.selected_label = 1
    viewer.layers.selection.active = axon
    wait(1.0)
    mouse = Mouse(viewer, axon)
    middle = axon.data.shape[0] / 2
    row = middle - _ROWS_PX / 2 + _ROW_STEP_PX * number % _ROWS_PX
    along = [(row + 0.3 * step, middle - 80 + _STEP_PX * step) for step in range(MOVES)]
    moves_ms = []
    mouse.move(along[0], is_down=False)
    ends_ms = _time_ms(lambda: mouse.press(along[0]))
    for pixel in along[1:]:
        mouse.rest()
        moves_ms.append(_time_ms(partial(mouse.move, pixel, rests=False)))
    ends_ms += _time_ms(lambda: mouse.release(along[-1]))
    return moves_ms, ends_ms + sum(moves_ms)


def _time_ms(act: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    act()
    _events()
    return 1000 * (time.perf_counter() - began_s)


def _speeds(times: list[tuple[float, float]]) -> Speeds:
    move_ms, stroke_ms = np.median(times, axis=0)
    return Speeds(float(move_ms), float(stroke_ms))


def _events() -> None:
    from qtpy.QtWidgets import QApplication

    QApplication.processEvents()


if __name__ == "__main__":
    sys.exit(main())
