"""Layers, camera and keys, on napari's models without a window."""

from collections.abc import Callable

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels, Points, Shapes, Vectors
from napari.utils.action_manager import action_manager
from napari.utils.key_bindings import KeymapHandler, coerce_keybinding
from napari.utils.shortcuts import default_shortcuts

from labelbridge.core import AXON, MYELIN, InputError, LabelArray
from labelbridge.io.colours import class_colours
from labelbridge.plugin.keys import KEYS, POINTER_KEYS, REPAIR_KEYS, UNDO_KEYS, BoundKeys
from labelbridge.plugin.masks import empty_masks, make_ready
from labelbridge.plugin.viewer import (
    add_beside,
    add_class_layers,
    centre_on,
    class_layers,
    find_beside,
    image_layers,
    image_shape,
    mask_sets,
    pixel_at,
    visible_window,
)

SHAPE = (120, 200)
LOOK = {"scale": (0.1, 0.1), "translate": (7.0, 9.0), "units": ("um", "um"), "axis_labels": ("y", "x")}


@pytest.fixture
def viewer() -> ViewerModel:
    model = ViewerModel()
    model.canvas.size = (400, 600)
    return model


@pytest.fixture
def image(viewer: ViewerModel) -> Image:
    return viewer.add_image(np.zeros(SHAPE), name="rat 1", **LOOK)


def masks(*further: str) -> dict[str, LabelArray]:
    return {name: np.zeros(SHAPE, np.uint8) for name in (AXON, MYELIN, *further)}


def test_class_layers_look_like_their_image_and_show_the_very_arrays(viewer: ViewerModel, image: Image) -> None:
    given = masks("uaxon")
    layers = add_class_layers(viewer, image, given)
    assert class_layers(viewer, image) == layers
    assert [layer.name for layer in layers.values()] == ["rat 1 axon", "rat 1 myelin", "rat 1 uaxon"]
    for name, layer in layers.items():
        assert layer.data is given[name]
        assert layer.editable
        assert layer.selected_label == 1
        np.testing.assert_allclose(layer.scale, image.scale)
        np.testing.assert_allclose(layer.translate, image.translate)
        assert layer.units == image.units
        assert layer.axis_labels == image.axis_labels
    colours = [tuple(np.round(layer.get_color(1)[:3] * 255).astype(int)) for layer in layers.values()]
    assert colours[:2] == [class_colours_of(AXON), class_colours_of(MYELIN)]
    assert len(set(colours)) == 3


def class_colours_of(name: str) -> tuple[int, ...]:
    from labelbridge.core import AXON_MYELIN

    return class_colours(AXON_MYELIN)[name]


def test_a_further_set_never_replaces_one(viewer: ViewerModel, image: Image) -> None:
    first = add_class_layers(viewer, image, masks())
    second = add_class_layers(viewer, image, masks())
    assert second[AXON].name == "rat 1 axon 2"
    assert mask_sets(viewer, image) == [first, second]
    assert class_layers(viewer, image) == second
    viewer.layers.remove(second[MYELIN])
    assert class_layers(viewer, image) == first
    third = add_class_layers(viewer, image, masks())
    assert third[AXON].name == "rat 1 axon 3", "the lonely axon layer keeps its name"


def test_renamed_layers_are_still_those_of_their_image(viewer: ViewerModel, image: Image) -> None:
    layers = add_class_layers(viewer, image, masks())
    layers[AXON].name = "anything"
    image.name = "another name"
    assert class_layers(viewer, image) == layers


def test_layers_of_others_are_known_by_their_names(viewer: ViewerModel, image: Image) -> None:
    other = viewer.add_image(np.zeros(SHAPE), name="rat")
    axon = viewer.add_labels(masks()[AXON], name="rat 1 axon")
    assert class_layers(viewer, image) == {}
    myelin = viewer.add_labels(masks()[AXON], name="rat 1 myelin")
    viewer.add_labels(masks()[AXON], name="rat 1 differences")
    assert class_layers(viewer, image) == {AXON: axon, MYELIN: myelin}
    assert class_layers(viewer, other) == {}


def test_what_lies_beside_an_image_is_no_image_of_its_own(viewer: ViewerModel, image: Image) -> None:
    assert find_beside(viewer, image, "uncertainty") is None
    layer = add_beside(viewer, image, np.zeros(SHAPE, np.float32), "uncertainty", visible=False)
    assert layer.name == "rat 1 uncertainty"
    assert not layer.visible
    np.testing.assert_allclose(layer.translate, image.translate)
    assert find_beside(viewer, image, "uncertainty") is layer
    assert image_layers(viewer) == [image]


@pytest.mark.parametrize("window", [(slice(10, 50), slice(20, 120)), (slice(0, 3), slice(0, 3))])
def test_what_is_centred_is_in_the_visible_window(
    viewer: ViewerModel, image: Image, window: tuple[slice, slice]
) -> None:
    centre_on(viewer, image, window)
    seen = visible_window(viewer, image)
    for cut, part in zip(seen, window, strict=True):
        assert cut.start <= part.start
        assert cut.stop >= part.stop
    assert (seen[0].stop - seen[0].start) * (seen[1].stop - seen[1].start) < SHAPE[0] * SHAPE[1]


def test_the_whole_image_is_seen_where_none_of_it_is(viewer: ViewerModel, image: Image) -> None:
    viewer.scene.camera.center = (1000.0, 1000.0)
    assert visible_window(viewer, image) == (slice(0, SHAPE[0]), slice(0, SHAPE[1]))


