"""Which pixels of masks a person vouches for.

Verified are

- all pixels of masks that a person has declared right as a whole: an image that is done;
- else the pixels of fibres (axon and myelin) that were accepted or corrected in the review, a narrow border of the
  background around them, as far as no other fibre is nearer, and each pixel that was painted, erased or changed by a
  repair, as long as that was not undone.

All others are as a model left them, and say nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
from pydantic import TypeAdapter, ValidationError

from labelbridge.core import BoolArray, Numbers, Reporter, circle_diameter, scratch_array
from labelbridge.refine.edits import Layers, shape_of
from labelbridge.refine.history import History
from labelbridge.refine.restoring import RestoredSession
from labelbridge.refine.review.measures import FibreMeasures, measure_fibres
from labelbridge.refine.review.provenance import FibreRow
from labelbridge.refine.review.sources import Sources, whole_of
from labelbridge.refine.review.states import ReviewStates
from labelbridge.refine.review.territory import territory_of
from labelbridge.refine.review.tiles import MARGIN_PX, tiles_of

__all__ = ["VerifiedMap", "verified_by_journal", "verified_by_record", "verified_wholly"]

_BORDER_PER_FIBRE = 1 / 8
"""Width of the border around verified fibres, in their median diameters: what one sees who looks at a fibre."""

_NARROWEST_PX = 2.0

_TABLE = TypeAdapter(list[FibreRow])

_Choice = Callable[[FibreMeasures], bool]


@dataclass(frozen=True, eq=False)
class VerifiedMap:
    """What of an image's masks is verified.

    Attributes
    ----------
    pixels
        Where the masks are verified, (Y, X), bool.
    fibres
        Numbers of the verified fibres, 1 to n on their axon and myelin, 0 elsewhere, (Y, X), int32.
    centres
        Row and column of the centre of each fibre's axon in px, in the order of the numbers.
    is_whole
        Whether all of the image is.
    """

    pixels: BoolArray
    fibres: Numbers
    centres: tuple[tuple[float, float], ...]
    is_whole: bool = False

    @property
    def share(self) -> float:
        """Share of the image's pixels that are verified, 0 to 1."""
        return float(np.count_nonzero(self.pixels) / self.pixels.size)


def verified_wholly(layers: Layers, *, reporter: Reporter | None = None) -> VerifiedMap:
    """Return the map of masks that are right as a whole.

    Parameters
    ----------
    layers
        Class layers by name, each (Y, X), uint8, 0 or 1, not overlapping, ``axon`` and ``myelin`` among them.
    reporter
        Told the progress, asked whether to stop.

    Raises
    ------
    InputError
        Where the layers are no such layers.
    Cancelled
        Where the reporter asked to stop.
    """
    fibres, chosen = _numbered(layers, lambda _: True, reporter or Reporter())
    return VerifiedMap(np.ones(shape_of(layers), np.bool_), fibres, _centres(chosen), is_whole=True)


def verified_by_journal(session: RestoredSession, *, reporter: Reporter | None = None) -> VerifiedMap:
    """Return the map of the masks that a correction has led to, from what its journal knows of the review.

    A fibre counts as it was accepted or corrected last, pixel by pixel; one that has changed since does not count until
    it has been noted again.

    Parameters
    ----------
    session
        The journal, read.
    reporter
        Told the progress, asked whether to stop.

    Raises
    ------
    InputError
        Where the journal's masks lack axon or myelin.
    Cancelled
        Where the reporter asked to stop.
    """
    states = dict(ReviewStates(session.notes))

    def is_verified(fibre: FibreMeasures) -> bool:
        return states.get(fibre.fingerprint, "unseen") != "unseen"

    return _partly_verified(session.history.layers, is_verified, _touched(session.history), reporter or Reporter())


