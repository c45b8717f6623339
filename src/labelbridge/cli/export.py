"""`labelbridge export`: masks in the formats of other tools."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import (
    Channel,
    OutOption,
    OverwriteOption,
    PixelSizeOption,
    VerboseOption,
    parse_channel,
    split_names,
)

__all__ = ["export"]


class FormatName(StrEnum):
    """As `labelbridge.io.FORMATS`."""

    axondeepseg = "axondeepseg"
    bids = "bids"
    nnunet = "nnunet"
    ome_tiff = "ome-tiff"
    ome_zarr = "ome-zarr"
    geojson = "geojson"


class ZarrVersionName(StrEnum):
    """As `labelbridge.io.export.omezarr.ZarrVersion`."""

    v04 = "0.4"
    v05 = "0.5"


@at_the_edge
def export(
    masks: Annotated[Path, typer.Argument(help="Folder with masks, or one file, in any form that LabelBridge reads.")],
    format_name: Annotated[
        FormatName,
        typer.Option(
            "--format",
            help="axondeepseg: PNG a class; bids: derivatives/labels with JSON; nnunet: a raw data set with the "
            "images; ome-tiff, ome-zarr: one label image; geojson: polygons for QuPath.",
        ),
    ],
    out: OutOption,
    images: Annotated[
        Path | None,
        typer.Option("--images", metavar="DIR", help="Folder of the images. Default: where the masks are."),
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option("--classes", metavar="NAMES", help="Classes to keep, with commas between. Default: all."),
    ] = None,
    pixel_size: PixelSizeOption = None,
    channel: Channel = None,
    name: Annotated[
        str, typer.Option("--name", help="Name of the nnU-Net data set; the first free number is put before it.")
    ] = "LabelBridge",
    zarr_version: Annotated[ZarrVersionName, typer.Option("--zarr-version", help="Version of OME-Zarr.")] = (
        ZarrVersionName.v05
    ),
    overwrite: OverwriteOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write masks in the format of another tool; what is written reads back the same.

    Example: labelbridge export masks/ --format geojson --out for_qupath/
    """
    from labelbridge.cli.console import say
    from labelbridge.io import ExportOptions, export_masks

    options = ExportOptions(
        overwrite=overwrite,
        channel=parse_channel(channel),
        dataset_name=name,
        zarr_version=zarr_version.value,
        tell=say,
    )
    written = export_masks(
        masks,
        format_name.value,
        out,
        images=images,
        classes=split_names(classes) if classes else None,
        pixel_size_um=pixel_size,
        options=options,
    )
    say(f"{len(written)} {'folders' if written[0].is_dir() else 'files'} in {out}")
