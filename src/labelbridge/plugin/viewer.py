"""Everything that LabelBridge does to napari's layers, camera and keys."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from labelbridge.core import AXON, MYELIN, AnyArray, LabelArray
from labelbridge.plugin.classcolours import class_colormap

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Labels, Layer

    from labelbridge.refine.edits import Window
    from labelbridge.refine.repairs.windows import Point

__all__ = [
    "METADATA_KEY",
    "Links",
    "add_beside",
    "add_class_layers",
    "centre_on",
    "class_layers",
    "final_masks",
    "find_beside",
    "image_layers",
    "image_shape",
    "look_of",
    "mark_corrected",
    "mask_sets",
    "on_click",
    "pixel_at",
    "pixel_side",
    "refresh_window",
    "visible_window",
]

METADATA_KEY = "labelbridge"
"""Where a class layer's metadata say which ``class``, of which ``set`` of masks, and ``beside`` which image it is."""

_MARGIN = 0.25
"""What is centred is shown with so much of its own size around it, on each side."""

_CLASS_OPACITY = 0.5

_CLICK_PX = 4
"""A press and a release further apart on the screen than this are a drag."""


def image_layers(viewer: "ViewerModel") -> "list[Image]":
    """Return the image layers that the user opened, the topmost last; what LabelBridge drew beside them is left out."""
    from napari.layers import Image

    return [layer for layer in viewer.layers if isinstance(layer, Image) and METADATA_KEY not in layer.metadata]


def image_shape(image_layer: "Image") -> tuple[int, int]:
    """Return height and width of an image layer's planes in px, of its finest level where it has several."""
    data = image_layer.data[0] if image_layer.multiscale else image_layer.data
    height, width = data.shape[: image_layer.ndim][-2:]
    return int(height), int(width)


def look_of(image_layer: "Image", ndim: int = 2) -> dict[str, Any]:
    """Return the scale, units, axis labels and position of an image layer, for a layer of its last `ndim` axes."""
    look = {name: getattr(image_layer, name)[-ndim:] for name in ("scale", "translate", "units", "axis_labels")}
    if image_layer.ndim == ndim:
        look |= {name: getattr(image_layer, name) for name in ("rotate", "shear", "affine")}
    return look


def mask_sets(viewer: "ViewerModel", image_layer: "Image") -> "list[dict[str, Labels]]":
    """Return the sets of class layers of an image, by class name, the oldest first; each has axon and myelin."""
    from napari.layers import Labels

    sets: dict[int, dict[str, Labels]] = {}
    for layer in viewer.layers:
        place = _place_of(layer, image_layer) if isinstance(layer, Labels) else None
        if place:
            sets.setdefault(place[1], {})[place[0]] = layer
    return [sets[number] for number in sorted(sets) if {AXON, MYELIN} <= sets[number].keys()]


def class_layers(viewer: "ViewerModel", image_layer: "Image") -> "dict[str, Labels]":
    """Return the class layers of an image by class name: those of the newest set, none where there is none."""
    sets = mask_sets(viewer, image_layer)
    return sets[-1] if sets else {}


def mark_corrected(viewer: "ViewerModel", image_layer: "Image", layers: "Mapping[str, Labels]") -> None:
    """Note that this set of class layers of an image is the one that was corrected last."""
    for one in mask_sets(viewer, image_layer):
        for layer in one.values():
            layer.metadata.get(METADATA_KEY, {}).pop("corrected", None)
    for layer in layers.values():
        layer.metadata.setdefault(METADATA_KEY, {})["corrected"] = True


def final_masks(viewer: "ViewerModel", image_layer: "Image") -> "dict[str, Labels]":
    """Return the class layers of an image that are its result: the set that was corrected last, else the newest."""
    sets = mask_sets(viewer, image_layer)
    corrected = [one for one in sets if one[AXON].metadata.get(METADATA_KEY, {}).get("corrected")]
    return next(reversed([*sets, *corrected]), {})


