"""Label maps with drawn fibres, for the tests of the scripted annotator and of the queue's judge."""

import numpy as np

from labelbridge.core import BoolArray, LabelMap

SHAPE = (160, 210)
CENTRES = tuple((row, column) for row in (30, 80, 130) for column in (30, 80, 130, 180))
AXON_PX, FIBRE_PX = 10, 14
"""Radii of the axon and of the whole fibre."""

TOP_LEFT = np.s_[:55, :55]
"""The rows and columns around the first fibre."""


def disc(centre: tuple[float, float], radius: float) -> BoolArray:
    rows, columns = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return np.asarray(np.hypot(rows - centre[0], columns - centre[1]) <= radius, np.bool_)


def draw(codes: np.ndarray, centre: tuple[float, float], axon_px: float = AXON_PX, fibre_px: float = FIBRE_PX) -> None:
    codes[disc(centre, fibre_px)] = 2
    codes[disc(centre, axon_px)] = 1


def twelve_fibres() -> np.ndarray:
    """Return the codes of twelve fibres in three rows: 0 background, 1 axon, 2 myelin."""
    codes = np.zeros(SHAPE, np.uint8)
    for centre in CENTRES:
        draw(codes, centre)
    return codes


def labels(codes: np.ndarray) -> LabelMap:
    return LabelMap(codes.copy())
