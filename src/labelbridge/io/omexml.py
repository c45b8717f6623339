"""OME-XML: what a file's images, planes and channels are, and how large their pixels are."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["OmeImage", "PlaneRun", "find_pixels", "parse_images", "read_map"]

_ORDERS = ("XYCZT", "XYCTZ", "XYZCT", "XYZTC", "XYTCZ", "XYTZC")


@dataclass(frozen=True)
class PlaneRun:
    """Planes that follow each other in a file's pages (a ``TiffData`` element).

    Attributes
    ----------
    page
        Page of the first plane.
    count
        How many planes; None for one each page that is there.
    first
        Position of the first plane along ``C``, ``Z`` and ``T``.
    identifier
        UUID of the file that the pages are in, None for this one.
    file_name
        Name that this file had, None where it is not said.
    """

    page: int
    count: int | None
    first: Mapping[str, int]
    identifier: str | None
    file_name: str | None


@dataclass(frozen=True)
class OmeImage:
    """An image of an OME-TIFF.

    Attributes
    ----------
    name
        Its name, empty where it has none.
    axes
        ``CZT`` in the order in which the planes follow each other, the fastest first.
    sizes
        Size along each of ``XYCZT``; C counts the samples of colour too.
    channels
        Names of the channels, empty where one has none.
    runs
        Where its planes are.
    """

    name: str
    axes: str
    sizes: Mapping[str, int]
    channels: tuple[str, ...]
    runs: tuple[PlaneRun, ...]


def find_pixels(xml: str) -> ElementTree.Element | None:
    """Return the first ``Pixels`` element, None where there is none or the text is no XML."""
    root = _parse(xml)
    return None if root is None else next(_children_below(root, "Pixels"), None)


def parse_images(xml: str) -> tuple[str | None, list[OmeImage]]:
    """Return the UUID of the file and the images that OME-XML describes, none where it is no OME-XML.

    Raises
    ------
    ValueError
        Where sizes or positions are no numbers, or no positive ones.
    """
    root = _parse(xml)
    if root is None:
        return None, []
    images = [node for node in root if _is(node, "Image")]
    described = [(image, next(_children_below(image, "Pixels"), None)) for image in images]
    return root.get("UUID"), [_image(image, pixels) for image, pixels in described if pixels is not None]


def read_map(xml: str, namespace: str) -> dict[str, str]:
    """Return the keys and values of the map annotations of a namespace, nothing where the text is no XML."""
    root = _parse(xml)
    maps = () if root is None else _children_below(root, "MapAnnotation")
    entries = (entry for one in maps if one.get("Namespace") == namespace for entry in _children_below(one, "M"))
    return {entry.get("K", ""): entry.text or "" for entry in entries}


def _parse(xml: str) -> ElementTree.Element | None:
    """Parse XML, None where it cannot be; declarations of entities, which can grow without bound, are refused."""
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        return None
    try:
        return ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError, LookupError):
        return None


def _image(image: ElementTree.Element, pixels: ElementTree.Element) -> OmeImage:
    order = pixels.get("DimensionOrder", _ORDERS[0]).upper()
    if order not in _ORDERS:
        raise ValueError(f"its OME-XML has the DimensionOrder {order[:20]}")
    sizes = {axis: int(pixels.get(f"Size{axis}", 1)) for axis in order}
    if min(sizes.values()) < 1:
        raise ValueError("its OME-XML has a size below 1")
    channels = tuple(node.get("Name", "").strip() for node in pixels if _is(node, "Channel"))
    runs = tuple(_run(node) for node in pixels if _is(node, "TiffData"))
    return OmeImage(image.get("Name", ""), order[2:], sizes, channels, runs)


def _run(node: ElementTree.Element) -> PlaneRun:
    said = node.get("PlaneCount", node.get("NumPlanes"))
    count = int(said) if said is not None else (1 if "IFD" in node.attrib else None)
    first = {axis: int(node.get(f"First{axis}", 0)) for axis in "CZT"}
    uuid = next((child for child in node if _is(child, "UUID")), None)
    identifier = None if uuid is None else (uuid.text or "").strip()
    return PlaneRun(int(node.get("IFD", 0)), count, first, identifier, None if uuid is None else uuid.get("FileName"))


def _is(node: ElementTree.Element, name: str) -> bool:
    return str(node.tag).rpartition("}")[2] == name


def _children_below(node: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (one for one in node.iter() if _is(one, name))
