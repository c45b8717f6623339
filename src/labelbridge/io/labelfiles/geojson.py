"""Labels as polygons in GeoJSON, as QuPath reads and writes them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from labelbridge.core import AXON, BACKGROUND, MYELIN, AnyArray, ClassMap, InputError, LabelMap
from labelbridge.io.labelfiles.jsonmembers import read_members
from labelbridge.io.labelfiles.naming import as_class_name, order_classes, saying_what_is_wrong
from labelbridge.io.labelfiles.polygons import fill_polygons
from labelbridge.io.pixels import check_size

__all__ = ["OWN_MEMBER", "count_planes", "read_labels", "read_pixel_size"]

OWN_MEMBER = "labelbridge"
"""Member of the FeatureCollection for what GeoJSON has no place for: width, height, pixel_size_um, classes."""

_FEATURES = "features"
_FARTHEST_PX = 1e9
_EXPECTED = "a GeoJSON FeatureCollection of polygons, as QuPath exports annotations"

_Polygons = dict[str, list[list[AnyArray]]]


def read_labels(path: Path, index: int | None, shape: tuple[int, int] | None) -> LabelMap:
    """Fill the polygons: a pixel is in one where its centre is.

    Where classes overlap, the axon wins over the myelin, and both over further classes.

    Raises
    ------
    InputError
        Where the file is damaged, names neither axon nor myelin, or the image's size is neither in it nor given.
    """
    with saying_what_is_wrong(path, _EXPECTED):
        own, polygons = _load(path)
        names = order_classes(as_class_name(str(name)) for name in (*own.get("classes", ()), *polygons))
        height, width = _shape(path, own, shape)
        check_size(path, width, height)
        data = np.zeros((height, width), np.uint8)
    if not own and not polygons.keys() & {AXON, MYELIN}:
        raise InputError(
            f"{path}: got annotations of the classes {', '.join(polygons) or 'none'}, expected axon and myelin; set "
            "the classification of the annotations."
        )
    classes = ClassMap((BACKGROUND, *names))
    further = [name for name in names if name not in (AXON, MYELIN)]
    for name in (*reversed(further), MYELIN, AXON):
        with saying_what_is_wrong(path, _EXPECTED):
            fill_polygons(data, polygons.get(name, ()), classes.value(name))
    return LabelMap(data, classes)


def read_pixel_size(path: Path) -> float | None:
    """Return the pixel size in um that LabelBridge noted in the file, or None."""
    with saying_what_is_wrong(path, _EXPECTED):
        for name, value in _members(path):
            if name == OWN_MEMBER:  # written before the features, which need not be read then
                size = value.get("pixel_size_um")
                return None if size is None else float(size)
    return None


def count_planes(path: Path) -> int:
    """Return 1: polygons lie in one plane."""
    return 1


def _load(path: Path) -> tuple[dict[str, Any], _Polygons]:
    """Return what LabelBridge noted, and the polygons of each class, a polygon being its rings, (N, 2) with x and y."""
    own: dict[str, Any] = {}
    found: _Polygons = {}
    is_collection = False
    for member, value in _members(path):
        if member == OWN_MEMBER:
            own = dict(value)
        if member != _FEATURES:
            continue
        is_collection = True
        name = (value.get("properties") or {}).get("classification") or {}
        name = as_class_name(str(name.get("name") or ": ".join(name.get("names", ()))))
        if name and name != BACKGROUND:
            found.setdefault(name, []).extend(_rings(polygon) for polygon in _polygons(value.get("geometry") or {}))
    if not is_collection and not own:
        raise ValueError("there are no features")
    return own, found


def _members(path: Path) -> Iterator[tuple[str, Any]]:
    return read_members(path.read_text("utf-8-sig"), _FEATURES)


def _shape(path: Path, own: Mapping[str, Any], given: tuple[int, int] | None) -> tuple[int, int]:
    if "height" in own and "width" in own:
        return int(own["height"]), int(own["width"])
    if given is None:
        raise InputError(
            f"{path}: got polygons without the size of their image, expected it in the file as LabelBridge writes it; "
            "give the folder of the images with --images."
        )
    return given


def _polygons(geometry: Mapping[str, Any]) -> Iterator[Sequence[object]]:
    """Return the polygons of a geometry; points and lines cover no pixel."""
    match geometry.get("type"):
        case "Polygon":
            yield geometry["coordinates"]
        case "MultiPolygon":
            yield from geometry["coordinates"]
        case "GeometryCollection":
            for part in geometry["geometries"]:
                yield from _polygons(part)


def _rings(polygon: Sequence[object]) -> list[AnyArray]:
    rings = [np.asarray(ring, np.float64)[:, :2] for ring in polygon]
    if not all((np.abs(ring) < _FARTHEST_PX).all() for ring in rings):
        raise ValueError("a coordinate is no position in an image")
    return rings
