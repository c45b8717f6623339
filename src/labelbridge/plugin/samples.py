"""Sample data under File > Open Sample: the generated images that come along, with and without masks."""

from pathlib import Path

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.io import find_masks, image_stem
from labelbridge.plugin.layerdata import LayerData, image_layer_data
from labelbridge.plugin.masklayers import mask_layers

__all__ = ["sem_phantom", "sem_phantom_with_masks", "tem_phantom_with_masks"]

_SEM = Path("sem_unlabeled/sub-s1/micr/sub-s1_sample-01_SEM.png")
_TEM = Path("tem_labeled/sub-p1/micr/sub-p1_sample-01_TEM.png")


def sem_phantom() -> list[LayerData]:
    """Return an image as a scanning electron microscope would show it, to be bootstrapped."""
    return image_layer_data(sample_data_folder() / _SEM)


def sem_phantom_with_masks() -> list[LayerData]:
    """Return the same image with its true axon and myelin."""
    return _with_masks(_SEM, "truth/sem_unlabeled")


def tem_phantom_with_masks() -> list[LayerData]:
    """Return an image as a transmission electron microscope would show it, with its true classes."""
    return _with_masks(_TEM, "tem_labeled")


def _with_masks(image: Path, labels: str) -> list[LayerData]:
    folder = sample_data_folder()
    masks = find_masks(folder / labels)[image_stem(image)]
    return image_layer_data(folder / image) + mask_layers(masks, folder / image)
