"""The table of formats."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from labelbridge import __version__
from labelbridge.core import AXON, MYELIN, InputError, LabeledImage
from labelbridge.io.export.axondeepseg import axondeepseg_files, write_axondeepseg, write_pixel_size
from labelbridge.io.export.bids import bids_mask_files, write_bids_derivatives
from labelbridge.io.export.geojson import geojson_file, write_geojson
from labelbridge.io.export.nnunet import nnunet_folder, write_nnunet
from labelbridge.io.export.ometiff import ome_tiff_file, write_ome_tiff, write_ome_tiff_volume
from labelbridge.io.export.omezarr import ZarrVersion, ome_zarr_folder, write_ome_zarr, write_ome_zarr_volume
from labelbridge.io.export.sources import Exportable
from labelbridge.io.names import AXONMYELIN

__all__ = ["FORMATS", "ExportOptions", "Format"]


@dataclass(frozen=True)
class ExportOptions:
    """What only some formats need.

    Attributes
    ----------
    overwrite
        Whether earlier exports may be replaced.
    channel
        Channel of the images, as `read_image` takes it.
    dataset_name
        Name of an nnU-Net data set, with or without ``DatasetNNN_``.
    zarr_version
        Version of OME-Zarr.
    tell
        Receives sentences for the user.
    """

    overwrite: bool = False
    channel: str | int | None = None
    dataset_name: str = "LabelBridge"
    zarr_version: ZarrVersion = "0.5"
    tell: Callable[[str], None] = lambda sentence: None


class Format(NamedTuple):
    """How one format is written."""

    files: Callable[[str, Path], Sequence[Path]]
    """Files that an image's masks will surely have, by its stem and the folder."""

    write: Callable[[Sequence[Exportable], Path, ExportOptions], list[Path]]
    """Writes all masks below a folder and returns the files."""

    holds_stacks: bool
    """Whether a stack is written as one; else each plane by its own."""


def _write_axondeepseg(sources: Sequence[Exportable], out: Path, options: ExportOptions) -> list[Path]:
    size = _common_pixel_size(sources, options)
    written = write_pixel_size(size, out) if size is not None else []
    for source in sources:
        written += write_axondeepseg(source.labels(), source.stem, out, overwrite=options.overwrite)
    return written


def _common_pixel_size(sources: Sequence[Exportable], options: ExportOptions) -> float | None:
    """Return the pixel size of all images of a folder, None where it is not known of all."""
    sizes = {source.stem: source.pixel_size_um for source in sources}
    known = {stem: size for stem, size in sizes.items() if size is not None}
    first = min(known, default=None)
    if first is None:
        return None
    for stem, size in known.items():
        if not math.isclose(size, known[first]):
            raise InputError(
                f"got pixels of {known[first]:g} um for {first} and of {size:g} um for {stem}, expected one pixel size "
                "because AxonDeepSeg keeps one for a folder; export them one by one into folders of their own, or give "
                "the right one with --pixel-size."
            )
    unknown = sorted(sizes.keys() - known.keys())
    if unknown:
        options.tell(f"The pixel size is not written because that of {unknown[0]} is unknown; --pixel-size gives it.")
        return None
    return known[first]


def _write_bids(sources: Sequence[Exportable], out: Path, options: ExportOptions) -> list[Path]:
    written: list[Path] = []
    for source in sources:
        origin = {
            "Sources": list(source.origins),
            "GeneratedBy": [{"Name": "LabelBridge", "Version": __version__}],
        }
        written += write_bids_derivatives(
            source.labels(),
            source.stem,
            out,
            provenance=origin,
            overwrite=options.overwrite,
            pixel_size_um=source.pixel_size_um,
        )
    return written


def _write_nnunet(sources: Sequence[Exportable], out: Path, options: ExportOptions) -> list[Path]:
    without = [source.stem for source in sources if not source.has_image]
    if without:
        raise InputError(
            f"got no image of {without[0]}, expected one for all masks because nnU-Net's data sets hold both; give the "
            "folder of the images with --images."
        )
    return write_nnunet(_pairs(sources, options), nnunet_folder(out, options.dataset_name), tell=options.tell)


def _pairs(sources: Sequence[Exportable], options: ExportOptions) -> Iterator[LabeledImage]:
    for source in sources:
        image = source.image(options.channel)
        assert image is not None, "every source has an image"
        yield LabeledImage(image, source.labels())


def _write_ome_tiff(sources: Sequence[Exportable], out: Path, options: ExportOptions) -> list[Path]:
    written = []
    for source in sources:
        size, overwrite = source.pixel_size_um, options.overwrite
        if source.planes is None:
            written.append(write_ome_tiff(source.labels(), source.stem, out, overwrite=overwrite, pixel_size_um=size))
        else:
            stack = source.volume()
            written.append(write_ome_tiff_volume(*stack, source.stem, out, overwrite=overwrite, pixel_size_um=size))
    return written


def _write_ome_zarr(sources: Sequence[Exportable], out: Path, options: ExportOptions) -> list[Path]:
    return [_write_one_ome_zarr(source, out, options) for source in sources]


def _write_one_ome_zarr(source: Exportable, out: Path, options: ExportOptions) -> Path:
    if source.planes is None:
        return write_ome_zarr(
            source.labels(),
            source.stem,
            out,
            overwrite=options.overwrite,
            pixel_size_um=source.pixel_size_um,
            image=source.image(options.channel),
            version=options.zarr_version,
        )
    return write_ome_zarr_volume(
        *source.volume(),
        source.stem,
        out,
        overwrite=options.overwrite,
        pixel_size_um=source.pixel_size_um,
        version=options.zarr_version,
    )


def _write_geojson(sources: Sequence[Exportable], out: Path, options: ExportOptions) -> list[Path]:
    return [
        write_geojson(
            source.labels(), source.stem, out, overwrite=options.overwrite, pixel_size_um=source.pixel_size_um
        )
        for source in sources
    ]


FORMATS: Mapping[str, Format] = {
    "axondeepseg": Format(
        lambda stem, out: axondeepseg_files(stem, out, (AXON, MYELIN, AXONMYELIN)), _write_axondeepseg, False
    ),
    "bids": Format(bids_mask_files, _write_bids, False),
    "nnunet": Format(lambda stem, out: [], _write_nnunet, False),
    "ome-tiff": Format(lambda stem, out: [ome_tiff_file(stem, out)], _write_ome_tiff, True),
    "ome-zarr": Format(lambda stem, out: [ome_zarr_folder(stem, out)], _write_ome_zarr, True),
    "geojson": Format(lambda stem, out: [geojson_file(stem, out)], _write_geojson, False),
}
"""The formats by name."""
