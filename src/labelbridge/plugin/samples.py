"""Sample data under File > Open Sample: generated images that come along, and public ones that are downloaded."""

from functools import partial
from pathlib import Path

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.io import find_masks, image_stem
from labelbridge.io.userdata import user_data_folder
from labelbridge.plugin.layerdata import LayerData, image_layer_data
from labelbridge.plugin.masklayers import mask_layers
from labelbridge.plugin.waiting import wait_for

__all__ = [
    "sem_axondeepseg",
    "sem_phantom",
    "sem_phantom_with_masks",
    "tem_axondeepseg",
    "tem_phantom_with_masks",
]

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


def sem_axondeepseg() -> list[LayerData]:
    """Return an image of data_axondeepseg_sem with its masks, as `tem_axondeepseg` does of the other set."""
    return _public("axondeepseg-sem")


def tem_axondeepseg() -> list[LayerData]:
    """Return an image of data_axondeepseg_srf_testing with its masks, downloaded where it is not there yet.

    Licence, citation and page of the set are in the metadata of each layer.

    Raises
    ------
    LabelBridgeError
        Where it cannot be downloaded, or is not what it should be.
    Cancelled
        Where the user has cancelled the download.
    """
    return _public("axondeepseg-tem")


def _with_masks(image: Path, labels: str) -> list[LayerData]:
    folder = sample_data_folder()
    return _layers(folder / image, folder / labels)


def _public(name: str) -> list[LayerData]:
    from labelbridge.plugin.publicsamples import download_sample, public_samples

    sample = public_samples()[name]
    get = partial(download_sample, sample, user_data_folder() / "samples" / name)
    layers = _layers(*wait_for(get, f"{sample.title}, {sample.licence} licence, from\n{sample.page}"))
    credit = {"licence": sample.licence, "citation": sample.citation, "page": sample.page}
    return [(data, meta | {"metadata": meta.get("metadata", {}) | credit}, kind) for data, meta, kind in layers]


def _layers(image: Path, masks: Path) -> list[LayerData]:
    """Read an image and its masks, which lie in or below a folder."""
    return image_layer_data(image) + mask_layers(find_masks(masks)[image_stem(image)], image)
