"""Whole labelled sets of every layout, and files of labels."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from fuzzing.image_seeds import fibres, files_in, png
from fuzzing.mutations import Files
from labelbridge.core import ClassMap, Image, LabelMap
from labelbridge.io.export.geojson import write_geojson
from labelbridge.io.export.ometiff import write_ome_tiff
from labelbridge.io.export.omezarr import ZarrVersion, write_ome_zarr

__all__ = ["LABEL_FILE_SEEDS", "SET_SEEDS", "TABLE_SEEDS"]


def _masks() -> dict[str, bytes]:
    _, labels = fibres()
    return {
        "axon": png((labels == 1).astype(np.uint8) * 255),
        "myelin": png((labels == 2).astype(np.uint8) * 255),
        "axonmyelin": png(np.choose(labels, [0, 255, 127]).astype(np.uint8)),
    }


def _axondeepseg() -> Files:
    masks = _masks()
    return {
        "a.png": png(fibres()[0]),
        "a_seg-axon.png": masks["axon"],
        "a_seg-myelin.png": masks["myelin"],
        "b.png": png(fibres()[0]),
        "b_seg-axonmyelin.png": masks["axonmyelin"],
        "pixel_size_in_micrometer.txt": b"0.13",
    }


def _bids() -> Files:
    image, masks = "sub-01/micr/sub-01_sample-1_SEM", _masks()
    labels = f"derivatives/labels/{image}"
    return {
        f"{image}.png": png(fibres()[0]),
        f"{image}.json": json.dumps({"PixelSize": [130, 130], "PixelSizeUnits": "nm"}).encode(),
        "dataset_description.json": b'{"Name": "x", "BIDSVersion": "1.9.0"}',
        "participants.tsv": b"participant_id\nsub-01\n",
        f"{labels}_seg-axon-manual.png": masks["axon"],
        f"{labels}_seg-myelin-manual.png": masks["myelin"],
    }


def _plain() -> Files:
    return {"images/a.png": png(fibres()[0]), "masks/a.png": png(fibres()[1])}


def _nnunet() -> Files:
    labels = {"background": 0, "myelin": 1, "axon": 2}
    dataset = {"channel_names": {"0": "SEM"}, "labels": labels, "numTraining": 2, "file_ending": ".png"}
    values = png(np.choose(fibres()[1], [0, 2, 1]).astype(np.uint8))
    return {
        "dataset.json": json.dumps(dataset).encode(),
        "imagesTr/a_0000.png": png(fibres()[0]),
        "imagesTr/b_0000.png": png(fibres()[0]),
        "labelsTr/a.png": values,
        "labelsTr/b.png": values,
    }


def _with_image(write: Callable[[LabelMap, str, Path], object]) -> Callable[[], Files]:
    """Return the maker of an image beside its labels in one file, which comes first."""

    def make() -> Files:
        with TemporaryDirectory() as folder:
            write(LabelMap(fibres()[1], ClassMap()), "a", Path(folder))
            return files_in(Path(folder)) | {"a.png": png(fibres()[0])}

    return make


def _zarr_labels(version: ZarrVersion) -> Callable[[], Files]:
    image = Image(fibres()[0].astype(np.float32), "a")
    return _with_image(
        lambda labels, stem, out: write_ome_zarr(
            labels, stem, out, overwrite=False, pixel_size_um=0.13, image=image, version=version
        )
    )


def _qupath() -> Files:
    """Return annotations as QuPath exports them, which do not say how large the image is."""
    square = [[4, 4], [20, 4], [20, 20], [4, 20], [4, 4]]
    hole = [[8, 8], [16, 8], [16, 16], [8, 16], [8, 8]]
    features = [
        {
            "type": "Feature",
            "id": "PathAnnotationObject",
            "geometry": {"type": kind, "coordinates": rings},
            "properties": {"objectType": "annotation", "classification": {"name": name, "color": [0, 0, 255]}},
        }
        for name, kind, rings in (("Myelin", "Polygon", [square, hole]), ("Axon", "MultiPolygon", [[hole]]))
    ]
    return {
        "a.geojson": json.dumps({"type": "FeatureCollection", "features": features}).encode(),
        "a.png": png(fibres()[0]),
    }


def _absent_classes() -> Files:
    return {"absent.csv": b"image,absent,why\na.png,myelin,control\nb,axon myelin,\n"}


TABLE_SEEDS: dict[str, Callable[[], Files]] = {"table, absent classes": _absent_classes}
"""Makers of tables that say which classes images do not have."""

SET_SEEDS: dict[str, Callable[[], Files]] = {
    "set, AxonDeepSeg": _axondeepseg,
    "set, BIDS": _bids,
    "set, images and masks": _plain,
    "set, nnU-Net": _nnunet,
}
"""Makers of folders that are read as labelled sets."""

LABEL_FILE_SEEDS: dict[str, Callable[[], Files]] = {
    "labels, GeoJSON": _with_image(
        lambda labels, stem, out: write_geojson(labels, stem, out, overwrite=False, pixel_size_um=0.13)
    ),
    "labels, QuPath": _qupath,
    "labels, OME-TIFF": _with_image(
        lambda labels, stem, out: write_ome_tiff(labels, stem, out, overwrite=False, pixel_size_um=0.13)
    ),
    "labels, OME-Zarr 0.4": _zarr_labels("0.4"),
    "labels, OME-Zarr 0.5": _zarr_labels("0.5"),
}
"""Makers of a file of labels, which is read by itself and as a set."""
