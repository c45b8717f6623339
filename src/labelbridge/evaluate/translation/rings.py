"""Fibre-like rings in a grey image: compact areas of the axon's shade inside a wall of the opposite shade.

The image is thresholded at several levels. An area below a level is a candidate where it nearly fills the ellipse of
its second moments (so nets, crescents and threads are out) and is about as large as axons are. It counts as a ring
where the pixels around it, its wall, are brighter in nearly all directions. Of rings that share pixels the one with the
strongest wall is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.segmentation import expand_labels

from labelbridge.core import BoolArray, FloatArray, Polarity, circle_diameter, resample, scaled_shape

__all__ = ["Rings", "Walls", "find_rings", "shade_of"]

_FIBRE_PX = 32.0
_BLUR_PX = 1.0
_RANGE_PERCENT = (1.0, 99.0)
_LEVELS = np.linspace(0.1, 0.75, 14)
_WALL_PX = 3.0
_SECTORS = 8
_MIN_DIAMETER_PX = 6.0
_MAX_DIAMETER_PX = 48.0
_MIN_FILL = 0.88
"""Area over that of the ellipse with the same second moments: 1 for an ellipse, 0.95 for a square, less for a net."""
_MAX_ELONGATION = 3.0
_OWN_PART = 0.3

_Numbering = NDArray[np.int32]
_Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Walls:
    """How the walls of some areas differ from what they enclose, one number an area.

    Attributes
    ----------
    contrast
        Mean of the wall less that of the area, as a part of the image's range; positive around an axon.
    closure
        Part of the directions, 0 to 1, in which the wall is brighter than the area by 0.3 of `contrast` or more.
    """

    contrast: _Numbers
    closure: _Numbers

    def are_at_least(self, contrast: float, closure: float) -> BoolArray:
        """Return which areas have walls of so much contrast on so many sides: (areas,), bool."""
        return np.asarray((self.contrast >= contrast) & (self.closure >= closure), np.bool_)


class Rings:
    """Numbered areas, each with the wall around it.

    Parameters
    ----------
    axons
        Numbers of the areas, 1 to n, 0 elsewhere: axes (Y, X), int32.
    within
        Where walls may be: axes (Y, X), bool; None where they may be anywhere outside the areas.
    """

    def __init__(self, axons: _Numbering, within: BoolArray | None = None) -> None:
        walls = np.where(axons > 0, 0, expand_labels(axons, _WALL_PX))
        self._count = int(axons.max(initial=0))
        self._axon_px = np.flatnonzero(axons)
        self._axon = axons.ravel()[self._axon_px] - 1
        self._wall_px = np.flatnonzero(walls if within is None else walls * within)
        self._wall = walls.ravel()[self._wall_px] - 1
        self._sector = self._wall * _SECTORS + self._directions(axons.shape)

    def __len__(self) -> int:
        return self._count

    def walls(self, shade: FloatArray) -> Walls:
        """Measure the walls in an image, which need not be the one that the areas were found in.

        Parameters
        ----------
        shade
            As `shade_of` gives it, axes (Y, X).
        """
        values = shade.ravel()
        inside = _means(self._axon, values[self._axon_px], self._count)
        contrast = np.nan_to_num(_means(self._wall, values[self._wall_px], self._count) - inside, nan=-1.0)
        around = _means(self._sector, values[self._wall_px], self._count * _SECTORS).reshape(-1, _SECTORS)
        seen = np.isfinite(around)
        closed = seen & (around - inside[:, None] >= _OWN_PART * np.maximum(contrast, 0)[:, None])
        return Walls(contrast, closed.sum(axis=1) / np.maximum(1, seen.sum(axis=1)))

    def shares(self, mask: BoolArray) -> _Numbers:
        """Return which part of each area, 0 to 1, lies within a mask of the same shape, axes (Y, X), bool."""
        return _means(self._axon, mask.ravel()[self._axon_px].astype(np.float64), self._count)

    def _directions(self, shape: tuple[int, ...]) -> NDArray[np.intp]:
        """Return in which direction from its area's centre each pixel of a wall lies: 0 to 7."""
        y, x = (
            at[self._wall_px] - _means(self._axon, at[self._axon_px], self._count)[self._wall]
            for at in (axis.ravel().astype(np.float32) for axis in np.indices(shape))
        )
        return np.asarray(np.floor(np.arctan2(y, x) / (2 * np.pi) * _SECTORS).astype(int) % _SECTORS, np.intp)


