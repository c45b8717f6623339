"""Label maps as PNG files, one class a file."""

from io import BytesIO

import numpy as np
from PIL import Image as PillowImage

from labelbridge.core import AXON, MYELIN, AnyArray, LabelMap
from labelbridge.io.export.names import check_class_names
from labelbridge.io.lookup import look_up
from labelbridge.io.maskvalues import AXON_VALUE, MYELIN_VALUE, ON_VALUE
from labelbridge.io.names import AXONMYELIN

__all__ = ["encode_masks", "encode_png"]


def encode_masks(labels: LabelMap) -> dict[str, bytes]:
    """Return the PNG files of a label map by what they show: each class, then axon and myelin together.

    Raises
    ------
    InputError
        Where a class name cannot be part of a file's name.
    """
    names = labels.classes.foreground
    check_class_names(names)
    single = {name: _encode(labels, {name: ON_VALUE}) for name in names}
    return single | {AXONMYELIN: _encode(labels, {MYELIN: MYELIN_VALUE, AXON: AXON_VALUE})}


def encode_png(pixels: AnyArray) -> bytes:
    """Return a PNG file of 8-bit pixels, axes (Y, X) or (Y, X, RGB), or of 16-bit grey ones (Y, X)."""
    stream = BytesIO()
    PillowImage.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def _encode(labels: LabelMap, grey: dict[str, int]) -> bytes:
    """Return a PNG with the grey values of some classes, 0 elsewhere."""
    table = np.zeros(len(labels.classes), np.uint8)
    for name, value in grey.items():
        table[labels.classes.value(name)] = value
    return encode_png(look_up(table, labels.data))