def add_class_layers(
    viewer: "ViewerModel", image_layer: "Image", masks: Mapping[str, LabelArray]
) -> "dict[str, Labels]":
    """Add a Labels layer for each class beside an image: axon blue, myelin red, others in colours of their own.

    Layers that are there stay as they are: a further set has a number in its names.

    Parameters
    ----------
    viewer
        Where to add them.
    image_layer
        The image; its scale, units, axis labels and position are taken over.
    masks
        Class layers by name, each (Y, X) or (plane, Y, X), uint8, 0 or 1: the very arrays that are shown.

    Returns
    -------
    dict
        The new layers by class name.
    """
    number = 1 + max(_numbers(viewer, image_layer), default=0)
    suffix = f" {number}" if number > 1 else ""
    layers = {
        name: viewer.add_labels(
            mask,
            name=f"{image_layer.name} {name}{suffix}",
            metadata={METADATA_KEY: {"class": name, "set": number, "beside": image_layer.unique_id}},
            colormap=class_colormap(name, tuple(masks)),
            opacity=_CLASS_OPACITY,
            **look_of(image_layer, mask.ndim),
        )
        for name, mask in masks.items()
    }
    for layer in layers.values():
        layer.selected_label = 1
    return layers


def add_beside(viewer: "ViewerModel", image_layer: "Image", data: AnyArray, name: str, *, visible: bool) -> "Image":
    """Add an image layer `<image> <name>` beside an image, with its scale, units, axis labels and position.

    Parameters
    ----------
    viewer
        Where to add it.
    image_layer
        The image.
    data
        (Y, X) or (plane, Y, X), of the image's height and width.
    name
        What it shows, e.g. ``uncertainty``.
    visible
        Whether it is shown at once.
    """
    return viewer.add_image(
        data,
        name=f"{image_layer.name} {name}",
        metadata={METADATA_KEY: {"shows": name, "beside": image_layer.unique_id}},
        visible=visible,
        **look_of(image_layer, data.ndim),
    )


def find_beside(viewer: "ViewerModel", image_layer: "Image", name: str) -> "Image | None":
    """Return the newest layer that `add_beside` has added under this name; None where there is none."""
    from napari.layers import Image

    wanted = {"shows": name, "beside": image_layer.unique_id}
    found = [one for one in viewer.layers if isinstance(one, Image) and one.metadata.get(METADATA_KEY) == wanted]
    return found[-1] if found else None


def visible_window(viewer: "ViewerModel", image_layer: "Image") -> "Window":
    """Return the rows and columns of an image that the canvas shows; the whole image where it shows none of it."""
    shape = image_shape(image_layer)
    half = np.asarray(viewer.canvas.size, float) / viewer.scene.camera.zoom / 2
    centre = np.asarray(viewer.scene.camera.center[-2:], float)
    corners = [_to_pixels(viewer, image_layer, centre + half * signs) for signs in ((-1, -1), (-1, 1), (1, -1), (1, 1))]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    starts = np.clip(np.floor(low + 0.5).astype(int), 0, shape)
    stops = np.clip(np.ceil(high + 0.5).astype(int), 0, shape)
    if np.any(stops <= starts):
        return slice(0, shape[0]), slice(0, shape[1])
    return slice(int(starts[0]), int(stops[0])), slice(int(starts[1]), int(stops[1]))


def centre_on(viewer: "ViewerModel", image_layer: "Image", window: "Window") -> None:
    """Centre a window of an image's rows and columns and zoom so that it is seen with some of what surrounds it."""
    corners = [(cut.start - 0.5, cut.stop - 0.5) for cut in window]
    world = np.asarray([_to_world(viewer, image_layer, (row, column)) for row in corners[0] for column in corners[1]])
    extent = np.maximum(np.ptp(world, axis=0) * (1 + 2 * _MARGIN), np.finfo(float).tiny)
    camera = viewer.scene.camera
    camera.center = (*camera.center[:-2], *world.mean(axis=0))
    camera.zoom = float(np.min(np.asarray(viewer.canvas.size, float) / extent))