def test_planes_of_stacks_colour_and_pyramids_have_the_shape_of_their_finest_plane(viewer: ViewerModel) -> None:
    data = np.zeros((3, *SHAPE), np.uint8)
    assert image_shape(viewer.add_image(data)) == SHAPE
    assert image_shape(viewer.add_image(np.zeros((*SHAPE, 3), np.uint8), rgb=True)) == SHAPE
    assert image_shape(viewer.add_image([data[0], data[0, ::2, ::2]], multiscale=True)) == SHAPE


def test_masks_of_a_plane_lie_on_their_stack(viewer: ViewerModel) -> None:
    stack = viewer.add_image(np.zeros((3, *SHAPE)), name="stack", scale=(5, 0.1, 0.2), translate=(1, 2, 3))
    layer = add_class_layers(viewer, stack, masks())[AXON]
    np.testing.assert_allclose(layer.scale, (0.1, 0.2))
    np.testing.assert_allclose(layer.translate, (2, 3))
    centre_on(viewer, stack, (slice(10, 20), slice(30, 40)))
    rows, columns = visible_window(viewer, stack)
    assert rows.start <= 10 < 20 <= rows.stop
    assert columns.start <= 30 < 40 <= columns.stop


def test_pixels_are_found_at_places_in_the_world(image: Image) -> None:
    assert pixel_at(image, tuple(image.data_to_world((30.2, 99.7))), SHAPE) == (30, 100)
    assert pixel_at(image, tuple(image.data_to_world((-3, 5))), SHAPE) is None


def test_no_key_is_one_of_naparis_own_but_the_eraser() -> None:
    own = {coerce_keybinding(binding) for keys in default_shortcuts.values() for binding in keys}
    assert {name for name, key in KEYS.items() if coerce_keybinding(key.code) in own} == {"erase"}
    assert coerce_keybinding(KEYS["erase"].code) in default_shortcuts["napari:activate_labels_erase_mode"]
    everything = [key.code for keys in (KEYS, POINTER_KEYS, UNDO_KEYS, REPAIR_KEYS) for key in keys.values()]
    assert len(set(everything)) == len(everything)


def test_keys_for_the_pointer_are_naparis_own_for_points_and_shapes_alone() -> None:
    ours = {coerce_keybinding(key.code) for key in POINTER_KEYS.values()}
    actions = action_manager._actions  # noqa: SLF001 # the only way to it
    taken = {
        actions[name].keymapprovider
        for name, keys in default_shortcuts.items()
        if name in actions and ours & {coerce_keybinding(one) for one in keys}
    }
    assert taken <= {Points, Shapes}


def test_keys_do_what_they_did_before_once_they_are_released(viewer: ViewerModel, image: Image) -> None:
    done: list[str] = []
    viewer.bind_key("Q", lambda _: done.append("before"))
    handler = KeymapHandler()
    handler.keymap_providers = [image, viewer]
    keys = BoundKeys()
    keys.bind(viewer, KEYS["axon"].code, lambda: done.append("axon"))
    keys.bind(viewer, KEYS["next"].code, lambda: done.append("next"))
    for key in "QN":
        handler.press_key(key)
    keys.release()
    for key in "QN":
        handler.press_key(key)
    assert done == ["axon", "next", "before"]


def labels(data: np.ndarray, name: str = "one") -> Labels:
    return Labels(data, name=name)


def test_masks_that_can_be_corrected_stay_as_they_are() -> None:
    given = empty_masks(SHAPE)
    layers = {name: labels(mask) for name, mask in given.items()}
    assert make_ready(layers, SHAPE) == []
    for name, layer in layers.items():
        assert layer.data is given[name]


@pytest.mark.parametrize("convert", [lambda mask: mask.astype(np.int32) * 255, np.asfortranarray])
def test_other_masks_become_zero_and_one(convert: Callable[[np.ndarray], np.ndarray]) -> None:
    mask = np.zeros(SHAPE, np.uint8)
    mask[5:9, 5:9] = 1
    given = convert(mask)
    kept = given.copy()
    layers = {AXON: labels(given), MYELIN: labels(np.zeros(SHAPE, bool))}
    assert make_ready(layers, SHAPE) == []
    np.testing.assert_array_equal(layers[AXON].data, mask)
    assert layers[AXON].data.dtype == layers[MYELIN].data.dtype == np.uint8
    np.testing.assert_array_equal(given, kept)


def test_masks_that_overlap_are_untangled_in_arrays_of_their_own() -> None:
    given = masks("uaxon")
    for mask in given.values():
        mask[10:20, 10:20] = 1
    layers = {name: labels(mask) for name, mask in given.items()}
    (notice,) = make_ready(layers, SHAPE)
    assert notice.startswith("200 pixels")
    assert layers[MYELIN].data[15, 15] == 1
    assert not layers[AXON].data.any()
    assert not layers["uaxon"].data.any()
    assert given[AXON].any(), "what the layer was made from stays"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.zeros((5, 5), np.uint8), r"shape \(5, 5\)"),
        (np.zeros((3, *SHAPE), np.uint8), "expected one plane"),
        (np.arange(SHAPE[0] * SHAPE[1]).reshape(SHAPE), "labels beside the background"),
    ],
)
def test_what_is_no_mask_is_one_sentence_and_nothing_changes(data: np.ndarray, words: str) -> None:
    other = np.ones(SHAPE, np.int32)
    layers = {MYELIN: labels(other), AXON: labels(data, "odd")}
    with pytest.raises(InputError, match=words):
        make_ready(layers, SHAPE)
    assert layers[MYELIN].data is other


def test_other_layers_are_no_images(viewer: ViewerModel) -> None:
    viewer.add_layer(Vectors(np.zeros((0, 2, 2))))
    assert image_layers(viewer) == []
