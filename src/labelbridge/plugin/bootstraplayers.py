"""What the Bootstrap dock takes from napari's layers, and what it puts beside them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from labelbridge.core import BACKGROUND, AnyArray, ClassMap, LabelArray
from labelbridge.io.colours import class_colours
from labelbridge.plugin.layernotes import note_models
from labelbridge.plugin.presenters.bootstrapresult import BootstrapResult
from labelbridge.plugin.presenters.differences import ANOTHER_CLASS, ONLY_AFTER, ONLY_BEFORE
from labelbridge.plugin.presenters.shownimage import ShownImage
from labelbridge.plugin.viewer import (
    METADATA_KEY,
    add_beside,
    add_class_layers,
    image_layers,
    image_shape,
    look_of,
    mask_sets,
)

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Labels, Layer

__all__ = [
    "add_region",
    "comparable_masks",
    "drawn_window",
    "show_differences",
    "show_preview",
    "show_result",
    "shown_images",
]

_DIFFERENCE_COLOURS = {ONLY_BEFORE: (1.0, 0.6, 0.1), ONLY_AFTER: (0.2, 0.8, 0.3), ANOTHER_CLASS: (0.8, 0.3, 0.9)}
_SAME_SIDE = 0.01
"""Pixels whose sides differ by less count as square."""


def shown_images(viewer: "ViewerModel") -> list[ShownImage]:
    """Return the image layers that can be bootstrapped, the topmost last."""
    return [
        ShownImage(
            layer=layer,
            name=layer.name,
            data=layer.data[0] if layer.multiscale else layer.data,
            is_colour=layer.rgb,
            plane=_seen_plane(viewer, layer),
            pixel_size_um=_pixel_size_um(layer),
        )
        for layer in image_layers(viewer)
    ]


def show_result(viewer: "ViewerModel", result: BootstrapResult) -> "dict[str, Labels]":
    """Add masks beside their image, `translated` and `uncertainty` hidden below them; the preview goes.

    The new layers' metadata say of which ``models`` they are.

    Returns
    -------
    dict
        The new class layers by class name.
    """
    layer = _layer_of(result)
    _remove(viewer, layer, "preview")
    if result.translated is not None:
        add_beside(viewer, layer, result.translated, "translated", visible=False)
    add_beside(viewer, layer, result.uncertainty, "uncertainty", visible=False)
    made = add_class_layers(viewer, layer, result.masks)
    note_models(made.values(), result.models)
    return made


def show_preview(viewer: "ViewerModel", result: BootstrapResult) -> "Labels":
    """Show the masks of a window in one layer that is not to be edited; an earlier preview goes."""
    layer, window = _layer_of(result), result.request.window
    assert window is not None  # a preview has one
    classes = ClassMap((BACKGROUND, *result.masks))
    labels = np.zeros(next(iter(result.masks.values())).shape, np.uint8)
    for name, mask in result.masks.items():
        labels[mask != 0] = classes.value(name)
    colours = {
        classes.value(name): tuple(part / 255 for part in colour) for name, colour in class_colours(classes).items()
    }
    return _add_shown(viewer, layer, labels, "preview", colours, translate=_place_of(layer, window))


def comparable_masks(viewer: "ViewerModel", layer: "Image") -> list[dict[str, AnyArray]]:
    """Return the two newest sets of masks of an image, the older first; none where there are no two of one shape."""
    sets = [{name: one.data for name, one in found.items()} for found in mask_sets(viewer, layer)[-2:]]
    alike = len({mask.shape for found in sets for mask in found.values()}) == 1
    return sets if len(sets) == 2 and alike else []


def show_differences(viewer: "ViewerModel", layer: "Image", labels: LabelArray, name: str = "differences") -> "Labels":
    """Show where masks differ, as `differences` gives it, in place of what was shown before under this name."""
    return _add_shown(viewer, layer, labels, name, _DIFFERENCE_COLOURS)


def add_region(viewer: "ViewerModel", layer: "Image", window: tuple[slice, slice]) -> "Image":
    """Add a part of an image as a layer of its own, at its place: what is made of it stays small and quick.

    Parameters
    ----------
    viewer
        Where to add it.
    layer
        The image, of any number of axes.
    window
        Rows and columns in px.
    """
    data = layer.data[0] if layer.multiscale else layer.data
    part = np.asarray(data[(..., *window, slice(None)) if layer.rgb else (..., *window)])
    look = look_of(layer, layer.ndim) | {"translate": _place_of(layer, window)}
    return viewer.add_image(
        part,
        name=f"{layer.name} region",
        rgb=layer.rgb,
        colormap=None if layer.rgb else layer.colormap,
        contrast_limits=None if layer.rgb else layer.contrast_limits,
        **look,
    )


def drawn_window(viewer: "ViewerModel", layer: "Image") -> tuple[slice, slice] | None:
    """Return rows and columns around the shape drawn last in the topmost Shapes layer; None where there is none."""
    from napari.layers import Shapes

    drawn = [shapes for shapes in viewer.layers if isinstance(shapes, Shapes) and len(shapes.data)]
    if not drawn:
        return None
    corners = np.asarray([layer.world_to_data(drawn[-1].data_to_world(corner))[-2:] for corner in drawn[-1].data[-1]])
    shape = image_shape(layer)
    starts = np.clip(np.floor(corners.min(axis=0) + 0.5).astype(int), 0, shape)
    stops = np.clip(np.ceil(corners.max(axis=0) + 0.5).astype(int), 0, shape)
    if np.any(stops <= starts):
        return None
    return slice(int(starts[0]), int(stops[0])), slice(int(starts[1]), int(stops[1]))


def _layer_of(result: BootstrapResult) -> "Image":
    layer: Image = result.request.shown.layer
    return layer


def _seen_plane(viewer: "ViewerModel", layer: "Image") -> tuple[int, ...]:
    data = layer.data[0] if layer.multiscale else layer.data
    place = layer.world_to_data(viewer.dims.point)[:-2]
    lengths = data.shape[: len(place)]
    return tuple(
        int(np.clip(round(float(one)), 0, max(0, length - 1))) for one, length in zip(place, lengths, strict=True)
    )


def _pixel_size_um(layer: "Image") -> float | None:
    """Return the side of a pixel in um; None where the unit is no length, or pixels are not square."""
    if not all(unit.is_compatible_with("micrometer") for unit in layer.units[-2:]):
        return None
    height, width = (
        float((scale * unit).to("micrometer").magnitude)
        for scale, unit in zip(layer.scale[-2:], layer.units[-2:], strict=True)
    )
    return width if abs(height - width) <= _SAME_SIDE * width else None


def _place_of(layer: "Image", window: tuple[slice, slice]) -> AnyArray:
    """Return the `translate` of a layer that shows a window of an image at the same place."""
    from napari.utils.transforms import Affine

    to_world = Affine(rotate=layer.rotate, scale=layer.scale, shear=layer.shear, translate=layer.translate)
    corner = np.zeros(layer.ndim)
    corner[-2:] = [cut.start for cut in window]
    return np.asarray(to_world(corner))


def _add_shown(
    viewer: "ViewerModel",
    layer: "Image",
    labels: LabelArray,
    name: str,
    colours: Mapping[int, tuple[float, ...]],
    **look: Any,
) -> "Labels":
    """Add a Labels layer `<image> <name>` that is only looked at, in place of the earlier one; it is not selected."""
    from napari.utils.colormaps import DirectLabelColormap

    _remove(viewer, layer, name)
    selected = list(viewer.layers.selection)
    clear = (0.0, 0.0, 0.0, 0.0)
    colours_of: dict[int | None, tuple[float, ...]] = {None: clear, 0: clear}
    colours_of.update(colours.items())
    if "translate" in look:
        look["translate"] = look["translate"][-labels.ndim :]
    shown = viewer.add_labels(
        labels,
        name=f"{layer.name} {name}",
        metadata={METADATA_KEY: {"shows": name, "beside": layer.unique_id}},
        colormap=DirectLabelColormap(color_dict=colours_of),
        opacity=0.6,
        **(look_of(layer, labels.ndim) | look),
    )
    shown.editable = False
    viewer.layers.selection = selected
    return shown


def _remove(viewer: "ViewerModel", layer: "Layer", name: str) -> None:
    """Remove what was shown under this name beside an image."""
    mine = {"shows": name, "beside": layer.unique_id}
    for one in [one for one in viewer.layers if one.metadata.get(METADATA_KEY) == mine]:
        viewer.layers.remove(one)
