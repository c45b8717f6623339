"""Labels as OME-TIFF."""

from functools import partial
from pathlib import Path
from typing import Any

from labelbridge.core import AnyArray, ClassMap, LabelMap
from labelbridge.io.atomic import write_files
from labelbridge.io.export.names import check_stem
from labelbridge.io.export.pyramid import TILE_PX, label_pyramid
from labelbridge.io.labelfiles.ometiff import CLASS_NAMESPACE

__all__ = ["ome_tiff_file", "write_ome_tiff", "write_ome_tiff_volume"]

_BIG_BYTES = 2**31


def ome_tiff_file(stem: str, out: Path) -> Path:
    """Return where `write_ome_tiff` puts the labels of an image; raises InputError for a stem that no file can have."""
    check_stem(stem)
    return out / f"{stem}_seg.ome.tif"


def write_ome_tiff(
    labels: LabelMap, stem: str, out: Path, *, overwrite: bool, pixel_size_um: float | None = None
) -> Path:
    """Write all classes as one label image, ``<stem>_seg.ome.tif``.

    8 bits, one channel, tiled and compressed, with smaller copies (SubIFDs) of images larger than a tile. Class names
    stand in a map annotation.

    Parameters
    ----------
    labels
        Their values are the file's.
    stem
        Stem of the image.
    out
        Folder; made where it is missing.
    overwrite
        Replace a file that exists.
    pixel_size_um
        Side of a pixel in um, written where it is known.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    InputError
        Where the file exists, the stem cannot be part of a file's name, or the disk does not take it.
    """
    return _write(labels.data, labels.classes, ome_tiff_file(stem, out), pixel_size_um, overwrite)


def write_ome_tiff_volume(
    volume: AnyArray, classes: ClassMap, stem: str, out: Path, *, overwrite: bool, pixel_size_um: float | None = None
) -> Path:
    """Write the labels of a stack, axes (Z, Y, X), uint8, as `write_ome_tiff` does those of an image."""
    return _write(volume, classes, ome_tiff_file(stem, out), pixel_size_um, overwrite)


def _write(data: AnyArray, classes: ClassMap, target: Path, pixel_size_um: float | None, overwrite: bool) -> Path:
    def write(path: Path) -> None:
        import tifffile

        levels = label_pyramid(data)
        tiles = (TILE_PX, TILE_PX) if len(levels) > 1 else None
        with tifffile.TiffWriter(path, ome=True, bigtiff=data.nbytes > _BIG_BYTES) as tiff:
            add = partial(tiff.write, tile=tiles, compression="zlib", photometric="minisblack")
            add(data, subifds=len(levels) - 1, metadata=_metadata(data, classes, pixel_size_um))
            for level in levels[1:]:
                add(level, subfiletype=1)

    return write_files({target: write}, overwrite=overwrite)[0]


def _metadata(data: AnyArray, classes: ClassMap, pixel_size_um: float | None) -> dict[str, Any]:
    names = {str(value): name for value, name in enumerate(classes.names)}
    size = {} if pixel_size_um is None else {"PhysicalSizeX": pixel_size_um, "PhysicalSizeY": pixel_size_um}
    units = {f"{key}Unit": "µm" for key in size}
    annotation = {"Namespace": CLASS_NAMESPACE, "Value": names}
    return {"axes": "ZYX" if data.ndim == 3 else "YX", "MapAnnotation": annotation, **size, **units}
