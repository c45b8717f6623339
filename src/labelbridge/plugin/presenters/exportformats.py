"""The formats of exports in the user's words."""

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["FORMAT_TEXTS", "FormatText"]


class FormatText(NamedTuple):
    """A format in the user's words."""

    title: str
    tooltip: str


FORMAT_TEXTS: Mapping[str, FormatText] = {
    "axondeepseg": FormatText("AxonDeepSeg (PNG)", "A PNG for each class and one for axon and myelin together."),
    "ome-tiff": FormatText("OME-TIFF", "One label image with the names of the classes and the pixel size."),
    "ome-zarr": FormatText("OME-Zarr", "Image and labels in one folder, for large images and the web."),
    "geojson": FormatText("GeoJSON (QuPath)", "The outline of each area, as QuPath imports annotations."),
    "nnunet": FormatText("nnU-Net data set", "Image and labels to train on: imagesTr, labelsTr and dataset.json."),
    "bids": FormatText(
        "BIDS derivatives",
        "derivatives/labels for a BIDS data set; the image needs a name such as sub-01_sample-1_SEM.",
    ),
}
"""What is said of each of `labelbridge.io.FORMATS`, the most asked for first."""
