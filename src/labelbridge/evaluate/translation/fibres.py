"""Fibres that a translation lost, and fibres that it invented, and fibres of an image that masks have.

Two thresholds keep noise from counting: a fibre is *found* where the wall around its axon is clear and closed, and it
is *gone* only where, at the same place in the other image, not even a faint and half-closed wall is left. What is found
in the source and gone in the translation is lost; what is found in the translation and gone in the source is invented.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import ndimage

from labelbridge.core import AXON, MYELIN, BoolArray, FloatArray, LabelMap, Polarity, resample_labels
from labelbridge.evaluate.translation.rings import Rings, find_rings, shade_of
from labelbridge.evaluate.translation.shapes import require_same_shape

__all__ = ["FibreChange", "compare_fibres", "count_fibres", "count_found", "lost_labeled"]

_FOUND = (0.25, 0.85)
_LEFT = (0.1, 0.65)
"""Contrast, as a part of the image's range, and closure of a wall that is clear, and of one that is just there."""

_MOSTLY = 0.5


@dataclass(frozen=True)
class FibreChange:
    """What became of the fibres of one image or of several.

    Attributes
    ----------
    source, translated
        Fibres found in the source and in the translation.
    lost
        Those of the source that are gone in the translation.
    invented
        Those of the translation that are gone in the source.
    """

    source: int
    translated: int
    lost: int
    invented: int

    @property
    def lost_fraction(self) -> float:
        """Part of the source's fibres that is lost, 0 to 1; 0 where the source has none."""
        return self.lost / max(1, self.source)

    @property
    def invented_fraction(self) -> float:
        """Part of the translation's fibres that is invented, 0 to 1; 0 where the translation has none."""
        return self.invented / max(1, self.translated)

    @classmethod
    def total(cls, changes: Iterable[Self]) -> Self:
        """Add up the changes of several images."""
        counts = [(one.source, one.translated, one.lost, one.invented) for one in changes]
        return cls(*(sum(column) for column in zip(*counts, strict=True))) if counts else cls(0, 0, 0, 0)


def count_fibres(data: FloatArray, polarity: Polarity, fibre_px: float) -> int:
    """Return how many fibres with a clear, closed wall lie wholly in an image.

    Parameters
    ----------
    data
        Grey image, axes (Y, X), float32, any range.
    polarity
        Shade of its axons.
    fibre_px
        Fibre diameter in px.
    """
    return len(find_rings(shade_of(data, polarity, fibre_px), *_FOUND))


def count_found(labels: LabelMap, data: FloatArray, polarity: Polarity, fibre_px: float) -> tuple[int, int]:
    """Count the fibres of an image that masks have; no label is needed, fibres are told by their walls.

    Parameters
    ----------
    labels
        The masks.
    data
        Grey image of the masks' shape, axes (Y, X), float32, any range.
    polarity
        Shade of its axons.
    fibre_px
        Fibre diameter in px.

    Returns
    -------
    tuple of int
        Fibres that are mostly axon in the masks, and those that have a clear, closed wall in the image.

    Raises
    ------
    InputError
        Where the shapes differ.
    """
    require_same_shape(labels.shape, data.shape)
    shade = shade_of(data, polarity, fibre_px)
    rings = find_rings(shade, *_FOUND)
    axons = _resampled(labels, (shade.shape[0], shade.shape[1])).mask(AXON)
    return int(np.count_nonzero(rings.shares(axons) > _MOSTLY)), len(rings)


def compare_fibres(
    source: FloatArray,
    translated: FloatArray,
    source_polarity: Polarity,
    translated_polarity: Polarity,
    fibre_px: float,
) -> FibreChange:
    """Count the fibres that a translation lost and invented.

    Parameters
    ----------
    source, translated
        Grey images of one shape, axes (Y, X), float32, any range.
    source_polarity, translated_polarity
        Shade of the axons in each.
    fibre_px
        Fibre diameter in px.

    Raises
    ------
    InputError
        Where the shapes differ.
    """
    require_same_shape(source.shape, translated.shape)
    before = shade_of(source, source_polarity, fibre_px)
    after = shade_of(translated, translated_polarity, fibre_px)
    of_source, of_translated = find_rings(before, *_FOUND), find_rings(after, *_FOUND)
    return FibreChange(
        source=len(of_source),
        translated=len(of_translated),
        lost=int(np.count_nonzero(_gone(of_source, after))),
        invented=int(np.count_nonzero(_gone(of_translated, before))),
    )


def lost_labeled(
    labels: LabelMap,
    source: FloatArray,
    translated: FloatArray,
    source_polarity: Polarity,
    translated_polarity: Polarity,
    fibre_px: float,
) -> tuple[int, int]:
    """Count the labelled fibres whose axon no longer stands out from its myelin.

    A fibre is a connected area of axon; its wall are the pixels of myelin next to it. Those that are not clear in the
    source itself are left out: nothing can be said of them.

    Parameters
    ----------
    labels
        Classes of the source.
    source, translated
        Grey images of the labels' shape, axes (Y, X), float32, any range.
    source_polarity, translated_polarity
        Shade of the axons in each.
    fibre_px
        Fibre diameter in px.

    Returns
    -------
    tuple of int
        Labelled fibres that are lost, and those that are clear in the source.

    Raises
    ------
    InputError
        Where the shapes differ.
    """
    for other in (source.shape, translated.shape):
        require_same_shape(labels.shape, other)
    before = shade_of(source, source_polarity, fibre_px)
    after = shade_of(translated, translated_polarity, fibre_px)
    fibres = _labeled_rings(labels, (before.shape[0], before.shape[1]))
    clear = fibres.walls(before).are_at_least(*_FOUND)
    return int(np.count_nonzero(clear & _gone(fibres, after))), int(np.count_nonzero(clear))


def _gone(fibres: Rings, shade: FloatArray) -> BoolArray:
    return ~fibres.walls(shade).are_at_least(*_LEFT)


def _labeled_rings(labels: LabelMap, shape: tuple[int, int]) -> Rings:
    small = _resampled(labels, shape)
    return Rings(ndimage.label(small.mask(AXON))[0], within=small.mask(MYELIN))


def _resampled(labels: LabelMap, shape: tuple[int, int]) -> LabelMap:
    return LabelMap(resample_labels(labels.data, shape), labels.classes)
