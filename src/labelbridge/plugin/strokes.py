"""What was painted and is not recorded yet."""

from collections.abc import Mapping

import numpy as np

from labelbridge.core import LabelArray
from labelbridge.refine import Edit
from labelbridge.refine.edits import Layers, Window
from labelbridge.refine.packedmask import PackedMask
from labelbridge.refine.pixelchanges import PixelChanges

__all__ = ["UnrecordedPaint"]


class UnrecordedPaint:
    """Finds what a viewer has painted into class layers, takes it away from the other classes, and makes an edit of it.

    Parameters
    ----------
    layers
        Class layers by name, each (Y, X), uint8: the very arrays that are painted into. What is found there and is
        neither 0 nor 1 becomes 1.
    """

    def __init__(self, layers: Layers) -> None:
        self._layers = dict(layers)
        self._known = {name: PackedMask(layer) for name, layer in layers.items()}
        self._changes: dict[str, list[tuple[LabelArray, LabelArray, LabelArray]]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether all is recorded."""
        return not self._changes

    def know(self, names: tuple[str, ...], window: Window) -> None:
        """Take what is in a window of some layers as recorded."""
        for name in names:
            self._known[name][window] = self._layers[name][window]

    def find(self, name: str, window: Window) -> Mapping[str, Window]:
        """Look for what was painted into a window of a class; return where layers were changed because of it.

        Parameters
        ----------
        name
            The class.
        window
            Rows and columns to look at.

        Returns
        -------
        Mapping
            Windows to be drawn again, by class: what other classes have lost, and the class itself where it had
            values other than 0 and 1.
        """
        painted, known = self._layers[name][window], self._known[name][window]
        differs = painted != known
        if not differs.any():
            return {}
        before, after = known[differs], (painted[differs] != 0).astype(np.uint8)
        is_odd = bool(np.any(painted[differs] > 1))
        painted[differs] = after
        known[differs] = after
        self._known[name][window] = known
        self._keep(name, window, differs, before, after)
        lost = self._take_from_others(name, window, differs & (painted != 0)) if after.any() else {}
        return lost | ({name: window} if is_odd else {})

    def edit(self, action: str) -> Edit:
        """Return what was found since the last time as one edit."""
        changes, self._changes = self._changes, {}
        shape = next(iter(self._layers.values())).shape
        parts = {
            name: PixelChanges.in_order(*(np.concatenate(arrays) for arrays in zip(*found, strict=True)))
            for name, found in changes.items()
        }
        return Edit((shape[0], shape[1]), parts, action)

    def _take_from_others(self, name: str, window: Window, claimed: np.ndarray) -> dict[str, Window]:
        lost = {}
        for other, layer in self._layers.items():
            both = claimed & (layer[window] != 0) if other != name else None
            if both is None or not both.any():
                continue
            before = layer[window][both]
            layer[window][both] = 0
            self._known[other][window] = self._known[other][window] * ~both
            self._keep(other, window, both, before, np.zeros_like(before))
            lost[other] = window
        return lost

    def _keep(self, name: str, window: Window, where: np.ndarray, before: LabelArray, after: LabelArray) -> None:
        rows, columns = np.nonzero(where)
        flat = (rows + window[0].start) * self._layers[name].shape[1] + columns + window[1].start
        self._changes.setdefault(name, []).append((flat, before, after))
