"""File > Open Sample."""

import napari
import numpy as np
import pytest

from labelbridge.plugin.samples import sem_phantom, sem_phantom_with_masks, tem_phantom_with_masks


def test_an_image_to_bootstrap_comes_alone() -> None:
    ((data, meta, kind),) = sem_phantom()
    assert (data.shape, kind, meta["units"]) == ((512, 512), "image", ("um", "um"))


@pytest.mark.parametrize(
    ("sample", "classes"),
    [(sem_phantom_with_masks, ["axon", "myelin"]), (tem_phantom_with_masks, ["axon", "myelin", "uaxon"])],
)
def test_masks_lie_on_their_image(sample, classes: list[str]) -> None:
    image, *masks = [napari.layers.Layer.create(*layer) for layer in sample()]
    assert [mask.name for mask in masks] == [f"{image.name} {name}" for name in classes]
    for mask in masks:
        assert mask.data.shape == image.data.shape
        assert list(mask.scale) == list(image.scale)
        assert 0.02 < mask.data.mean() < 0.6
    axon, myelin = masks[0].data > 0, masks[1].data > 0
    assert not np.any(axon & myelin)
