"""How large the fibres of a label map are: axon diameter, myelin thickness and g-ratio, as labs publish them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import (
    AXON,
    BACKGROUND,
    MYELIN,
    MYELIN_MARGIN_PX,
    AnyArray,
    LabelMap,
    Numbers,
    bands,
    circle_diameter,
    count_pixels,
    myelin_ways,
    nearest_axons,
    number_areas,
)

__all__ = ["FibreSizes", "measure_fibre_sizes"]

_Sizes = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FibreSizes:
    """The fibres of an image, or of several, in numbers; of circles that have the areas of axon and fibre.

    These are the definitions of AxonDeepSeg (Zaimi et al., Scientific Reports 2018,
    https://doi.org/10.1038/s41598-018-22181-4), where a fibre is an axon and its myelin.

    Attributes
    ----------
    g_ratio
        Diameter of the axon over that of the fibre, 0 to 1, of each fibre that has myelin, (M,).
    axon_diameter
        Diameter of the axon, of each fibre, (N,).
    myelin_thickness
        Half the difference of both diameters, of each fibre that has myelin, (M,).
    unit
        That of diameter and thickness, ``px`` or ``um``.
    """

    g_ratio: _Sizes
    axon_diameter: _Sizes
    myelin_thickness: _Sizes
    unit: str = "px"

    def in_um(self, pixel_size_um: float) -> "FibreSizes":
        """Return sizes in px in um, for pixels with sides of `pixel_size_um`."""
        axon_diameter, myelin_thickness = (
            pixel_size_um * lengths for lengths in (self.axon_diameter, self.myelin_thickness)
        )
        return FibreSizes(self.g_ratio, axon_diameter, myelin_thickness, "um")

    @classmethod
    def pooled(cls, sizes: Sequence[Self]) -> Self:
        """Put the fibres of several images together, of which there is at least one; all have the same unit."""
        parts = [(one.g_ratio, one.axon_diameter, one.myelin_thickness) for one in sizes]
        g_ratio, axon_diameter, myelin_thickness = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(g_ratio, axon_diameter, myelin_thickness, sizes[0].unit)


def measure_fibre_sizes(labels: LabelMap) -> FibreSizes:
    """Measure the fibres that lie wholly in an image, in px.

    A fibre is a connected area of axon, and the myelin from which the way to it, through myelin and a gap of up to
    2 px around the axon, is shorter than to any other; myelin that is equally far from two belongs to neither. Fibres
    of which a pixel lies at the image's edge are left out: how much of them is cut off is not known. Axons without
    myelin have a diameter alone.

    Parameters
    ----------
    labels
        Classes of the image; ``axon`` and ``myelin`` are looked at, and no way leads through others.
    """
    axons, count = number_areas(labels.mask(AXON))
    axon_px2, myelin_px2, is_cut = count_pixels(axons, count), np.zeros(count + 1, np.int64), np.zeros(count + 1, bool)
    is_cut[0] = True
    for band in bands(labels.shape):
        classes, owner = labels.data[band], _owners(labels, axons, band)
        myelin_px2 += np.bincount(owner[classes == labels.classes.value(MYELIN)], minlength=count + 1)
        is_cut[_along_edge(owner, band, labels.shape[0])] = True
    return _sizes_of(axon_px2[~is_cut], myelin_px2[~is_cut])


def _owners(labels: LabelMap, axons: Numbers, band: slice) -> Numbers:
    """Return the number of the axon that each pixel of axon and myelin in a band of rows belongs to, 0 elsewhere."""
    seen = slice(max(0, band.start - MYELIN_MARGIN_PX), min(labels.shape[0], band.stop + MYELIN_MARGIN_PX))
    inner = slice(band.start - seen.start, band.stop - seen.start)
    axon, myelin, background = (labels.data[seen] == labels.classes.value(name) for name in (AXON, MYELIN, BACKGROUND))
    _, nearest = nearest_axons(myelin_ways(axon, myelin, ~background), axons[seen])
    return np.where(background[inner], np.int32(0), nearest[inner])


def _along_edge(values: AnyArray, band: slice, height: int) -> AnyArray:
    """Return the values (Y, X) of a band of rows that lie at the image's edge, (N,)."""
    edges = [values[:, 0], values[:, -1]]
    edges += [values[0]] if band.start == 0 else []
    edges += [values[-1]] if band.stop == height else []
    return np.concatenate(edges)


def _sizes_of(axon_px2: NDArray[np.int64], myelin_px2: NDArray[np.int64]) -> FibreSizes:
    axon_diameter, fibre_diameter = (circle_diameter(px2) for px2 in (axon_px2, axon_px2 + myelin_px2))
    has_myelin = myelin_px2 > 0
    inner, outer = axon_diameter[has_myelin], fibre_diameter[has_myelin]
    return FibreSizes(inner / outer, axon_diameter, (outer - inner) / 2)
