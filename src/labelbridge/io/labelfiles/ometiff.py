"""Labels in OME-TIFF, with the class names in a map annotation."""

from pathlib import Path

from labelbridge.core import LabelMap
from labelbridge.io.decode import count_planes, reading
from labelbridge.io.labelfiles.naming import name_values
from labelbridge.io.maskvalues import read_combined_mask, read_values
from labelbridge.io.omexml import read_map
from labelbridge.io.pixelsize import find_pixel_size

__all__ = ["CLASS_NAMESPACE", "count_planes", "read_labels", "read_pixel_size"]

CLASS_NAMESPACE = "labelbridge/classes"
"""Namespace of the map annotation whose keys are label values and whose values are class names."""


def read_labels(path: Path, index: int | None, shape: tuple[int, int] | None) -> LabelMap:
    """Read the label image; without class names in the file, its values mean what they mean in a combined mask."""
    with reading(path):
        from labelbridge.io.tiff.scale import read_scale

        xml = read_scale(path).ome_xml
        names = {int(value): name for value, name in read_map(xml or "", CLASS_NAMESPACE).items()}
    if names:
        return name_values(path, read_values(path, index=index), names)
    return LabelMap.from_masks(read_combined_mask(path, index=index))


def read_pixel_size(path: Path) -> float | None:
    """Return the pixel size in um as `find_pixel_size` does."""
    return find_pixel_size(path)
