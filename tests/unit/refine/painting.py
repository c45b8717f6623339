"""A scripted painting session, the same for each seed, for tests and for the process that one of them kills."""

import sys
import time
from itertools import count
from pathlib import Path

import numpy as np

from labelbridge.core import LabelArray
from labelbridge.refine import Edit, History, Journal
from labelbridge.refine.editbytes import encode_edit

SHAPE = (61, 83)
CLASSES = ("axon", "myelin", "uaxon")


def fresh_layers(seed: int, shape: tuple[int, int] = SHAPE) -> dict[str, LabelArray]:
    values = np.random.default_rng(seed).integers(0, len(CLASSES) + 1, shape)
    return {name: (values == value).astype(np.uint8) for value, name in enumerate(CLASSES, start=1)}


def state(history: History) -> tuple[bytes, ...]:
    """Return all that a history is, to be compared: layers, what can be undone, and what can be redone."""
    layers = [name.encode() + layer.tobytes() for name, layer in history.layers.items()]
    done, undone = ([encode_edit(edit) for edit in edits] for edits in (history.done, history.undone))
    return *layers, b"done", *done, b"undone", *undone


class Painter:
    """Paints, erases, repairs, undoes and redoes at random."""

    def __init__(self, history: History, seed: int) -> None:
        self.history = history
        self._random = np.random.default_rng(seed)

    def act(self) -> None:
        """Do one thing that changes the history."""
        choice = self._random.integers(0, 10)
        if choice < 2 and self.history.can_undo:
            self.history.undo()
        elif choice < 4 and self.history.can_redo:
            self.history.redo()
        elif choice < 5:
            self.history.apply(self.repair())
        else:
            self.history.record(self.stroke(), continues=choice == 5)

    def stroke(self) -> Edit:
        """Paint in one layer, as a viewer does, some pixels several times; return the edit, never an empty one."""
        name = str(self._random.choice(CLASSES))
        value = int(self._random.integers(0, 4) > 0)
        layer = self.history.layers[name]
        indices = self._random.integers(0, layer.size, self._random.integers(1, 40))
        before = layer.flat[indices]
        layer.flat[indices] = value
        edit = Edit.of_stroke(self.history.layers, name, indices, before, value)
        return self.repair() if edit.is_empty else edit

    def repair(self) -> Edit:
        """Return an edit of new contents of a window, never an empty one."""
        height, width = self.history.shape
        top, left = self._random.integers(0, height - 8), self._random.integers(0, width - 8)
        window = slice(top, top + 8), slice(left, left + 8)
        first, second = self._random.permutation(CLASSES)[:2]
        new = self._random.integers(0, 3, (8, 8))
        masks = {str(first): (new == 1).astype(np.uint8), str(second): (new == 2).astype(np.uint8)}
        edit = Edit.of_arrays(self.history.layers, window, masks, "fill")
        return self.repair() if edit.is_empty else edit


def paint_until_killed(folder: Path, seed: int) -> None:
    """Paint on and on; say after each step how many there were, and when."""
    history = History(fresh_layers(seed))
    Journal.start(folder, history, image="killed", image_id="x")
    painter = Painter(history, seed)
    for done in count(1):
        painter.act()
        print(done, time.time(), flush=True)
        time.sleep(0.0005)


if __name__ == "__main__":
    paint_until_killed(Path(sys.argv[1]), int(sys.argv[2]))
