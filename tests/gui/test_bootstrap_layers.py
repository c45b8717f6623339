"""Images out of layers and masks beside them, in a real window, without anything computed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.utils._proxies import PublicOnlyProxy

from labelbridge.bootstrap import Plan
from labelbridge.bootstrap.server import Findings
from labelbridge.plugin.bootstraplayers import (
    comparable_masks,
    show_differences,
    show_preview,
    show_result,
    shown_images,
)
from labelbridge.plugin.presenters.bootstrapresult import BootstrapRequest, BootstrapResult
from labelbridge.plugin.presenters.differences import differences
from labelbridge.plugin.presenters.shownimage import ShownImage

Viewers = Callable[[], Any]
FINDINGS = Findings(None, (), None, None, False, Path("model"))


def result_for(shown: ShownImage, shape: tuple[int, ...], window: tuple[slice, slice] | None = None) -> BootstrapResult:
    axon = np.zeros(shape, np.uint8)
    axon[..., :5, :5] = 1
    masks = {"axon": axon, "myelin": np.roll(axon, 5, -1), "uaxon": np.roll(axon, 5, -2)}
    request = BootstrapRequest(shown, Plan("direct"), window=window)
    grey = np.zeros(shape, np.float32)
    return BootstrapResult(request, FINDINGS, masks, grey, grey.copy(), {}, "cpu")


@pytest.mark.parametrize("proxied", [False, True])
def test_a_plain_image(make_napari_viewer: Viewers, proxied: bool) -> None:
    viewer = make_napari_viewer()
    image = viewer.add_image(np.zeros((40, 50)), name="grey", scale=(0.2, 0.2), units=("um", "um"))
    seen = PublicOnlyProxy(viewer) if proxied else viewer
    (shown,) = shown_images(seen)
    assert shown.data is image.data
    assert shown.pixel_size_um == pytest.approx(0.2)
    assert (shown.stack_shape, shown.plane, shown.is_colour) == ((), (), False)
    made = show_result(seen, result_for(shown, (40, 50)))
    assert {name: layer.name for name, layer in made.items()} == {
        "axon": "grey axon",
        "myelin": "grey myelin",
        "uaxon": "grey uaxon",
    }
    assert len(shown_images(seen)) == 1
    assert not comparable_masks(seen, shown.layer)
    show_result(seen, result_for(shown, (40, 50)))
    before, after = comparable_masks(seen, shown.layer)
    show_differences(seen, shown.layer, differences(before, after))
    assert not viewer.layers["grey differences"].data.any()
    show_differences(seen, shown.layer, differences(before, after))
    assert sum("differences" in layer.name for layer in viewer.layers) == 1


def test_a_stack_keeps_its_place(make_napari_viewer: Viewers) -> None:
    viewer = make_napari_viewer()
    image = viewer.add_image(np.zeros((4, 40, 50)), name="stack", scale=(3, 0.5, 0.5), translate=(1, 2, 3))
    viewer.dims.set_point(0, 1 + 3 * 2)
    (shown,) = shown_images(viewer)
    assert shown.plane == (2,)
    assert shown.pixel_size_um is None
    for layer in show_result(viewer, result_for(shown, (4, 40, 50))).values():
        np.testing.assert_allclose(layer.scale, image.scale)
        np.testing.assert_allclose(layer.translate, image.translate)
    window = slice(10, 30), slice(20, 45)
    preview = show_preview(viewer, result_for(shown, (20, 25), window))
    np.testing.assert_allclose(preview.data_to_world((0, 0)), image.data_to_world((0, 10, 20))[-2:])
    assert set(np.unique(preview.data)) == {0, 1, 2, 3}
    assert not preview.editable


def test_colours_and_levels(make_napari_viewer: Viewers) -> None:
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((40, 50, 3), np.uint8), name="colour", rgb=True)
    levels = [np.zeros((64, 64)), np.zeros((32, 32))]
    viewer.add_image(levels, name="levels", multiscale=True)
    viewer.add_image(np.zeros((40, 50)), name="oblong", scale=(1, 2), units=("um", "um"))
    colour, multiscale, oblong = shown_images(viewer)
    assert (colour.shape, colour.is_colour, colour.is_stack) == ((40, 50), True, False)
    assert multiscale.shape == (64, 64)
    assert multiscale.data is shown_images(viewer)[1].data
    assert oblong.pixel_size_um is None
    assert set(show_result(viewer, result_for(colour, (40, 50)))) == {"axon", "myelin", "uaxon"}


def test_a_layer_that_was_removed_still_gets_its_masks(make_napari_viewer: Viewers) -> None:
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((40, 50)), name="gone", scale=(2, 2))
    (shown,) = shown_images(viewer)
    viewer.layers.clear()
    made = show_result(viewer, result_for(shown, (40, 50)))
    np.testing.assert_allclose(made["axon"].scale, (2, 2))
