"""Images of a project in the viewer: their layers, what is saved of these, and what is not."""

import os
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelbridge.core import AXON, MYELIN, LabelArray
from labelbridge.plugin.presenters.projectimage import ReadImage
from labelbridge.plugin.viewer import METADATA_KEY, add_beside, add_class_layers, final_masks, image_layers

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Labels, Layer

    from labelbridge.plugin.refining import Refining

__all__ = ["ProjectLayers"]

_Print = dict[str, int]
"""A checksum for each class: tells masks from others without keeping them."""


@dataclass(eq=False)
class _Shown:
    """An image that is open, the version of its masks, their checksums, and its layers that were hidden."""

    layer: "Image"
    version: tuple[str, ...]
    saved: _Print
    hidden: "list[Layer]" = field(default_factory=list)


class ProjectLayers:
    """Shows images of a project, as `ProjectWindow` says.

    Parameters
    ----------
    viewer
        The viewer.
    refinings
        Gives who corrects masks in this window.
    """

    def __init__(self, viewer: "ViewerModel", refinings: "Callable[[], Iterable[Refining]]") -> None:
        self._viewer, self._refinings = viewer, refinings
        self._shown: dict[str, _Shown] = {}

    def shows(self, name: str) -> bool:
        """Return whether the layer of the image is there; the user may have deleted it."""
        shown = self._shown.get(name)
        if shown is None:
            return False
        return any(layer.unique_id == shown.layer.unique_id for layer in self._viewer.layers)

    def version(self, name: str) -> tuple[str, ...]:
        """Return the places of the masks that were shown or saved last."""
        return self._shown[name].version if self.shows(name) else ()

    def show(self, image: ReadImage) -> None:
        """Add the layers of an image, or new masks of one that is open; other images of the project are hidden.

        An image whose file the user has opened already is taken over with the masks that it has.
        """
        prints = {name: _print(mask) for name, mask in image.masks.items()}
        if image.layer is not None:
            data, look, _ = image.layer
            self._hide_others(image.name)
            layer = self._open_already(image) or self._viewer.add_image(data, **look)
            self._shown[image.name] = _Shown(layer, image.version, prints)
            if image.uncertainty is not None:
                add_beside(self._viewer, layer, image.uncertainty, "uncertainty", visible=False)
            self._viewer.reset_view()
        shown = self._shown[image.name]
        shown.version, shown.saved = image.version, prints
        if image.masks:
            add_class_layers(self._viewer, shown.layer, image.masks)
        self._suggest(shown.layer)

    def bring_forward(self, name: str) -> None:
        """Show the layers of an image again, and hide those of the others."""
        self._hide_others(name)
        shown = self._shown[name]
        for layer in self._layers_of(shown):
            layer.visible = layer.visible or layer in shown.hidden
        shown.hidden = []
        self._suggest(shown.layer)

    def masks(self, name: str) -> dict[str, LabelArray]:
        """Return copies of the masks that were corrected last, else of the newest ones; the myelin comes last."""
        return {what: _mask(layer).view(np.uint8) for what, layer in self._final(name).items()}

    def is_unsaved(self, name: str) -> bool:
        """Return whether these masks differ from those that were read or saved last."""
        prints = {what: _print(_mask(layer)) for what, layer in self._final(name).items()}
        saved = self._shown[name].saved if prints else {}
        if prints and not saved:
            return any(np.any(layer.data) for layer in self._final(name).values())
        return prints != saved and bool(prints)

    def know_saved(self, name: str, masks: Mapping[str, LabelArray], version: tuple[str, ...]) -> None:
        """Take note that these masks were saved."""
        if self.shows(name):
            shown = self._shown[name]
            shown.version, shown.saved = version, {what: _print(mask) for what, mask in masks.items()}
            layers = {layer.unique_id for layer in self._final(name).values()}
            for refining in self._refinings():
                refining.know_saved(layers, masks)

    def close(self, name: str) -> None:
        """Remove the layers of an image and all beside it; a correction of it ends first."""
        if not self.shows(name):
            return
        shown = self._shown.pop(name)
        layers = self._layers_of(shown)
        self._end_correction(layers)
        for layer in layers:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)

    def forget(self) -> None:
        """Know of no image any more; what is open belongs to the user."""
        self._shown.clear()

    def _final(self, name: str) -> "dict[str, Labels]":
        """Return the class layers to be saved, in the order in which later ones take pixels from earlier ones."""
        if not self.shows(name):
            return {}
        order = {AXON: 1, MYELIN: 2}
        layers = final_masks(self._viewer, self._shown[name].layer)
        return {what: layers[what] for what in sorted(layers, key=lambda what: order.get(what, 0))}

    def _open_already(self, image: ReadImage) -> "Image | None":
        """Return the layer of the same file that the user has opened without the project."""
        known = {shown.layer.unique_id for shown in self._shown.values()}
        for layer in image_layers(self._viewer):
            path = layer.source.path
            is_same = path is not None and Path(os.path.abspath(path)) == image.path
            if is_same and layer.ndim == 2 and layer.unique_id not in known:
                return layer
        return None

    def _layers_of(self, shown: _Shown) -> "list[Layer]":
        """Return the image's layer and all layers that LabelBridge put beside it."""
        own = shown.layer.unique_id
        return [
            layer
            for layer in self._viewer.layers
            if layer.unique_id == own or layer.metadata.get(METADATA_KEY, {}).get("beside") == own
        ]

    def _hide_others(self, name: str) -> None:
        for other, shown in self._shown.items():
            layers = self._layers_of(shown) if other != name and self.shows(other) else []
            self._end_correction(layers)
            visible = [layer for layer in layers if layer.visible]
            shown.hidden = shown.hidden + visible
            for layer in visible:
                layer.visible = False

    def _suggest(self, layer: "Image") -> None:
        """Choose an image here and in the Refine dock."""
        self._viewer.layers.selection.active = layer
        for refining in self._refinings():
            refining.suggested.emit(layer)

    def _end_correction(self, layers: "list[Layer]") -> None:
        """End the correction of masks among these layers: all of it is in its journal then."""
        ids = {layer.unique_id for layer in layers}
        for refining in self._refinings():
            correcting = refining.correcting
            if correcting is not None and ids & {layer.unique_id for layer in correcting.layers.values()}:
                refining.end()


def _mask(layer: "Labels") -> Any:
    """Return where a class is, in an array of its own: the layer's axes, bool."""
    return np.asarray(layer.data[0] if layer.multiscale else layer.data) != 0


def _print(mask: Any) -> int:
    return zlib.crc32(np.ascontiguousarray(mask).reshape(-1).view(np.uint8).data)
