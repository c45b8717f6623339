"""Polygons to pixels."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from labelbridge.core import AnyArray, LabelArray, bands

__all__ = ["fill_polygons"]

_BATCH = 1_000_000
"""So many crossings of polygon edges with rows of pixels are worked on at once."""

_MOST_ROWS = 500_000_000

_Ints = NDArray[np.int64]


def fill_polygons(data: LabelArray, polygons: Iterable[Sequence[AnyArray]], value: int) -> None:
    """Set the pixels whose centre is in any of the polygons.

    A pixel is in a polygon where a ray from its centre crosses the polygon's rings an odd number of times, so holes
    stay empty; a centre exactly on an edge belongs to the right and the lower side.

    Parameters
    ----------
    data
        (Y, X), uint8; changed in place.
    polygons
        Each a sequence of rings, closed or not, each (N, 2): x and y in px, pixel (y, x) reaching from x to x + 1.
    value
        The value to set.
    """
    spans = [_spans(*batch, data.shape[1]) for batch in _batches(polygons, data.shape[0])]
    if not spans:
        return
    rows, starts, stops = (np.concatenate(part) for part in zip(*spans, strict=True))
    order = np.argsort(rows, kind="stable")
    rows, starts, stops = rows[order], starts[order], stops[order]
    for band in bands((data.shape[0], data.shape[1])):
        here = slice(*np.searchsorted(rows, (band.start, band.stop)))
        data[band][_cover(data[band].shape, rows[here] - band.start, starts[here], stops[here])] = value


def _cover(shape: tuple[int, ...], rows: _Ints, starts: _Ints, stops: _Ints) -> NDArray[np.bool_]:
    """Return where any of the spans (row, first column, column behind the last) is."""
    height, width = shape
    change = np.zeros(height * (width + 1), np.int32)
    np.add.at(change, rows * (width + 1) + starts, 1)
    np.add.at(change, rows * (width + 1) + stops, -1)
    return np.asarray(np.cumsum(change, out=change).reshape(height, width + 1)[:, :width] > 0)


def _batches(polygons: Iterable[Sequence[AnyArray]], height: int) -> Iterator[tuple[AnyArray, _Ints, _Ints, _Ints]]:
    """Give edges of whole polygons: (N, 4) with x0, y0, x1, y1; their first row, number of rows, and polygon."""
    edges: list[AnyArray] = []
    owners: list[_Ints] = []
    waiting = 0
    for owner, rings in enumerate(polygons):
        for ring in rings:
            edges.append(np.concatenate([ring, np.roll(ring, -1, axis=0)], axis=1))
            owners.append(np.full(len(ring), owner, np.int64))
            waiting += int(_rows(edges[-1], height)[1].sum())
        if waiting > _MOST_ROWS:
            raise ValueError("a polygon has too many edges")
        if waiting > _BATCH:
            yield _batch(edges, owners, height)
            edges, owners, waiting = [], [], 0
    if edges:
        yield _batch(edges, owners, height)


def _batch(edges: list[AnyArray], owners: list[_Ints], height: int) -> tuple[AnyArray, _Ints, _Ints, _Ints]:
    lines = np.concatenate(edges)
    return lines, *_rows(lines, height), np.concatenate(owners)


def _rows(edges: AnyArray, height: int) -> tuple[_Ints, _Ints]:
    """Return the first row whose centre an edge (x0, y0, x1, y1) crosses and how many rows it crosses."""
    low, high = edges[:, [1, 3]].min(axis=1), edges[:, [1, 3]].max(axis=1)
    first = np.clip(np.ceil(low - 0.5), 0, height).astype(np.int64)
    last = np.clip(np.ceil(high - 0.5), 0, height).astype(np.int64)
    return first, last - first


def _spans(edges: AnyArray, first: _Ints, counts: _Ints, owners: _Ints, width: int) -> tuple[_Ints, _Ints, _Ints]:
    """Return rows, first columns and columns behind the last of the pixels inside each polygon."""
    which = np.repeat(np.arange(len(edges)), counts)
    steps = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = first[which] + steps
    x0, y0, x1, y1 = edges[which].T
    x = x0 + (rows + 0.5 - y0) / (y1 - y0) * (x1 - x0)
    columns = np.clip(np.ceil(x - 0.5), 0, width).astype(np.int64)
    order = np.lexsort((columns, rows, owners[which]))
    rows, columns = rows[order], columns[order]
    return rows[::2], columns[::2], columns[1::2]
