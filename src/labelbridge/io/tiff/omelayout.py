"""Which page of an OME-TIFF holds which plane and channel."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labelbridge.core import InputError
from labelbridge.io.omexml import OmeImage, PlaneRun, parse_images
from labelbridge.io.pixels import MAX_PLANES, check_planes
from labelbridge.io.tiff.pages import Pages
from labelbridge.io.tiff.planes import Axis, Layout

__all__ = ["ome_layout"]

_EXTRA_NAME = re.compile(r"\b(label|macro|thumbnail|overview)\b", re.IGNORECASE)


def ome_layout(path: Path, pages: Pages) -> Layout | None:
    """Read the OME-XML of a TIFF, None where it has none or one that does not fit its pages.

    Raises
    ------
    InputError
        Where it describes several images or too many planes.
    ValueError
        Where it is damaged.
    """
    xml = str(pages[0].description)
    if not xml.rstrip().endswith("OME>"):
        return None
    identifier, images = parse_images(xml)
    here = [(image, runs) for image in images if (runs := _runs_here(path, image, identifier))]
    wanted = [(image, runs) for image, runs in here if not _EXTRA_NAME.search(image.name)] or here
    if len(wanted) > 1:
        raise InputError(
            f"{path}: got {len(wanted)} images in one file, expected one plane; save the plane you want as its own "
            "TIFF."
        )
    return _layout(path, pages, *wanted[0]) if wanted else None


def _runs_here(path: Path, image: OmeImage, identifier: str | None) -> list[PlaneRun]:
    """Return where planes are in this file, which may have been renamed; sets of files describe all images in each."""
    names = {run.identifier: (run.file_name or "").casefold() for run in image.runs}
    own = {None, identifier} | {one for one, name in names.items() if name == path.name.casefold()}
    if identifier is None and len(names) == 1:
        own |= set(names)
    return [run for run in image.runs if run.identifier in own]


def _layout(path: Path, pages: Pages, image: OmeImage, runs: Sequence[PlaneRun]) -> Layout | None:
    sizes = dict(image.sizes)
    if not 0 <= runs[0].page < len(pages):
        return None
    page = pages[runs[0].page]
    if (page.imagewidth, page.imagelength) != (sizes["X"], sizes["Y"]) or sizes["C"] % page.samplesperpixel:
        return None
    sizes["C"] //= page.samplesperpixel
    check_planes(path, sizes["Z"] * sizes["T"])
    if sizes["C"] > MAX_PLANES // (sizes["Z"] * sizes["T"]):
        raise ValueError(f"its OME-XML describes {sizes['C']} channels")
    table = _page_of_each(len(pages), runs, image.axes, [sizes[axis] for axis in image.axes])
    axes = tuple(Axis(axis, sizes[axis]) for axis in image.axes[::-1] if sizes[axis] > 1)
    names = image.channels if len(image.channels) == sizes["C"] and page.samplesperpixel == 1 else ()
    return Layout(axes, table, names)


def _page_of_each(pages: int, runs: Sequence[PlaneRun], axes: str, sizes: Sequence[int]) -> list[int | None]:
    """Return the page of each plane in the order of the axes, None for planes that are not in this file."""
    table: list[int | None] = [None] * math.prod(sizes)
    for run in runs:
        position = [run.first[axis] for axis in axes]
        if run.page < 0 or any(not 0 <= start < size for start, size in zip(position, sizes, strict=True)):
            continue
        start = int(np.ravel_multi_index(position, sizes, order="F"))
        count = pages - run.page if run.count is None else run.count
        for step in range(min(count, pages - run.page, len(table) - start)):
            table[start + step] = run.page + step
    return table