def verified_by_record(
    layers: Layers, review: Mapping[str, object], *, reporter: Reporter | None = None
) -> VerifiedMap:
    """Return the map of exported masks, from what their provenance says of the review.

    Which pixels were painted is not in it: only fibres count.

    Parameters
    ----------
    layers
        The exported masks, as for `verified_wholly`.
    review
        What `labelbridge.refine.review.review_record` gave, as read from the provenance.
    reporter
        Told the progress, asked whether to stop.

    Raises
    ------
    InputError
        Where the layers are no such layers.
    Cancelled
        Where the reporter asked to stop.
    """
    listed = {_key(row.row, row.column, row.axon_area_px2) for row in _rows(review) if row.origin != "model"}
    untouched = np.zeros(shape_of(layers), np.bool_)

    def is_verified(fibre: FibreMeasures) -> bool:
        return _key(*fibre.centre, fibre.axon_area_px2) in listed

    return _partly_verified(layers, is_verified, untouched, reporter or Reporter())


def _partly_verified(layers: Layers, is_verified: _Choice, touched: BoolArray, reporter: Reporter) -> VerifiedMap:
    fibres, chosen = _numbered(layers, is_verified, reporter)
    pixels = touched | (fibres > 0)
    if chosen:
        _add_border(pixels, layers, fibres, _border_px(chosen), reporter)
    return VerifiedMap(pixels, fibres, _centres(chosen))


def _numbered(layers: Layers, is_verified: _Choice, reporter: Reporter) -> tuple[Numbers, list[FibreMeasures]]:
    """Give the verified fibres numbers, on all their pixels."""
    shape = shape_of(layers)
    measured = measure_fibres(Sources(layers), whole_of(shape), reporter=reporter)
    chosen = [is_verified(fibre) for fibre in measured.fibres]
    table = np.zeros(len(chosen) + 1, np.int32)
    table[1:] = np.where(chosen, np.cumsum(chosen), 0)
    numbers = scratch_array(shape, np.int32)
    for tile in tiles_of(whole_of(shape)):
        reporter.checkpoint()
        owner = territory_of(layers, tile.seen, measured.axons[tile.seen], shape).owner
        numbers[tile.core] = table[owner[tile.inner]]
    return numbers, [fibre for fibre, is_chosen in zip(measured.fibres, chosen, strict=True) if is_chosen]


def _add_border(pixels: BoolArray, layers: Layers, fibres: Numbers, width_px: float, reporter: Reporter) -> None:
    """Add the background that is near a verified fibre, and nearer to it than to any other part of the masks."""
    from scipy.ndimage import distance_transform_edt

    for tile in tiles_of(whole_of(shape_of(layers))):
        reporter.checkpoint()
        own = fibres[tile.seen] > 0
        if not own.any():
            continue
        masked = np.logical_or.reduce([layer[tile.seen] != 0 for layer in layers.values()])
        others = masked & ~own
        to_own = distance_transform_edt(~own)
        near = ~masked & (to_own <= width_px)
        if others.any():
            near &= to_own < distance_transform_edt(~others)
        pixels[tile.core] |= near[tile.inner]


def _border_px(fibres: list[FibreMeasures]) -> float:
    areas = np.array([fibre.axon_area_px2 + fibre.myelin_area_px2 for fibre in fibres], np.float64)
    wanted_px = _BORDER_PER_FIBRE * float(np.median(circle_diameter(areas)))
    return float(np.clip(wanted_px, _NARROWEST_PX, MARGIN_PX / 2))


def _touched(history: History) -> BoolArray:
    """Return where the edits that stand have changed something, (Y, X), bool; those that can be undone."""
    touched = np.zeros(history.shape, np.bool_)
    for part in chain.from_iterable(edit.changes.values() for edit in history.done):
        touched.ravel()[part.indices] = True
    return touched


def _centres(fibres: list[FibreMeasures]) -> tuple[tuple[float, float], ...]:
    return tuple(fibre.centre for fibre in fibres)


def _rows(review: Mapping[str, object]) -> list[FibreRow]:
    """Read the table of an export; empty where there is none that makes sense."""
    try:
        return _TABLE.validate_python(review.get("fibres", []))
    except ValidationError:
        return []


def _key(row: float, column: float, area_px2: int) -> tuple[float, float, int]:
    """Return what tells a fibre from the others of the same masks: the centre and the area of its axon."""
    return round(row, 3), round(column, 3), area_px2
