"""napari's class layers and the history of their edits, kept in step."""

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from labelbridge.core import bands
from labelbridge.plugin.strokes import UnrecordedPaint
from labelbridge.plugin.timers import single_shot
from labelbridge.plugin.viewer import Links, refresh_window
from labelbridge.refine.edits import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from napari.components import ViewerModel
    from napari.layers import Labels

    from labelbridge.core import AnyArray
    from labelbridge.plugin.presenters.session import CorrectionSession

__all__ = ["Painting"]

_RECORD_EVERY_MS = 500
"""A long stroke is recorded, and thereby kept, in parts of this length."""

_COMPARE_AFTER_MS = 300
"""After a layer was drawn anew it is compared with what is recorded: other code may have written into its array."""


class Painting(QObject):
    """Brings what is painted into class layers to a session's history, and what the history does to the screen.

    Strokes of brush and eraser, fills, polygons and `data_setitem` are found by comparing the windows that napari's
    events tell with what is recorded. napari's own undo history is emptied as it grows: layers that take pixels from
    each other can only have one history together.

    Parameters
    ----------
    viewer
        Where the layers are.
    layers
        Class layers by name, which show the very arrays of the session's history.
    session
        Where edits go.

    Attributes
    ----------
    stopped
        Emitted with one sentence where the layers can no longer be corrected, because one was deleted or has got an
        array of another shape. The masks are in the journal.
    noticed
        Emitted with one sentence about something that was done for the user.
    painted
        Emitted when a stroke begins, and twice a second while it goes on.
    """

    stopped = Signal(str)
    noticed = Signal(str)
    painted = Signal()

    def __init__(self, viewer: "ViewerModel", layers: "Mapping[str, Labels]", session: "CorrectionSession") -> None:
        super().__init__()
        self._viewer, self._session = viewer, session
        self._layers = dict(layers)
        self._arrays = {name: layer.data for name, layer in layers.items()}
        self._paint = UnrecordedPaint(self._arrays)
        self._action = "paint"
        self._continues = False
        self._is_busy = self._is_closed = False
        self._expected: dict[str, Window] = {}
        self._record_timer = single_shot(self, _RECORD_EVERY_MS, self.record_part)
        self._expect_timer = single_shot(self, 0, self._find_expected)
        self._compare_timer = single_shot(self, _COMPARE_AFTER_MS, self._compare_next)
        self._uncompared: list[tuple[str, Window]] = []
        self._links = Links()
        self._links.connect(viewer.layers.events.removed, self._on_removed)
        for name, layer in layers.items():
            self._listen_to(name, layer)
        session.about_to_change.connect(self.record)
        session.about_to_look.connect(self.record_part)
        session.layers_changed.connect(self._show)

    @property
    def layers(self) -> "dict[str, Labels]":
        """The class layers by name."""
        return dict(self._layers)

    def record(self) -> None:
        """Record what was painted until now; what follows is another edit."""
        self._record(continues=self._continues)
        self._continues = False

    def record_part(self) -> None:
        """Record what was painted until now; what follows belongs to the same stroke."""
        if not self._paint.is_empty:
            self._record(continues=self._continues)
            self._continues = True

    def compare(self) -> None:
        """Find what was written into the layers without any event, and record it."""
        self._compare_timer.stop()
        self._uncompared = self._all_parts()
        while self._uncompared:
            self._compare_part()
        self._record_found()

    def close(self) -> None:
        """Record what is left and let go of the layers."""
        if self._is_closed:
            return
        self._is_closed = True
        self.compare()
        self.record()
        for timer in (self._record_timer, self._expect_timer, self._compare_timer):
            timer.stop()
        self._links.release()
        self._session.about_to_change.disconnect(self.record)
        self._session.about_to_look.disconnect(self.record_part)
        self._session.layers_changed.disconnect(self._show)

    @property
    def _shape(self) -> tuple[int, int]:
        return self._session.history.shape

    def _listen_to(self, name: str, layer: "Labels") -> None:
        self._links.connect(layer.events.labels_update, partial(self._on_update, name, layer))
        self._links.connect(layer.events.paint, partial(self._on_paint, name, layer), position="last")
        self._links.connect(layer.events.data, partial(self._on_data, name, layer))
        self._links.connect(layer.events.set_data, self._on_drawn_anew)

    def _on_update(self, name: str, layer: "Labels", event: Any) -> None:
        """Take a part of a stroke, or what `_on_paint` could not see yet."""
        if self._is_busy:
            return
        start = [int(place) for place in event.offset]
        stop = np.add(start, np.shape(event.data)[:2])
        self._find(name, (slice(start[0], int(stop[0])), slice(start[1], int(stop[1]))), layer)
        if self._expected.pop(name, None):
            self.record()
        elif not self._paint.is_empty and not self._record_timer.isActive():
            self._record_timer.start()
            self.painted.emit()

    def _on_paint(self, name: str, layer: "Labels", event: Any) -> None:
        """Record a stroke that has ended; one that napari only announces is recorded as soon as it is done."""
        window = _window_of(event.value)
        event.value.clear()
        if self._is_busy:
            return
        was_painting = self._continues or not self._paint.is_empty
        self._find(name, window, layer)
        if was_painting or not self._paint.is_empty:
            self.record()
        else:
            self._expected[name] = window
            self._expect_timer.start()

    def _on_data(self, name: str, layer: "Labels", event: Any) -> None:
        """Take another array's content as an edit, where it can be one."""
        array = self._arrays[name]
        if self._is_busy or layer.data is array:
            return
        new = layer.data
        if np.shape(new) != array.shape:
            self.stopped.emit(
                f"'{layer.name}' has got data of shape {np.shape(new)} in the place of {array.shape}, so that "
                "correcting has stopped; the masks as they were can be restored from the journal."
            )
            return
        self.record()
        array[...] = np.asarray(new) != 0
        with self._busy():
            layer.data = array
        self.compare()
        self.noticed.emit(f"The new data of '{layer.name}' are an edit: undo brings the old mask back.")

    def _on_drawn_anew(self, event: Any) -> None:
        if not self._is_busy:
            self._uncompared = self._all_parts()
            self._compare_timer.start(_COMPARE_AFTER_MS)

    def _compare_next(self) -> None:
        """Compare a part, and let the window live before the next one."""
        self._compare_part()
        if self._uncompared:
            self._compare_timer.start(0)
        else:
            self._record_found()

    def _compare_part(self) -> None:
        name, window = self._uncompared.pop()
        self._find(name, window, self._layers[name])

    def _record_found(self) -> None:
        """Record what was found, unless it is a part of a stroke that goes on."""
        if not self._record_timer.isActive():
            self._record(continues=self._continues)

    def _all_parts(self) -> list[tuple[str, Window]]:
        columns = slice(0, self._shape[1])
        return [(name, (rows, columns)) for name in self._layers for rows in bands(self._shape)]

    def _on_removed(self, event: Any) -> None:
        for layer in self._layers.values():
            if layer == event.value:
                self.stopped.emit(
                    f"The layer '{layer.name}' was deleted, so that correcting has stopped; its mask can be restored "
                    "from the journal."
                )
                return

    def _find_expected(self) -> None:
        expected, self._expected = self._expected, {}
        for name, window in expected.items():
            self._find(name, window, self._layers[name])
        if expected:
            self.record()

    def _find(self, name: str, window: Window, layer: "Labels") -> None:
        changed = self._paint.find(name, window)
        if name in changed or not self._paint.is_empty:
            self._action = _action_of(layer)
        with self._busy():
            for other, part in changed.items():
                refresh_window(self._viewer, self._layers[other], part)

    def _record(self, *, continues: bool) -> None:
        self._record_timer.stop()
        if self._paint.is_empty:
            return
        with self._busy():
            self._session.record(self._paint.edit(self._action), continues=continues)

    def _show(self, names: tuple[str, ...], window: Window) -> None:
        """Show what the history has changed itself; what was painted is on the screen already."""
        if self._is_busy:
            return
        self._paint.know(names, window)
        with self._busy():
            for name in names:
                refresh_window(self._viewer, self._layers[name], window)

    @contextmanager
    def _busy(self) -> "Iterator[None]":
        """Let events that are answers to what is done here be passed over."""
        was_busy, self._is_busy = self._is_busy, True
        try:
            yield
        finally:
            self._is_busy = was_busy


def _action_of(layer: "Labels") -> str:
    mode = str(layer.mode)
    if mode in ("fill", "polygon"):
        return mode
    return "erase" if mode == "erase" or not layer.selected_label else "paint"


def _window_of(atoms: "list[tuple[tuple[slice | AnyArray, ...], ...]]") -> Window:
    """Return the window that holds all that a stroke has changed; its parts begin with slices or with indices."""
    spans = [[_span(axis) for axis in atom[0][-2:]] for atom in atoms]
    low, high = (np.asarray(spans)[..., end] for end in (0, 1))
    (top, left), (bottom, right) = low.min(axis=0), high.max(axis=0)
    return slice(int(top), int(bottom)), slice(int(left), int(right))


def _span(axis: "slice | AnyArray") -> tuple[int, int]:
    if isinstance(axis, slice):
        return int(axis.start), int(axis.stop)
    places = np.asarray(axis)
    return int(places.min()), int(places.max()) + 1
