"""The side of a pixel in um, from wherever the user's files say it."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from labelbridge.core import InputError
from labelbridge.io.decode import is_tiff, reading
from labelbridge.io.names import image_stem
from labelbridge.io.omexml import find_pixels
from labelbridge.io.omezarr import read_multiscale

__all__ = ["ADS_PIXEL_SIZE_FILE", "find_pixel_size", "stated_pixel_size"]

ADS_PIXEL_SIZE_FILE = "pixel_size_in_micrometer.txt"
"""One float in the image's folder, as AxonDeepSeg keeps it."""

_UM_PER = {
    "m": 1e6, "cm": 1e4, "mm": 1e3, "um": 1.0, "µm": 1.0, "μm": 1.0, "nm": 1e-3, "pm": 1e-6, "a": 1e-4, "å": 1e-4,
    "meter": 1e6, "centimeter": 1e4, "millimeter": 1e3, "micrometer": 1.0, "nanometer": 1e-3, "picometer": 1e-6,
    "angstrom": 1e-4, "micron": 1.0, "microns": 1.0, "inch": 25_400.0, "in": 25_400.0,
}  # fmt: skip
_PRINT_UNITS = ("inch", "in", "cm", "m")
_COARSEST_PRINT_UM = 5.0
_SQUARE_TOLERANCE = 0.01
_ASK = "give the right one with --pixel-size"


class _Size(NamedTuple):
    """Size of a pixel along one axis, as a file states it."""

    factors: Sequence[object]
    """Numbers, if the file is sound, of which it is the product."""

    unit_um: float
    """Their unit in um."""


def find_pixel_size(path: Path, *, explicit_um: float | None = None) -> float | None:
    """Return the side of the image's pixels in um, or None where nothing tells it.

    The first of these wins: `explicit_um`; ``PixelSize`` of the BIDS JSON beside the image or inherited from less
    specific names in its folder and those above, up to the dataset's root; the image's own (OME, ImageJ, TIFF
    resolution); ``pixel_size_in_micrometer.txt`` in the image's folder. A TIFF resolution per inch or cm that means
    pixels above 5 um, such as 72 or 300 dpi, is for printing and not believed.

    Raises
    ------
    InputError
        Where a stated size is not a positive number, lacks its unit, or differs by more than 1 % between directions.
    """
    if explicit_um is not None:
        return _positive(explicit_um, "--pixel-size")
    for source in (_from_bids, stated_pixel_size, _from_text):
        size = source(path)
        if size is not None:
            return size
    return None


def _positive(value: object, where: object) -> float:
    """Check a number of a file or flag, in any unit."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number) or number <= 0:
        raise InputError(f"{where}: got the pixel size {value!r}, expected one positive number such as 0.13; {_ASK}.")
    return number


def _square(sizes_um: list[float], where: object) -> float:
    """Return the mean of the sizes in both directions, which must be alike."""
    if max(sizes_um) > min(sizes_um) * (1 + _SQUARE_TOLERANCE):
        got = " x ".join(f"{size:g}" for size in sizes_um)
        raise InputError(f"{where}: got pixels of {got} um, expected square ones; resample the image, or {_ASK}.")
    return sum(sizes_um) / len(sizes_um)


def _from_bids(path: Path) -> float | None:
    said: dict[str, object] = {}
    origin = path
    for sidecar in _sidecars(path):
        content = _read_json(sidecar)
        said |= content
        origin = sidecar if "PixelSize" in content else origin
    size = said.get("PixelSize")
    if size is None:
        return None
    unit = str(said.get("PixelSizeUnits", "")).strip().lower()
    if unit not in ("mm", "um", "µm", "μm", "nm"):
        raise InputError(f"{origin}: got PixelSizeUnits {unit!r}, expected mm, um or nm; correct the file, or {_ASK}.")
    sizes = size if isinstance(size, list) and size else [size]
    return _square([_positive(one, origin) * _UM_PER[unit] for one in sizes[:2]], origin)


def _sidecars(path: Path) -> list[Path]:
    """Return the JSON files whose name says no more than the image's: from the root down, from general to specific."""
    *entities, suffix = image_stem(path).split("_")
    found: list[Path] = []
    for folder in reversed(_folders_to_root(path)):
        matching = []
        for candidate in folder.glob("*.json"):
            *theirs, their_suffix = candidate.stem.split("_")
            if their_suffix == suffix and set(theirs) <= set(entities):
                matching.append((len(theirs), candidate))
        found += [candidate for _, candidate in sorted(matching)]
    return found


def _folders_to_root(path: Path) -> list[Path]:
    """Return the image's folder and those above up to the one with dataset_description.json, if there is one."""
    above = list(path.absolute().parents)
    roots = [index for index, folder in enumerate(above) if (folder / "dataset_description.json").is_file()]
    return above[: roots[0] + 1] if roots else above[:1]


def _read_json(path: Path) -> Mapping[str, object]:
    try:
        content = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read as JSON ({error}); correct the file, or {_ASK}.") from error
    return content if isinstance(content, dict) else {}


def _from_text(path: Path) -> float | None:
    file = path.parent / ADS_PIXEL_SIZE_FILE
    if not file.is_file():
        return None
    try:
        return _positive(file.read_text("utf-8-sig").strip(), file)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read ({error}); correct the file, or {_ASK}.") from error


def stated_pixel_size(path: Path) -> float | None:
    """Return the side of a pixel in um that a TIFF or an OME-Zarr group states itself, or None.

    A damaged file says nothing here: what is wrong with it is told when it is read.

    Raises
    ------
    InputError
        Where the size is not a positive number or differs by more than 1 % between directions.
    """
    try:
        with reading(path):
            sizes = _zarr_sizes(path) if path.is_dir() else _tiff_sizes(path) if is_tiff(path) else []
    except InputError:
        return None
    sizes_um = [math.prod(_positive(one, path) for one in size.factors) * size.unit_um for size in sizes]
    return _square([_positive(size, path) for size in sizes_um], path) if sizes_um else None


def _zarr_sizes(path: Path) -> list[_Size]:
    """Return what OME-Zarr states of Y and X, or nothing."""
    image = read_multiscale(path)
    stated = [(image.scales[image.axes.index(axis)], image.units[image.axes.index(axis)].lower()) for axis in "yx"]
    return [_Size(factors, _UM_PER[unit]) for factors, unit in stated if factors and unit in _UM_PER]


def _tiff_sizes(path: Path) -> list[_Size]:
    """Return what a TIFF states of X and Y, or nothing."""
    from labelbridge.io.tiff.scale import read_scale

    scale = read_scale(path)
    sizes = _ome_sizes(scale.ome_xml) if scale.ome_xml else []
    if sizes or not scale.unit or min(scale.pixels_per_unit) <= 0:
        return sizes
    unit = scale.unit.strip().lower().replace("\\u00b5", "µ")
    coarsest_um = _UM_PER.get(unit, math.inf) / min(scale.pixels_per_unit)
    if unit not in _UM_PER or (unit in _PRINT_UNITS and coarsest_um > _COARSEST_PRINT_UM):
        return []
    return [_Size((1 / density,), _UM_PER[unit]) for density in scale.pixels_per_unit]


def _ome_sizes(xml: str) -> list[_Size]:
    """Return what OME metadata state of X and Y, or nothing."""
    pixels = find_pixels(xml)
    if pixels is None:
        return []
    stated = [(pixels.get(f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit", "µm")) for axis in "XY"]
    return [_Size((size,), _UM_PER[unit.lower()]) for size, unit in stated if size and unit.lower() in _UM_PER]
