"""What is measured of each fibre."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import AXON, BoolArray, Numbers, Reporter, number_areas
from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.windows import Point, along_cut, within
from labelbridge.refine.review.agreement import best_matches
from labelbridge.refine.review.checkpoints import with_checkpoints
from labelbridge.refine.review.sources import Sources
from labelbridge.refine.review.sums import FibreSums
from labelbridge.refine.review.territory import territory_of
from labelbridge.refine.review.tiles import tiles_of

__all__ = ["FibreMeasures", "MeasuredFibres", "ellipses", "fingerprint_of", "measure_fibres"]

_PIXEL_VARIANCE = 1 / 12


@dataclass(frozen=True)
class FibreMeasures:
    """An axon and its myelin in numbers.

    Attributes
    ----------
    at
        Row and column of the axon's first pixel in reading order.
    fingerprint
        The same for the same pixels of axon and myelin.
    centre
        Row and column of the axon's centre.
    window
        The smallest rows and columns that hold axon and myelin.
    axon_area_px2, myelin_area_px2
        Areas in px².
    fill
        Area of the axon over that of the ellipse with the same second moments: 1 for an ellipse, less for other shapes.
    elongation
        Longer over shorter axis of that ellipse, from 1.
    bareness
        Share of the axon's outline, the image's edge left aside, that has no myelin near, 0 to 1.
    touching
        Pixels of the axon less than 2 px from another axon, over the length of its outline.
    uncertainty, rim_uncertainty
        Mean uncertainty over the axon, and over the 2 px around axon and myelin, 0 to 1; None where there is no map.
    axon_grey, myelin_grey
        Mean intensity of the image over axon and myelin, in its own units; None where it is not known, or no myelin is.
    disagreement
        1 - IoU of the axon with its best match in another path, mean over the paths, 0 to 1; None where there is none.
    is_cut_off
        Whether it reaches the image's edge, so that its size and shape say little.
    is_whole
        Whether nothing beyond the window that was looked at can change these numbers.
    marked_px
        How many of its pixels were marked by the caller.
    """

    at: Point
    fingerprint: str
    centre: tuple[float, float]
    window: Window
    axon_area_px2: int
    myelin_area_px2: int
    fill: float
    elongation: float
    bareness: float
    touching: float
    uncertainty: float | None
    rim_uncertainty: float | None
    axon_grey: float | None
    myelin_grey: float | None
    disagreement: float | None
    is_cut_off: bool
    is_whole: bool
    marked_px: int

    @property
    def g_ratio(self) -> float | None:
        """Diameter of the axon over that of the fibre, of circles of their areas; None without myelin."""
        if not self.myelin_area_px2:
            return None
        return float(np.sqrt(self.axon_area_px2 / (self.axon_area_px2 + self.myelin_area_px2)))


class MeasuredFibres(NamedTuple):
    """The fibres of a window."""

    fibres: list[FibreMeasures]
    """In the order of their numbers."""

    axons: Numbers
    """Numbers of the axons in the window; the fibre with number n stands at n - 1."""


def measure_fibres(
    sources: Sources, window: Window, *, marked: BoolArray | None = None, reporter: Reporter | None = None
) -> MeasuredFibres:
    """Measure all fibres that have axon in a window.

    Parameters
    ----------
    sources
        What there is to look at.
    window
        Rows and columns. Fibres that go on beyond it are measured as far as they are seen.
    marked
        Pixels to count for each fibre, (Y, X) of the window, bool.
    reporter
        Told after each tile, asked whether to stop before each.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    """
    reporter = reporter or Reporter()
    axons, count = number_areas(sources.layers[AXON][window])
    sums = FibreSums(count, sources.shape)
    tiles = list(tiles_of(window))
    for done, tile in enumerate(tiles):
        reporter.checkpoint()
        seen = within(tile.seen, window)
        territory = territory_of(sources.layers, tile.seen, axons[seen], sources.shape)
        sums.add(sources, tile, axons[seen], territory, None if marked is None else marked[seen])
        reporter.progress(done + 1, len(tiles), "measuring fibres")
    cut = along_cut(axons, window, sources.shape)
    sums.unsure[cut[cut > 0] - 1] += 1
    disagreement = _disagreement(sources, axons, sums, window, reporter)
    return MeasuredFibres(list(with_checkpoints(_measures(sources, sums, disagreement), reporter)), axons)


def fingerprint_of(*numbers: NDArray[np.floating[Any]]) -> str:
    """Return a short text that is the same for the same whole numbers."""
    data = b"".join(part.astype("<i8").tobytes() for part in numbers)
    return blake2b(data, digest_size=8).hexdigest()


def _disagreement(
    sources: Sources, axons: Numbers, sums: FibreSums, window: Window, reporter: Reporter
) -> NDArray[np.float64]:
    """Return 1 - IoU, mean over the paths, for each fibre; counts what goes on beyond the window as unsure."""
    count = sums.unsure.size
    total = np.zeros(count)
    for path in sources.paths.values():
        reporter.checkpoint()
        best, cut = best_matches(axons, count, path, window)
        total += 1 - best
        sums.unsure[cut - 1] += 1
    return total / max(1, len(sources.paths))


def _measures(sources: Sources, sums: FibreSums, disagreement: NDArray[np.float64]) -> Iterator[FibreMeasures]:
    height, width = sources.shape
    area = sums.axon[0]
    rows, columns = sums.axon[1] / area, sums.axon[2] / area
    fill, elongation = ellipses(sums.axon)
    outline = np.maximum(1, sums.enclosed + sums.bare)
    uncertainty, rim_uncertainty = sums.uncertainty / area, sums.rim_uncertainty / np.maximum(1, sums.rim)
    axon_grey, myelin_grey = sums.axon_grey / area, sums.myelin_grey / np.maximum(1, sums.myelin[0])
    has_map, has_paths = sources.uncertainty is not None, bool(sources.paths)
    has_image = sources.image is not None
    for number in range(area.size):
        (top, left), (bottom, right) = (ends[:, number].tolist() for ends in (sums.low, sums.high))
        yield FibreMeasures(
            at=divmod(int(sums.first[number]), width),
            fingerprint=fingerprint_of(sums.first[number], sums.axon[:, number], sums.myelin[:, number]),
            centre=(float(rows[number]), float(columns[number])),
            window=(slice(top, bottom + 1), slice(left, right + 1)),
            axon_area_px2=int(area[number]),
            myelin_area_px2=int(sums.myelin[0, number]),
            fill=float(fill[number]),
            elongation=float(elongation[number]),
            bareness=float(sums.bare[number] / outline[number]),
            touching=float(sums.touching[number] / outline[number]),
            uncertainty=float(uncertainty[number]) if has_map else None,
            rim_uncertainty=float(rim_uncertainty[number]) if has_map else None,
            axon_grey=float(axon_grey[number]) if has_image else None,
            myelin_grey=float(myelin_grey[number]) if has_image and sums.myelin[0, number] else None,
            disagreement=float(disagreement[number]) if has_paths else None,
            is_cut_off=top == 0 or left == 0 or bottom == height - 1 or right == width - 1,
            is_whole=not sums.unsure[number],
            marked_px=int(sums.marked[number]),
        )


def ellipses(sums: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return fill and elongation of areas from their sums (6, N); a pixel is a square, not a point."""
    area, row, column, row2, column2, cross = sums
    rows, columns = row / area, column / area
    down = row2 / area - rows**2 + _PIXEL_VARIANCE
    right = column2 / area - columns**2 + _PIXEL_VARIANCE
    slant = cross / area - rows * columns
    root = np.sqrt((down - right) ** 2 / 4 + slant**2)
    longer, shorter = (down + right) / 2 + root, np.maximum((down + right) / 2 - root, _PIXEL_VARIANCE)
    return area / (4 * np.pi * np.sqrt(longer * shorter)), np.sqrt(longer / shorter)