def shade_of(data: FloatArray, polarity: Polarity, fibre_px: float) -> FloatArray:
    """Return an image in which axons are dark, whatever they were before.

    Parameters
    ----------
    data
        Grey image, axes (Y, X), float32, any range.
    polarity
        Shade of its axons.
    fibre_px
        Fibre diameter in px.

    Returns
    -------
    FloatArray
        Axes (Y, X), at fibres of 32 px at most, slightly blurred, the 1st to 99th percentile mapped to [0, 1].
    """
    factor = min(1.0, _FIBRE_PX / fibre_px)
    small = resample(data, scaled_shape((data.shape[0], data.shape[1]), factor))
    blurred = ndimage.gaussian_filter(small, _BLUR_PX, mode="nearest")
    low, high = (float(value) for value in np.percentile(blurred, _RANGE_PERCENT))
    shade = np.clip((blurred - low) / max(high - low, 1e-6), 0.0, 1.0)
    return np.asarray(shade if polarity == "dark-axon" else 1.0 - shade, np.float32)


def find_rings(shade: FloatArray, contrast: float, closure: float) -> Rings:
    """Find all rings whose walls have at least so much contrast on so many sides.

    Parameters
    ----------
    shade
        As `shade_of` gives it, axes (Y, X).
    contrast, closure
        As in `Walls`.
    """
    found: list[tuple[float, NDArray[np.intp]]] = []
    for areas in _candidates(shade):
        walls = Rings(areas).walls(shade)
        for number in np.flatnonzero(walls.are_at_least(contrast, closure)):
            found.append((float(walls.contrast[number] * walls.closure[number]), np.flatnonzero(areas == number + 1)))
    return Rings(_strongest(found, shade.shape))


def _strongest(found: list[tuple[float, NDArray[np.intp]]], shape: tuple[int, ...]) -> _Numbering:
    """Give numbers to the areas, the strongest first, and none to what shares pixels with a stronger one."""
    numbers = np.zeros(shape, np.int32)
    flat, count = numbers.ravel(), 0
    for _, area in sorted(found, key=lambda one: -one[0]):
        if not flat[area].any():
            count += 1
            flat[area] = count
    return numbers


def _candidates(shade: FloatArray) -> Iterator[_Numbering]:
    """Yield, level by level, the compact areas below it that do not touch the border: numbered from 1, (Y, X)."""
    for level in _LEVELS:
        areas, count = ndimage.label(shade < level)
        keep = _compact(areas, count)
        keep[np.concatenate([areas[[0, -1]].ravel(), areas[:, [0, -1]].ravel()])] = False
        numbers = np.cumsum(keep) * keep
        if keep.any():
            yield numbers.astype(np.int32)[areas]


def _compact(areas: NDArray[np.int32], count: int) -> BoolArray:
    """Return which numbers, 0 (never) to `count`, are areas of an axon's size that nearly fill their ellipse."""
    at = np.flatnonzero(areas)
    number = areas.ravel()[at]
    y, x = (part.astype(np.float64) for part in np.divmod(at, areas.shape[1]))
    size = np.bincount(number, minlength=count + 1).astype(np.float64)
    mean_y, mean_x = (_means(number, part, count + 1) for part in (y, x))
    dy, dx = y - mean_y[number], x - mean_x[number]
    yy, xx, xy = (_means(number, part, count + 1) for part in (dy * dy, dx * dx, dy * dx))
    yy, xx = yy + 1 / 12, xx + 1 / 12  # a pixel is a square, not a point
    root = np.sqrt((yy - xx) ** 2 / 4 + xy**2)
    longer, shorter = np.sqrt((yy + xx) / 2 + root), np.sqrt((yy + xx) / 2 - root)
    diameter = circle_diameter(size)
    with np.errstate(invalid="ignore"):
        keep = (size / (4 * np.pi * longer * shorter) >= _MIN_FILL) & (longer <= _MAX_ELONGATION * shorter)
        keep &= (diameter >= _MIN_DIAMETER_PX) & (diameter <= _MAX_DIAMETER_PX)
    keep[0] = False
    return np.asarray(keep, np.bool_)


def _means(number: NDArray[np.integer], values: NDArray[np.floating], count: int) -> _Numbers:
    """Return the mean of the values of each number from 0, NaN where it has none."""
    total = np.bincount(number, values, minlength=count)
    size = np.bincount(number, minlength=count)
    return np.asarray(np.divide(total, size, out=np.full(count, np.nan), where=size > 0), np.float64)
