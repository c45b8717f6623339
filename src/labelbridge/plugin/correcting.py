"""The correction of an image in the viewer: painting, keys, clicks and what is drawn over the image."""

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from labelbridge.core import AXON, MYELIN
from labelbridge.plugin.keys import KEYS, POINTER_KEYS, REPAIR_KEYS, UNDO_KEYS, BoundKeys
from labelbridge.plugin.overlays import RepairPreview, StateOutlines
from labelbridge.plugin.painting import Painting
from labelbridge.plugin.timers import single_shot
from labelbridge.plugin.viewer import Links, centre_on, image_shape, on_click, pixel_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from napari.components import ViewerModel
    from napari.layers import Image, Labels

    from labelbridge.plugin.presenters.refine import RefinePresenter
    from labelbridge.plugin.presenters.session import CorrectionSession
    from labelbridge.refine.review import Place

__all__ = ["Correcting"]

_PAUSE_MS = 700
"""Once nothing has happened for so long, what was painted is measured again, and drawn."""

_CONTEXT_PX = 40
"""A place is shown with at least so much around it."""

_BRUSH_STEP = 1.25
_ACTIVITY_EVERY_S = 1.0


class Correcting(QObject):
    """Ties a session to the layers, camera, keys and mouse of a viewer; from the making until `close`.

    Parameters
    ----------
    viewer
        The viewer.
    image_layer
        The image.
    layers
        Its class layers, which show the very arrays of the session's history.
    session
        The correction.
    presenter
        The dock's state; what keys and clicks mean.

    Attributes
    ----------
    stopped
        Emitted with one sentence where a layer was deleted or cannot be corrected any more, or has lost its image.
    noticed
        Emitted with one sentence about something that was done for the user.
    """

    stopped = Signal(str)
    noticed = Signal(str)

    def __init__(
        self,
        viewer: "ViewerModel",
        image_layer: "Image",
        layers: "Mapping[str, Labels]",
        session: "CorrectionSession",
        presenter: "RefinePresenter",
    ) -> None:
        super().__init__()
        self._viewer, self._image, self._layers = viewer, image_layer, dict(layers)
        self._session, self._presenter = session, presenter
        self._painting = Painting(viewer, layers, session)
        self._painting.stopped.connect(self.stopped)
        self._painting.noticed.connect(self.noticed)
        self._painting.painted.connect(self._come_first)
        self._outlines = StateOutlines(viewer, image_layer)
        self._preview = RepairPreview(viewer, image_layer)
        self._shows_outlines = True
        self._is_repairing = False
        self._active_s = 0.0
        self._keys, self._repair_keys, self._links = BoundKeys(), BoundKeys(), Links()
        self._pause = single_shot(self, _PAUSE_MS, self._use_pause)
        self._bind()
        self._end_clicks = on_click(viewer, self._on_click)
        viewer.mouse_move_callbacks.append(self._on_move)
        presenter.place_chosen.connect(self._go)
        presenter.places_changed.connect(self._draw_outlines)
        presenter.repairing.changed.connect(self._on_repair)
        self._session.changed.connect(self._wait)
        self.choose(AXON)
        self._come_first()

    @property
    def layers(self) -> "dict[str, Labels]":
        """The class layers by name."""
        return dict(self._layers)

    def choose(self, name: str) -> None:
        """Paint a class from now on."""
        self._presenter.repairing.leave()
        layer = self._layers[name]
        self._select(layer)
        layer.selected_label = 1
        layer.mode = "paint"

    def erase(self) -> None:
        """Erase the class that is chosen from now on."""
        self._presenter.repairing.leave()
        layer = self._active()
        self._select(layer)
        layer.mode = "erase"

    def scale_brush(self, *, up: bool) -> None:
        """Make the brush of all classes larger or smaller, by at least one pixel."""
        size = self._active().brush_size
        wanted = max(size + 1, round(size * _BRUSH_STEP)) if up else max(1, min(size - 1, round(size / _BRUSH_STEP)))
        for layer in self._layers.values():
            layer.brush_size = wanted

    def toggle_masks(self) -> None:
        """Hide all masks, or show them again."""
        is_visible = any(layer.visible for layer in self._layers.values())
        for layer in self._layers.values():
            layer.visible = not is_visible

    def show_outlines(self, is_on: bool) -> None:
        """Draw the states of places, or do not."""
        self._shows_outlines = is_on
        self._draw_outlines()

    def close(self) -> None:
        """Record what is left, and leave the viewer as it would be without."""
        self._pause.stop()
        self._painting.close()
        self._keys.release()
        self._repair_keys.release()
        self._links.release()
        self._end_clicks()
        self._viewer.mouse_move_callbacks.remove(self._on_move)
        self._presenter.place_chosen.disconnect(self._go)
        self._presenter.places_changed.disconnect(self._draw_outlines)
        self._presenter.repairing.changed.disconnect(self._on_repair)
        self._session.changed.disconnect(self._wait)
        self._preview.remove()
        self._outlines.remove()

    def _bind(self) -> None:
        actions: dict[str, Callable[[], object]] = {
            "axon": partial(self.choose, AXON),
            "myelin": partial(self.choose, MYELIN),
            "erase": self.erase,
            "smaller": partial(self.scale_brush, up=False),
            "larger": partial(self.scale_brush, up=True),
            "hide": self.toggle_masks,
            "previous": self._presenter.previous,
            "accept": self._presenter.accept,
            "next": self._presenter.next,
        }
        for name, action in actions.items():
            self._keys.bind(self._viewer, KEYS[name].code, action)
        for name, key in POINTER_KEYS.items():
            self._keys.bind(self._viewer, key.code, partial(self._repair_at_pointer, name))
        for holder in (self._viewer, *self._layers.values()):
            self._keys.bind(holder, UNDO_KEYS["undo"].code, self._presenter.undo)
            self._keys.bind(holder, UNDO_KEYS["redo"].code, self._presenter.redo)
        camera = self._viewer.scene.camera
        for emitter in (camera.events.center, camera.events.zoom):
            self._links.connect(emitter, self._on_camera)
        self._links.connect(self._image.events.data, self._on_image)

    def _select(self, layer: "Labels") -> None:
        """Choose a layer, which is to be seen; one that is would be drawn anew for nothing."""
        if not layer.visible:
            layer.visible = True
        self._viewer.layers.selection.active = layer

    def _active(self) -> "Labels":
        """Return the class layer that is chosen, the axon's where none is."""
        active = self._viewer.layers.selection.active
        return next((layer for layer in self._layers.values() if layer == active), self._layers[AXON])

    def _go(self, place: "Place") -> None:
        margin_px = max(_CONTEXT_PX, *(cut.stop - cut.start for cut in place.window))
        rows, columns = (slice(cut.start - margin_px, cut.stop + margin_px) for cut in place.window)
        centre_on(self._viewer, self._image, (rows, columns))
        self._draw_outlines()

    def _on_image(self, event: Any) -> None:
        """Say what it means that the layer has got another image; one of another shape ends the correction."""
        if self._image.ndim == 2 and image_shape(self._image) == self._session.history.shape:
            self.noticed.emit(
                f"The layer '{self._image.name}' has got another image; the masks that you correct belong to the one "
                "before."
            )
        else:
            self.stopped.emit(
                f"The layer '{self._image.name}' has got an image of another shape, so that correcting has stopped; "
                "the masks can be restored once the image of before is open."
            )

    def _on_camera(self, event: Any) -> None:
        self._wait()

    def _come_first(self) -> None:
        """Leave the machine to the window until the user pauses."""
        self._presenter.pause()
        self._wait()

    def _wait(self) -> None:
        self._pause.start()

    def _use_pause(self) -> None:
        """Have made and measured what takes a while: the layer for outlines, and what was painted."""
        if self._shows_outlines:
            self._outlines.prepare()
        self._presenter.settle()

    def _draw_outlines(self) -> None:
        queue = self._session.reviewing.queue
        if queue is not None and self._shows_outlines:
            self._outlines.draw(queue, self._presenter.place, self._presenter.outlining.of)
        else:
            self._outlines.clear()

    def _on_move(self, viewer: object, event: Any) -> None:
        now_s = time.monotonic()
        if now_s - self._active_s >= _ACTIVITY_EVERY_S:
            self._active_s = now_s
            self._session.ledger.saw_activity()

    def _repair_at_pointer(self, name: str) -> None:
        at = pixel_at(self._layers[AXON], self._viewer.cursor.position, self._session.history.shape)
        self._presenter.repairing.do_at_pointer(name, at)

    def _on_click(self, position: tuple[float, ...]) -> None:
        if self._presenter.repairing.repair is not None:
            place = pixel_at(self._layers[AXON], position, self._session.history.shape)
            if place is not None:
                self._presenter.repairing.click(place)

    def _on_repair(self) -> None:
        """Follow the repair: its keys, the mouse, and the preview."""
        repairing = self._presenter.repairing
        self._repair_keys.release()
        if repairing.preview is not None:
            self._preview.draw(repairing.preview, tuple(self._layers))
        else:
            self._preview.remove()
        if repairing.repair is not None:
            self._begin_repair()
        elif self._is_repairing:
            self._is_repairing = False
            self._active().mode = "paint"

    def _begin_repair(self) -> None:
        self._is_repairing = True
        for layer in self._layers.values():
            layer.mode = "pan_zoom"
        for holder in (self._viewer, *self._layers.values()):
            self._repair_keys.bind(holder, REPAIR_KEYS["apply"].code, self._presenter.repairing.apply)
            self._repair_keys.bind(holder, REPAIR_KEYS["leave"].code, self._presenter.repairing.leave)
