"""Images of files as napari's readers and samples give them: layer data tuples."""

from pathlib import Path
from typing import Any

from labelbridge.core import AnyArray, scratch_array
from labelbridge.io import count_planes, find_pixel_size, image_stem
from labelbridge.io.decode import read_pixels

__all__ = ["LayerData", "image_layer_data", "place_of_pixels"]

LayerData = tuple[AnyArray, dict[str, Any], str]
"""Array, keywords of the layer, and its kind in napari's words, ``image`` or ``labels``."""

_AXES = ("z", "y", "x")


def image_layer_data(path: Path) -> list[LayerData]:
    """Read an image with all its planes and channels, in the file's own dtype and units.

    Parameters
    ----------
    path
        Any image that LabelBridge reads.

    Returns
    -------
    list
        One image layer, named as the file without its ending: (Y, X) or (Z, Y, X), and colours behind. Of independent
        channels each is a layer, with its number behind the name.

    Raises
    ------
    InputError
        Where the file cannot be read, or its pixel size is nonsense.
    """
    data, kind = _all_planes(path)
    ndim = data.ndim - 1
    look = place_of_pixels(find_pixel_size(path), ndim)
    name = image_stem(path)
    if kind == "colour":
        return [(data[..., :3], {"name": name, "rgb": True, **look}, "image")]
    if kind == "grey":
        return [(data[..., 0], {"name": name, **look}, "image")]
    return [(data[..., index], {"name": f"{name} {index}", **look}, "image") for index in range(data.shape[-1])]


def place_of_pixels(pixel_size_um: float | None, ndim: int) -> dict[str, Any]:
    """Return axis labels and, where the side of a pixel is known, scale and units of a layer of `ndim` axes."""
    place: dict[str, Any] = {"axis_labels": _AXES[-ndim:]}
    if pixel_size_um is not None:
        place["scale"] = (1.0,) * (ndim - 2) + (pixel_size_um, pixel_size_um)
        place["units"] = ("pixel",) * (ndim - 2) + ("um", "um")
    return place


def _all_planes(path: Path) -> tuple[AnyArray, str]:
    """Decode (Y, X, channel) of a plain image or (Z, Y, X, channel) of a stack, and say what the channels are."""
    planes = count_planes(path)
    if planes == 1:
        pixels = read_pixels(path)
        return pixels.data, pixels.kind
    first = read_pixels(path, index=0)
    stack = scratch_array((planes, *first.data.shape), first.data.dtype)
    for index in range(planes):
        stack[index] = first.data if index == 0 else read_pixels(path, index=index).data
    return stack, first.kind
