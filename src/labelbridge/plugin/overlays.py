"""What is drawn over an image while it is corrected: the states of places, and the preview of a repair."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from labelbridge.core import BACKGROUND, AnyArray, ClassMap, LabelArray
from labelbridge.io.colours import class_colours
from labelbridge.plugin.viewer import METADATA_KEY, look_of, pixel_side, visible_window

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Layer

    from labelbridge.refine import Edit
    from labelbridge.refine.edits import Window
    from labelbridge.refine.review import Outline, Place, ReviewQueue, ReviewState

__all__ = ["STATE_COLOURS", "OutlinesOf", "RepairPreview", "StateOutlines"]

OutlinesOf = Callable[[Sequence["Place"]], Mapping["Place", "Outline"]]
"""Gives the outlines that are known of some places."""

STATE_COLOURS: "dict[ReviewState, tuple[float, float, float]]" = {
    "unseen": (1.0, 0.82, 0.2),
    "accepted": (0.25, 0.85, 0.45),
    "corrected": (0.95, 0.5, 0.9),
}
"""Red, green and blue, 0 to 1, of the outline of a place."""

_CURRENT = (1.0, 1.0, 1.0)
_LOST = (1.0, 0.9, 0.1)
_MOST_PLACES = 400
"""Of more places than these in the visible field the most likely wrong are drawn."""
_OUTLINED_PLACES = 40
"""With more places than these in the visible field, boxes stand for their outlines."""
_LINE_PX = 1.5
"""Thickness of an outline on the screen."""
_NO_VECTORS = np.zeros((0, 2, 2))


class _Overlay:
    """A layer that is made when it is first needed, again where the user has deleted it, and never selected."""

    def __init__(self, viewer: "ViewerModel", image_layer: "Image", shows: str) -> None:
        self._viewer, self._image = viewer, image_layer
        self._shows = shows
        self._layer: Any = None

    def remove(self) -> None:
        """Take the layer away."""
        if self._is_there():
            self._viewer.layers.remove(self._layer)
        self._layer = None

    def _is_there(self) -> bool:
        return self._layer is not None and self._layer in self._viewer.layers

    def _add(self, kind: "type[Layer]", data: AnyArray, **look: Any) -> None:
        """Add a layer above all others, and leave the selection as it was."""
        selected = list(self._viewer.layers.selection)
        self._layer = kind(
            data,
            name=f"{self._image.name} {self._shows}",
            metadata={METADATA_KEY: {"shows": self._shows, "beside": self._image.unique_id}},
            **(look_of(self._image) | look),
        )
        self._viewer.add_layer(self._layer)
        self._viewer.layers.selection = selected


class StateOutlines(_Overlay):
    """Outlines of the places in the visible field, coloured by their states; the place looked at is white.

    One Vectors layer with an edge for each side of an outline: it takes thousands, and is changed as a whole.
    """

    def __init__(self, viewer: "ViewerModel", image_layer: "Image") -> None:
        super().__init__(viewer, image_layer, "review")
        self._drawn: object = None

    def prepare(self) -> None:
        """Make the layer, where there is none, while nothing is to be drawn yet: that takes longest."""
        from napari.layers import Vectors

        if not self._is_there():
            self._add(Vectors, _NO_VECTORS, vector_style="line", opacity=1.0)
            self._layer._max_vectors_thumbnail = 0  # noqa: SLF001 - a thumbnail takes longer than all the rest

    def draw(self, queue: "ReviewQueue", current: "Place | None", outlines_of: "OutlinesOf") -> None:
        """Draw the places that are to be seen now; boxes stand for outlines that are not known yet.

        Parameters
        ----------
        queue
            The places and their states.
        current
            The place looked at.
        outlines_of
            Gives the outlines that are known of some places.
        """
        places = queue.first_places_in(visible_window(self._viewer, self._image), _MOST_PLACES)
        known = outlines_of(places) if len(places) <= _OUTLINED_PLACES else {}
        colours = [_colour(queue, place, current) for place in places]
        width = _LINE_PX * pixel_side(self._viewer, self._image)
        drawn = width, places, colours, [place in known for place in places]
        if self._is_there() and drawn == self._drawn:
            return
        self._drawn = drawn
        edges = [
            np.concatenate([_edges(ring) for ring in known.get(place) or [_box(place.window)]]) for place in places
        ]
        vectors = np.concatenate(edges) if edges else _NO_VECTORS
        self._show(vectors, np.repeat(np.reshape(colours, (-1, 3)), [len(one) for one in edges], axis=0), width)

    def clear(self) -> None:
        """Draw nothing."""
        if self._is_there() and self._drawn is not None:
            self._drawn = None
            self._show(_NO_VECTORS, np.zeros((0, 3)), 1.0)

    def _show(self, vectors: AnyArray, colours: AnyArray, width: float) -> None:
        self.prepare()
        layer = self._layer
        with layer.events.set_data.blocker():  # it is drawn once, when it has its colours
            layer.data = vectors
            if layer.edge_width != width:
                layer.edge_width = width
        layer.edge_color = colours if len(vectors) else "white"


class RepairPreview(_Overlay):
    """What a repair would change: pixels that a class gains in its colour, pixels that become background in yellow."""

    def __init__(self, viewer: "ViewerModel", image_layer: "Image") -> None:
        super().__init__(viewer, image_layer, "preview of a repair")

    def draw(self, edit: "Edit", classes: Sequence[str]) -> None:
        """Draw an edit of class layers of these names."""
        from napari.layers import Labels
        from napari.utils.colormaps import DirectLabelColormap

        self.remove()
        values, window = _values(edit, classes)
        colours = class_colours(ClassMap((BACKGROUND, *classes)))
        clear = (0.0, 0.0, 0.0, 0.0)
        palette: dict[int | None, tuple[float, ...]] = {None: clear, 0: clear, len(classes) + 1: (*_LOST, 1.0)}
        palette |= {
            value: (*(part / 255 for part in colours[name]), 1.0) for value, name in enumerate(classes, start=1)
        }
        place = tuple(self._image.data_to_world((*[0] * (self._image.ndim - 2), *(cut.start for cut in window)))[-2:])
        self._add(Labels, values, colormap=DirectLabelColormap(color_dict=palette), opacity=0.9, translate=place)


def _box(window: "Window") -> AnyArray:
    (top, bottom), (left, right) = ((cut.start - 0.5, cut.stop - 0.5) for cut in window)
    return np.array([(top, left), (top, right), (bottom, right), (bottom, left), (top, left)])


def _edges(ring: AnyArray) -> AnyArray:
    """Return the sides of a closed ring (N, 2) as starts and directions, (N - 1, 2, 2)."""
    return np.stack([ring[:-1], np.diff(ring, axis=0)], axis=1)


def _colour(queue: "ReviewQueue", place: "Place", current: "Place | None") -> tuple[float, float, float]:
    is_current = current is not None and place.key == current.key
    return _CURRENT if is_current else STATE_COLOURS[queue.state(place)]


def _values(edit: "Edit", classes: Sequence[str]) -> "tuple[LabelArray, Window]":
    """Return an edit's window, and in it the number of the class that a pixel gets, the last number where it loses."""
    window = edit.window
    values = np.zeros([cut.stop - cut.start for cut in window], np.uint8)
    for is_gain in (False, True):
        for value, name in enumerate(classes, start=1):
            part = edit.changes.get(name)
            if part is None:
                continue
            rows, columns = np.divmod(part.indices[(part.after != 0) == is_gain], edit.shape[1])
            values[rows - window[0].start, columns - window[1].start] = value if is_gain else len(classes) + 1
    return values, window