def pixel_side(viewer: "ViewerModel", image_layer: "Image") -> float:
    """Return how many pixels of an image lie side by side in one pixel of the screen."""
    (top, _), (bottom, _) = (_to_world(viewer, image_layer, (row, 0.0)) for row in (0.0, 1.0))
    return float(1 / max(abs(bottom - top) * viewer.scene.camera.zoom, np.finfo(float).tiny))


def pixel_at(image_layer: "Layer", position: "tuple[float, ...]", shape: tuple[int, int]) -> "Point | None":
    """Return row and column of the pixel at a position in the world, None outside the image of this shape."""
    row, column = (round(float(place)) for place in image_layer.world_to_data(position)[-2:])
    return (row, column) if 0 <= row < shape[0] and 0 <= column < shape[1] else None


def refresh_window(viewer: "ViewerModel", layer: "Labels", window: "Window") -> None:
    """Show what has changed in a window of a class layer (Y, X), uint8, without drawing all of it again."""
    if layer.contour or viewer.dims.ndisplay != 2 or list(viewer.dims.displayed) != sorted(viewer.dims.displayed):
        layer.refresh()
    else:
        layer.events.labels_update(data=layer.data[window], offset=[cut.start for cut in window])


def on_click(viewer: "ViewerModel", clicked: "Callable[[tuple[float, ...]], object]") -> Callable[[], None]:
    """Call `clicked` with the position in the world of each click of the left button that is no drag.

    Returns
    -------
    Callable
        Ends it.
    """

    def watch(_: object, event: Any) -> Iterator[None]:
        if event.button != 1:
            return
        start = np.asarray(event.pos)
        yield
        while event.type == "mouse_move":
            yield
        if np.hypot(*(np.asarray(event.pos) - start)) <= _CLICK_PX:
            clicked(tuple(event.position))

    viewer.mouse_drag_callbacks.append(watch)
    return lambda: viewer.mouse_drag_callbacks.remove(watch)


class Links:
    """Callbacks that are connected to napari's events, and let go together."""

    def __init__(self) -> None:
        self._links: list[tuple[Any, Callable[..., object]]] = []

    def connect(self, emitter: Any, callback: Callable[..., object], *, position: str = "first") -> None:
        """Call `callback` with each event, as the first or the last of all that are called."""
        emitter.connect(callback, position=position)
        self._links.append((emitter, callback))

    def release(self) -> None:
        """Disconnect all."""
        for emitter, callback in self._links:
            emitter.disconnect(callback)
        self._links.clear()


def _to_pixels(viewer: "ViewerModel", layer: "Layer", displayed: AnyArray) -> AnyArray:
    position = np.asarray(viewer.dims.point, float)
    position[list(viewer.dims.displayed[-2:])] = displayed
    return np.asarray(layer.world_to_data(position)[-2:], float)


def _to_world(viewer: "ViewerModel", layer: "Layer", pixel: tuple[float, float]) -> AnyArray:
    place = np.asarray(layer.world_to_data(viewer.dims.point), float)
    place[-2:] = pixel
    world = np.asarray(viewer.dims.point, float)
    world[-layer.ndim :] = layer.data_to_world(place)
    return world[list(viewer.dims.displayed[-2:])]


def _place_of(layer: "Labels", image_layer: "Image") -> tuple[str, int] | None:
    """Return class and number of the set of a class layer of this image; None for any other layer."""
    notes = layer.metadata.get(METADATA_KEY, {})
    if "beside" in notes and notes["beside"] != image_layer.unique_id:
        return None
    if "beside" in notes and "class" in notes:
        return notes["class"], notes.get("set", 1)
    name = "|".join(re.escape(one) for one in (notes.get("class"), AXON, MYELIN) if one)
    match = re.fullmatch(rf"{re.escape(image_layer.name)} ({name})(?: (\d+))?", layer.name)
    return (match[1], int(match[2] or 1)) if match else None


def _numbers(viewer: "ViewerModel", image_layer: "Image") -> list[int]:
    from napari.layers import Labels

    places = (_place_of(layer, image_layer) for layer in viewer.layers if isinstance(layer, Labels))
    return [place[1] for place in places if place]
