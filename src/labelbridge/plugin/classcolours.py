"""The colours of classes, as napari's Labels layers take them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labelbridge.core import AXON, BACKGROUND, MYELIN, ClassMap
from labelbridge.io.colours import class_colours

if TYPE_CHECKING:
    from napari.utils.colormaps import DirectLabelColormap

__all__ = ["class_colormap"]

_CLEAR = (0.0, 0.0, 0.0, 0.0)


def class_colormap(name: str, classes: Sequence[str]) -> "DirectLabelColormap":
    """Return the colours of a class layer of 0 and 1: axon blue, myelin red, further classes in turn.

    Parameters
    ----------
    name
        The class.
    classes
        All classes of the image, `name` among them: their order tells the colours of those that have none of their own.
    """
    from napari.utils.colormaps import DirectLabelColormap

    further = (one for one in classes if one not in (AXON, MYELIN))
    colour = class_colours(ClassMap((BACKGROUND, AXON, MYELIN, *further)))[name]
    return DirectLabelColormap(color_dict={None: _CLEAR, 0: _CLEAR, 1: (*(part / 255 for part in colour), 1.0)})
