"""Which page of a TIFF holds which plane and channel."""

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path

import tifffile

from labelbridge.core import InputError
from labelbridge.io.pixels import MAX_PLANES
from labelbridge.io.tiff.omelayout import ome_layout
from labelbridge.io.tiff.pages import Pages
from labelbridge.io.tiff.planes import Axis, Layout

__all__ = ["find_layout"]

_SLIDE_EXTRA = re.compile(r"\b(label|macro|thumbnail|overview)\b", re.IGNORECASE)
_SMALLER = 1.5


def find_layout(path: Path, pages: Pages) -> Layout:
    """Find out what the pages of a TIFF are: from OME-XML, ImageJ's or tifffile's description, or by their looks.

    Smaller copies (pyramid levels, thumbnails) and the label and overview pictures of slide scanners are passed over.

    Raises
    ------
    InputError
        Where the file holds several images.
    ValueError, TypeError, ...
        Where its description is damaged.
    """
    return ome_layout(path, pages) or _imagej(pages) or _shaped(path, pages) or _plain(path, pages)


def _imagej(pages: Pages) -> Layout | None:
    """Read ImageJ's hyperstack; large ones have one page, behind whose plane the others follow."""
    if not pages.is_imagej:
        return None
    said, page = pages.imagej, pages[0]
    order = str(said.get("order", "czt")).lower()
    sizes = {name: _count(said.get(key, 1)) for name, key in zip("CZT", ("channels", "slices", "frames"), strict=True)}
    if page.samplesperpixel > 1 and sizes["C"] == page.samplesperpixel:
        sizes["C"] = 1
    if sorted(order) != ["c", "t", "z"] or math.prod(sizes.values()) == 1:
        return None
    axes = tuple(Axis(name, sizes[name]) for name in order[::-1].upper() if sizes[name] > 1)
    count = math.prod(axis.size for axis in axes)
    if len(pages) != count and not _is_run(page, count, len(pages)):
        return None
    numbers = range(count) if len(pages) == count else None
    return Layout(axes, numbers, _imagej_names(said.get("Labels"), axes))


def _count(value: object) -> int:
    if not isinstance(value, int) or not 0 < value <= MAX_PLANES:
        raise ValueError(f"ImageJ's description counts {str(value)[:20]} planes")
    return value


def _is_run(page: tifffile.TiffPage, count: int, pages: int) -> bool:
    """Tell whether `count` planes follow each other in the data of a single page."""
    if pages > 1 or not page.is_contiguous:
        return False
    end: int = page.dataoffsets[0] + count * page.nbytes
    return end <= page.parent.filehandle.size


def _imagej_names(labels: object, axes: Sequence[Axis]) -> tuple[str, ...]:
    """Return the labels of the slices where each channel has the same one throughout: then they mean channels."""
    channels = next((axis.size for axis in axes if axis.name == "C"), 1)
    if not isinstance(labels, list) or len(labels) != math.prod(axis.size for axis in axes):
        return ()
    if axes[-1].name != "C":
        return ()
    by_channel = [{str(label) for label in labels[channel::channels]} for channel in range(channels)]
    return tuple(names.pop() for names in by_channel) if all(len(names) == 1 for names in by_channel) else ()


def _shaped(path: Path, pages: Pages) -> Layout | None:
    """Read the shape and axes that tifffile writes as JSON."""
    page = pages[0]
    try:
        said = json.loads(page.description)
    except (ValueError, RecursionError):
        return None
    shape = said.get("shape") if isinstance(said, dict) else None
    if not isinstance(shape, list) or not all(isinstance(size, int) and size > 0 for size in shape):
        return None
    outer = _outer(shape, page)
    if outer is None:
        return None
    letters = str(said.get("axes", ""))
    letters = letters.upper() if len(letters) == len(shape) else "Q" * len(shape)
    axes = tuple(Axis(name, size) for name, size in zip(letters, shape[:outer], strict=False) if size > 1)
    count = math.prod(shape[:outer])
    if len(pages) < count and not _is_run(page, count, len(pages)):
        return None
    _refuse_others(path, pages, count)
    return Layout(axes, range(count) if len(pages) >= count else None)


def _outer(shape: Sequence[int], page: tifffile.TiffPage) -> int | None:
    """Return how many of the sizes in front count pages, None where the others are not those of the page."""
    inner = math.prod(page.shape)
    for outer in range(len(shape), -1, -1):
        if math.prod(shape[outer:]) == inner and (outer == 0 or shape[outer - 1] > 1):
            return outer
    return None


def _plain(path: Path, pages: Pages) -> Layout:
    """Take pages that look alike as a stack."""
    kept = [number for number, page in enumerate(pages) if not page.is_reduced] or list(range(len(pages)))
    first = pages[kept[0]]
    alike = [number for number in kept if number == kept[0] or _looks(pages[number]) == _looks(first)]
    others = [pages[number] for number in kept if number not in set(alike)]
    _refuse(path, first, others)
    axes = (Axis("I", len(alike)),) if len(alike) > 1 else ()
    return Layout(axes, alike)


def _refuse_others(path: Path, pages: Pages, count: int) -> None:
    """Raise InputError where pages after the first `count` are images of their own."""
    _refuse(path, pages[0], [page for page in pages[count:] if not page.is_reduced])


def _refuse(path: Path, first: tifffile.TiffPage, others: Sequence[tifffile.TiffPage]) -> None:
    own = {_looks(page) for page in others if not _is_extra(page, first)}
    if own:
        raise InputError(
            f"{path}: got {len(own) + 1} images in one file, expected one plane; save the plane you want as its own "
            "TIFF."
        )


def _looks(page: tifffile.TiffPage) -> tuple[object, ...]:
    return (page.shape, str(page.dtype), page.photometric, page.planarconfig)


def _is_extra(page: tifffile.TiffPage, whole: tifffile.TiffPage) -> bool:
    """Tell whether a page is a smaller copy of another, or a slide scanner's picture of the slide or its label."""
    width, height = page.imagewidth, page.imagelength
    if _SLIDE_EXTRA.search(str(page.description)):
        return True
    rounding = whole.imagewidth + whole.imagelength
    same_aspect = abs(width * whole.imagelength - height * whole.imagewidth) <= rounding
    return same_aspect and width * _SMALLER <= whole.imagewidth and height * _SMALLER <= whole.imagelength
