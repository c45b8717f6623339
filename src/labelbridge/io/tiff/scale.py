"""What a TIFF says about the size of its pixels."""

from pathlib import Path
from typing import NamedTuple

import tifffile

from labelbridge.io.tiff.pages import open_pages

__all__ = ["TiffScale", "read_scale"]

_RESOLUTION_UNITS = {2: "inch", 3: "cm"}
_INCH = 2


class TiffScale(NamedTuple):
    """What the tags of a TIFF say about the size of its pixels."""

    ome_xml: str | None
    """OME metadata, where there is some."""

    unit: str | None
    """Unit of `pixels_per_unit`; None where the file states none."""

    pixels_per_unit: tuple[float, float]
    """Pixels in one unit along X and Y, 0 where unknown."""


def read_scale(path: Path) -> TiffScale:
    """Read the tags of the first page that tell its pixel size; ImageJ's unit wins over the resolution unit.

    Raises
    ------
    Exception
        Where the file is damaged.
    """
    with open_pages(path) as pages:
        page = pages[0]
        unit = _RESOLUTION_UNITS.get(page.tags.valueof("ResolutionUnit", default=_INCH) or _INCH)
        if pages.is_imagej:
            unit = str(pages.imagej.get("unit", "")) or unit
        xml = str(page.description)
        return TiffScale(xml if xml.rstrip().endswith("OME>") else None, unit, (_ratio(page, "X"), _ratio(page, "Y")))


def _ratio(page: tifffile.TiffPage, axis: str) -> float:
    """Return pixels in a unit along an axis, 0 where the tag is absent or no ratio."""
    value = page.tags.valueof(f"{axis}Resolution")
    if not isinstance(value, tuple) or len(value) != 2 or not value[1]:
        return 0.0
    return float(value[0]) / float(value[1])
