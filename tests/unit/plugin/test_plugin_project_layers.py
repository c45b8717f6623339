"""Which layers an image of a project has, and which of its masks are not saved yet."""

from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel

from labelbridge.plugin.presenters.projectimage import ReadImage
from labelbridge.plugin.projectlayers import ProjectLayers
from labelbridge.plugin.viewer import add_class_layers, class_layers, final_masks, mark_corrected

SHAPE = (30, 40)


@pytest.fixture
def viewer() -> ViewerModel:
    return ViewerModel()


@pytest.fixture
def layers(viewer: ViewerModel) -> ProjectLayers:
    return ProjectLayers(viewer, list)


def masks(column: int = 5) -> dict[str, Any]:
    made = {name: np.zeros(SHAPE, np.uint8) for name in ("axon", "myelin")}
    made["axon"][5:9, column : column + 4] = 1
    return made


def read(name: str, found: dict[str, Any] | None = None, *, certain: bool = True) -> ReadImage:
    pixels = np.random.default_rng(1).integers(0, 255, SHAPE, np.uint8)
    uncertainty = None if certain else np.zeros(SHAPE, np.float32)
    look = {"name": name, "scale": (0.5, 0.5), "units": ("um", "um")}
    return ReadImage(name, (pixels, look, "image"), found or {}, uncertainty, (f"masks/{name}/0001/x.png",))


def test_an_image_comes_with_its_masks_at_its_scale(viewer: ViewerModel, layers: ProjectLayers) -> None:
    layers.show(read("a", masks(), certain=False))
    assert [layer.name for layer in viewer.layers] == ["a", "a uncertainty", "a axon", "a myelin"]
    assert [layer.visible for layer in viewer.layers] == [True, False, True, True]
    assert {tuple(layer.scale) for layer in viewer.layers} == {(0.5, 0.5)}
    assert layers.version("a") == ("masks/a/0001/x.png",)
    assert not layers.is_unsaved("a")


def test_what_is_painted_is_unsaved_until_it_is_saved_or_undone(viewer: ViewerModel, layers: ProjectLayers) -> None:
    layers.show(read("a", masks()))
    axon = viewer.layers["a axon"]
    axon.data[20, 20] = 1
    assert layers.is_unsaved("a")
    axon.data[20, 20] = 0
    assert not layers.is_unsaved("a")
    axon.data[20, 20] = 1
    snapshot = layers.masks("a")
    axon.data[21, 21] = 1
    layers.know_saved("a", snapshot, ("masks/a/0002/x.png",))
    assert layers.is_unsaved("a"), "it was painted while the masks were written"
    axon.data[21, 21] = 0
    assert not layers.is_unsaved("a")
    assert layers.version("a") == ("masks/a/0002/x.png",)


def test_first_masks_are_unsaved_once_there_is_something_in_them(viewer: ViewerModel, layers: ProjectLayers) -> None:
    layers.show(read("a"))
    assert not layers.is_unsaved("a")
    assert layers.masks("a") == {}
    added = add_class_layers(viewer, viewer.layers["a"], {name: np.zeros(SHAPE, np.uint8) for name in masks()})
    assert not layers.is_unsaved("a")
    added["myelin"].data[3, 3] = 1
    assert layers.is_unsaved("a")


def test_the_set_that_was_corrected_last_is_saved_else_the_newest(viewer: ViewerModel, layers: ProjectLayers) -> None:
    layers.show(read("a", masks(5)))
    image = viewer.layers["a"]
    first = class_layers(viewer, image)
    second = add_class_layers(viewer, image, masks(15))
    assert final_masks(viewer, image) == second
    mark_corrected(viewer, image, first)
    assert final_masks(viewer, image) == first
    np.testing.assert_array_equal(layers.masks("a")["axon"], masks(5)["axon"])
    mark_corrected(viewer, image, second)
    np.testing.assert_array_equal(layers.masks("a")["axon"], masks(15)["axon"])


def test_where_classes_overlap_the_myelin_comes_last(viewer: ViewerModel, layers: ProjectLayers) -> None:
    layers.show(read("a", {"myelin": masks()["axon"], "axon": masks()["axon"], "uaxon": masks()["axon"]}))
    assert list(layers.masks("a")) == ["uaxon", "axon", "myelin"]


def test_another_image_hides_the_one_before_and_closes_nothing(viewer: ViewerModel, layers: ProjectLayers) -> None:
    mine = viewer.add_image(np.zeros(SHAPE), name="mine")
    layers.show(read("a", masks()))
    viewer.layers["a myelin"].visible = False
    layers.show(read("b", masks()))
    assert [layer.name for layer in viewer.layers if layer.visible] == ["mine", "b", "b axon", "b myelin"]
    layers.bring_forward("a")
    assert [layer.name for layer in viewer.layers if layer.visible] == ["mine", "a", "a axon"]
    layers.close("a")
    assert [layer.name for layer in viewer.layers] == ["mine", "b", "b axon", "b myelin"]
    assert mine in viewer.layers
    assert not layers.shows("a")


def test_new_masks_of_an_open_image_are_a_further_set(viewer: ViewerModel, layers: ProjectLayers) -> None:
    layers.show(read("a", masks(5)))
    new = ReadImage("a", None, masks(15), None, ("masks/a/0002/x.png",))
    layers.show(new)
    assert [layer.name for layer in viewer.layers] == ["a", "a axon", "a myelin", "a axon 2", "a myelin 2"]
    assert not layers.is_unsaved("a")


def test_an_image_whose_layer_the_user_deleted_is_not_open(viewer: ViewerModel, layers: ProjectLayers) -> None:
    layers.show(read("a", masks()))
    viewer.layers.remove("a")
    assert not layers.shows("a")
    assert not layers.is_unsaved("a")
    assert layers.version("a") == ()
    layers.close("a")
    layers.show(read("a", masks()))
    assert layers.shows("a")
