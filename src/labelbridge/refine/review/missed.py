"""Places where a fibre may be that the masks do not have."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from labelbridge.core import AXON, MYELIN, AnyArray, BoolArray, FloatArray, Reporter
from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.areas import occupied
from labelbridge.refine.repairs.windows import Point, along_cut, grown, within
from labelbridge.refine.review.measures import ellipses, fingerprint_of
from labelbridge.refine.review.sources import Sources
from labelbridge.refine.review.spots import REACH_PX, AreaLimits, SpotLook, spot_depths
from labelbridge.refine.review.tiles import MARGIN_PX, Tile, tiles_of

__all__ = ["INFLUENCE_PX", "MissedMeasures", "find_missed"]

_SMOOTH_PX = 5
_APART_PX = 3
_APART_FROM_AXONS_PX = 6
_LEVEL_STEP = 0.1
_MOST_SHARED = 0.2
_LEAST_OWN = 0.3

INFLUENCE_PX = MARGIN_PX + _APART_FROM_AXONS_PX
"""How far from an edit places may come and go: it may part an area that was too large, or join two."""


@dataclass(frozen=True, eq=False)
class MissedMeasures:
    """A place without axon in numbers.

    Attributes
    ----------
    at
        Row and column of its first pixel in reading order.
    fingerprint
        The same for the same pixels.
    centre
        Row and column of its centre.
    window
        The smallest rows and columns that hold it.
    mask
        Where in the window it is, (Y, X), bool.
    fill
        Its area over that of the ellipse with the same second moments: 1 for an ellipse, less for other shapes.
    is_hollow_ring
        Whether most of it is background that myelin encloses.
    uncertainty
        Its highest uncertainty, smoothed, 0 to 1; None where there is no map.
    spot_depth
        How deep the deepest spot of the image in it lies, 0 to 1; None where the image is not known.
    found_by
        Names of the other paths that found an axon there.
    marked_px
        How many of its pixels were marked by the caller.
    """

    at: Point
    fingerprint: str
    centre: tuple[float, float]
    window: Window
    mask: BoolArray
    fill: float
    is_hollow_ring: bool
    uncertainty: float | None
    spot_depth: float | None
    found_by: tuple[str, ...]
    marked_px: int

    def overlaps(self, mask: BoolArray, window: Window) -> bool:
        """Return whether it shares pixels with a mask (Y, X) of a window."""
        rows, columns = (
            slice(max(one.start, other.start), max(one.start, other.start, min(one.stop, other.stop)))
            for one, other in zip(self.window, window, strict=True)
        )
        shared = rows, columns
        return bool(np.any(self.mask[within(shared, self.window)] & mask[within(shared, window)]))


def find_missed(
    sources: Sources,
    window: Window,
    limits: AreaLimits,
    uncertain_from: float,
    *,
    look: SpotLook | None = None,
    marked: BoolArray | None = None,
    reporter: Reporter | None = None,
) -> list[MissedMeasures]:
    """Find holes in myelin, uncertain background, and axons of other paths or of the image that the masks do not have.

    Where several of these touch they are one place. What is wider or higher than about 150 px, or goes on beyond the
    window, is left out.

    Parameters
    ----------
    sources
        What there is to look at.
    window
        Rows and columns.
    limits
        Sizes to look for.
    uncertain_from
        Smoothed uncertainty from which background is such a place, 0 to 1.
    look
        What axons look like in the image; None where that is not known.
    marked
        Pixels to count for each place, (Y, X) of the window, bool.
    reporter
        Told after each tile, asked whether to stop before each.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    """
    reporter = reporter or Reporter()
    found: list[MissedMeasures] = []
    tiles = list(tiles_of(window))
    for done, tile in enumerate(tiles):
        reporter.checkpoint()
        signs = _Signs(sources, tile.seen, limits, uncertain_from, look)
        found += _places(signs, tile, sources, None if marked is None else marked[within(tile.seen, window)])
        reporter.progress(done + 1, len(tiles), "looking for missed fibres")
    return found


class _Signs:
    """Where a window shows signs of a missed axon; masks (Y, X), bool."""

    def __init__(
        self, sources: Sources, window: Window, limits: AreaLimits, uncertain_from: float, look: SpotLook | None
    ) -> None:
        self.limits = limits
        self.hollow = _holes(sources, window, limits)
        self.uncertainty = None if sources.uncertainty is None else _smoothed(sources.uncertainty[window])
        self.uncertain = np.zeros_like(self.hollow)
        if self.uncertainty is not None:
            self.uncertain = _uncertain(self.uncertainty, _far_from(sources, window), limits, uncertain_from)
        self.depths = None if look is None else _depths(sources, window, look)
        self.spots = np.zeros_like(self.hollow)
        if look is not None and self.depths is not None:
            self.spots = (self.depths >= look.least_depth) & ~occupied(sources.layers, window)
        own = sources.layers[AXON][window] != 0
        self.found = {
            name: _unmatched(path.data[window] == path.classes.value(AXON), own, limits)
            for name, path in sources.paths.items()
        }
        self.any = np.logical_or.reduce([self.hollow, self.uncertain, self.spots, *self.found.values()])


def _places(signs: _Signs, tile: Tile, sources: Sources, marked: BoolArray | None) -> Iterator[MissedMeasures]:
    from scipy import ndimage

    areas, count = ndimage.label(signs.any)
    fits = _fitting(areas, count, signs.limits)
    fits[along_cut(areas, tile.seen, sources.shape)] = False
    for number, part in enumerate(ndimage.find_objects(areas), start=1):
        if not fits[number] or max(cut.stop - cut.start for cut in part) > MARGIN_PX:
            continue
        place = _measured(areas[part] == number, part, tile.seen, signs, marked)
        if all(cut.start <= axis < cut.stop for axis, cut in zip(place.at, tile.core, strict=True)):
            yield place


def _measured(mask: BoolArray, part: Window, seen: Window, signs: _Signs, marked: BoolArray | None) -> MissedMeasures:
    top, left = seen[0].start + part[0].start, seen[1].start + part[1].start
    rows, columns = (axis + float(start) for axis, start in zip(np.nonzero(mask), (top, left), strict=True))
    sums = np.array([[np.sum(term)] for term in (rows**0, rows, columns, rows**2, columns**2, rows * columns)])
    return MissedMeasures(
        at=(int(rows[0]), int(columns[0])),
        fingerprint=fingerprint_of(rows[:1], columns[:1], sums),
        centre=(float(rows.mean()), float(columns.mean())),
        window=(slice(top, top + mask.shape[0]), slice(left, left + mask.shape[1])),
        mask=mask,
        fill=float(ellipses(sums)[0][0]),
        is_hollow_ring=bool(signs.hollow[part][mask].mean() > 1 / 2),
        uncertainty=None if signs.uncertainty is None else float(signs.uncertainty[part][mask].max()),
        spot_depth=None if signs.depths is None else float(signs.depths[part][mask].max()),
        found_by=tuple(name for name, found in signs.found.items() if found[part][mask].mean() >= _LEAST_OWN),
        marked_px=0 if marked is None else int(np.count_nonzero(marked[part] & mask)),
    )


def _fitting(areas: AnyArray, count: int, limits: AreaLimits) -> BoolArray:
    """Return which numbers, 0 (never) to `count`, are areas within the limits."""
    sizes = np.bincount(areas.ravel(), minlength=count + 1)
    fits = (sizes >= limits[0]) & (sizes <= limits[1])
    fits[0] = False
    return np.asarray(fits, np.bool_)


def _holes(sources: Sources, window: Window, limits: AreaLimits) -> BoolArray:
    """Return background that myelin encloses within the window, with no class in it."""
    from scipy import ndimage

    areas, count = ndimage.label(sources.layers[MYELIN][window] == 0)
    fits = _fitting(areas, count, limits)
    fits[areas[occupied(sources.layers, window, but=(MYELIN,))]] = False
    for side in (areas[0], areas[-1], areas[:, 0], areas[:, -1]):
        fits[side] = False
    return np.asarray(fits[areas], np.bool_)


def _smoothed(uncertainty: FloatArray) -> FloatArray:
    """Return the mean uncertainty around each pixel, (Y, X)."""
    from scipy import ndimage

    return np.asarray(ndimage.uniform_filter(uncertainty, _SMOOTH_PX, mode="nearest"), np.float32)


def _depths(sources: Sources, window: Window, look: SpotLook) -> FloatArray | None:
    """Return how deep the spots of the image lie, (Y, X); those that begin beyond the window as well."""
    wider = grown(window, REACH_PX, sources.shape)
    if (grey := sources.grey(wider)) is None:
        return None
    return spot_depths(grey, occupied(sources.layers, wider, but=(MYELIN,)), look)[within(window, wider)]


def _far_from(sources: Sources, window: Window) -> BoolArray:
    """Return background away from what is there: borders are always uncertain, those of axons without myelin most."""
    from scipy import ndimage

    near = ndimage.binary_dilation(occupied(sources.layers, window), iterations=_APART_PX)
    near |= ndimage.binary_dilation(sources.layers[AXON][window] != 0, iterations=_APART_FROM_AXONS_PX)
    return np.asarray(~near, np.bool_)


def _uncertain(uncertainty: FloatArray, far: BoolArray, limits: AreaLimits, uncertain_from: float) -> BoolArray:
    """Return uncertain areas of the pixels `far`; one that is too large gives way to the more uncertain areas in it."""
    from scipy import ndimage

    left, found = far, np.zeros_like(far)
    for level in np.arange(uncertain_from, 1, _LEVEL_STEP):
        areas, count = ndimage.label(left & (uncertainty >= level))
        is_large = np.bincount(areas.ravel(), minlength=count + 1) > limits[1]
        for number, part in enumerate(ndimage.find_objects(areas), start=1):
            is_large[number] |= max(cut.stop - cut.start for cut in part) > MARGIN_PX
        is_large[0] = False
        left = is_large[areas]
        found |= (areas > 0) & ~left
        if not is_large.any():
            break
    return np.asarray(found, np.bool_)


def _unmatched(axons: BoolArray, own: BoolArray, limits: AreaLimits) -> BoolArray:
    """Return the axons of another path that share hardly a pixel with those of the masks."""
    from scipy import ndimage

    areas, count = ndimage.label(axons)
    sizes = np.bincount(areas.ravel(), minlength=count + 1)
    shared = np.bincount(areas[own], minlength=count + 1)
    chosen = _fitting(areas, count, limits) & (shared <= _MOST_SHARED * sizes)
    return np.asarray(chosen[areas], np.bool_)
