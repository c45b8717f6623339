"""Label maps of round fibres, for the tests of their sizes."""

import numpy as np

from labelbridge.core import BoolArray, LabelMap

AXON_VALUE, MYELIN_VALUE = 1, 2


def disc(shape: tuple[int, int], centre: tuple[float, float], radius: float) -> BoolArray:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray(np.hypot(rows - centre[0], columns - centre[1]) <= radius, np.bool_)


def rings(shape: tuple[int, int], *fibres: tuple[float, float, float, float]) -> LabelMap:
    """Fibres: row and column of the centre, radius of the axon, radius of the fibre; later ones yield to earlier."""
    data = np.zeros(shape, np.uint8)
    for row, column, _, outer in reversed(fibres):
        data[disc(shape, (row, column), outer)] = MYELIN_VALUE
    for row, column, inner, _ in fibres:
        data[disc(shape, (row, column), inner)] = AXON_VALUE
    return LabelMap(data)
