"""The side of a pixel in um, from wherever the user's files say it."""

import json
import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

from labelbridge.core import InputError
from labelbridge.io.decode import is_tiff
from labelbridge.io.names import image_stem

__all__ = ["ADS_PIXEL_SIZE_FILE", "find_pixel_size"]

ADS_PIXEL_SIZE_FILE = "pixel_size_in_micrometer.txt"
"""One float in the image's folder, as AxonDeepSeg keeps it."""

_UM_PER = {
    "m": 1e6, "cm": 1e4, "mm": 1e3, "um": 1.0, "µm": 1.0, "μm": 1.0, "micron": 1.0, "microns": 1.0, "micrometer": 1.0,
    "nm": 1e-3, "pm": 1e-6, "a": 1e-4, "å": 1e-4, "inch": 25_400.0, "in": 25_400.0,
}  # fmt: skip
_PRINT_UNITS = ("inch", "in", "cm", "m")
_COARSEST_PRINT_UM = 5.0
_SQUARE_TOLERANCE = 0.01
_ASK = "give the right one with --pixel-size"


def find_pixel_size(path: Path, *, explicit_um: float | None = None) -> float | None:
    """Return the side of the image's pixels in um, or None where nothing tells it.

    The first of these wins: `explicit_um`; ``PixelSize`` of the BIDS JSON beside the image or inherited from less
    specific names in its folder and those above, up to the dataset's root; the TIFF's own tags (OME, ImageJ,
    resolution); ``pixel_size_in_micrometer.txt`` in the image's folder. A TIFF resolution per inch or cm that means
    pixels above 5 um, such as 72 or 300 dpi, is for printing and not believed.

    Raises
    ------
    InputError
        Where a stated size is not a positive number, lacks its unit, or differs by more than 1 % between directions.
    """
    if explicit_um is not None:
        return _positive(explicit_um, "--pixel-size")
    for source in (_from_bids, _from_tiff, _from_text):
        size = source(path)
        if size is not None:
            return size
    return None


def _positive(value: object, where: object) -> float:
    """Check a number of a file or flag, in any unit."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
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
    except (OSError, ValueError) as error:
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


def _from_tiff(path: Path) -> float | None:
    with path.open("rb") as stream:
        if not is_tiff(stream.read(4)):
            return None
    from labelbridge.io.tiff import read_scale

    scale = read_scale(path)
    sizes = _ome_sizes(scale.ome_xml, path) if scale.ome_xml else []
    if not sizes and scale.unit and min(scale.pixels_per_unit) > 0:
        unit = scale.unit.strip().lower().replace("\\u00b5", "µ")
        sizes = [_UM_PER[unit] / density for density in scale.pixels_per_unit] if unit in _UM_PER else []
        if unit in _PRINT_UNITS and sizes and max(sizes) > _COARSEST_PRINT_UM:
            return None
    return _square(sizes, path) if sizes else None


def _ome_sizes(xml: str, path: Path) -> list[float]:
    """Return the physical sizes in X and Y in um that OME metadata states, or nothing."""
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return []
    pixels = next((node for node in root.iter() if node.tag.endswith("}Pixels")), None)
    sizes: list[float] = []
    for axis in "XY":
        value = pixels.get(f"PhysicalSize{axis}") if pixels is not None else None
        unit = pixels.get(f"PhysicalSize{axis}Unit", "µm") if pixels is not None else ""
        if value is not None and unit.lower() in _UM_PER:
            sizes.append(_positive(value, path) * _UM_PER[unit.lower()])
    return sizes
