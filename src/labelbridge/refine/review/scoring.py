"""From measured numbers to how likely a place is wrong, and why in plain words."""

import math
from typing import NamedTuple

import numpy as np

from labelbridge.refine.review.measures import FibreMeasures
from labelbridge.refine.review.missed import MissedMeasures
from labelbridge.refine.review.place import Place, Reason
from labelbridge.refine.review.settings import ReviewSettings
from labelbridge.refine.review.spots import AreaLimits, SpotLook
from labelbridge.refine.review.tiles import MARGIN_PX
from labelbridge.refine.review.typical import TypicalFibre

__all__ = ["Judge"]

_SMALLEST_PX2 = 30.0


class _Sign(NamedTuple):
    text: str
    probability: float


class Judge:
    """Says how likely places of an image are wrong.

    Parameters
    ----------
    settings
        What counts how much.
    typical
        What the fibres of the image are like.
    path_count
        Number of further paths for the same image.
    """

    def __init__(self, settings: ReviewSettings, typical: TypicalFibre, path_count: int) -> None:
        self._settings = settings
        self._typical = typical
        self._path_count = path_count

    @property
    def missed_limits(self) -> AreaLimits:
        """Sizes of axons to look for, by those that the image has."""
        area = self._typical.log_area
        if math.isinf(area.deviation):
            return _SMALLEST_PX2, float(MARGIN_PX**2)
        low, high = (factor * math.exp(area.median) for factor in self._settings.missed_sizes)
        return low, high

    @property
    def spot_look(self) -> SpotLook | None:
        """What axons look like in the image; None where it is not known, or they are as bright as their myelin."""
        axon_grey, myelin_grey, fill = self._typical.axon_grey, self._typical.myelin_grey, self._typical.fill
        if axon_grey is None or myelin_grey is None or axon_grey == myelin_grey:
            return None
        least_fill = fill.median - self._settings.odd_shape.low * fill.deviation
        return SpotLook(axon_grey, myelin_grey, self.missed_limits, least_fill, self._settings.spot_from)

    def fibre(self, fibre: FibreMeasures) -> Place:
        """Judge a fibre."""
        signs = [*self._uncertainty(fibre), *self._myelin(fibre)]
        if not fibre.is_cut_off:
            signs += self._size_and_shape(fibre)
        score, reasons = _summed_up(signs)
        return Place("fibre", fibre.at, fibre.fingerprint, fibre.centre, fibre.window, score, reasons)

    def missed(self, missed: MissedMeasures) -> Place:
        """Judge a place without fibre."""
        chosen = self._settings
        area = np.count_nonzero(missed.mask) / math.exp(self._typical.log_area.median)
        signs = [_Sign("as large as an axon", chosen.large_gap(area))]
        if missed.is_hollow_ring:
            signs.append(_Sign("ring without axon", chosen.hollow_ring(missed.fill)))
        if missed.uncertainty is not None:
            signs.append(_Sign("uncertain area", chosen.uncertain_gap(missed.uncertainty)))
        if missed.spot_depth is not None:
            signs.append(_Sign("looks like an axon", chosen.axon_like(missed.spot_depth)))
        if missed.found_by:
            share = len(missed.found_by) / self._path_count
            signs.append(_Sign(f"axon found by {', '.join(missed.found_by)}", chosen.found_elsewhere(share)))
        score, reasons = _summed_up(signs)
        return Place("missed", missed.at, missed.fingerprint, missed.centre, missed.window, score, reasons)

    def _uncertainty(self, fibre: FibreMeasures) -> list[_Sign]:
        chosen, typical = self._settings, self._typical
        signs = []
        if fibre.uncertainty is not None:
            above = fibre.uncertainty - typical.uncertainty.median
            signs.append(_Sign("uncertain inside", chosen.uncertain_inside(above)))
        if fibre.rim_uncertainty is not None:
            above = fibre.rim_uncertainty - typical.rim_uncertainty.median
            signs.append(_Sign("uncertain border", chosen.uncertain_border(above)))
        if fibre.disagreement is not None:
            signs.append(_Sign("paths disagree", chosen.disagreement(fibre.disagreement)))
        return signs

    def _myelin(self, fibre: FibreMeasures) -> list[_Sign]:
        chosen = self._settings
        signs = [_Sign("touches another axon", chosen.touching(fibre.touching))]
        if fibre.g_ratio is None:
            return [*signs, _Sign("no myelin", chosen.missing_myelin(1.0))]
        return [*signs, _Sign(f"ring {fibre.bareness:.0%} open", chosen.open_ring(fibre.bareness))]

    def _size_and_shape(self, fibre: FibreMeasures) -> list[_Sign]:
        chosen, typical = self._settings, self._typical
        size = typical.log_area.deviations(math.log(fibre.axon_area_px2))
        shape = max(-typical.fill.deviations(fibre.fill), typical.log_elongation.deviations(math.log(fibre.elongation)))
        signs = [
            _Sign("small" if size < 0 else "large", chosen.unusual_size(abs(size))),
            _Sign("odd shape", chosen.odd_shape(shape)),
        ]
        if (g_ratio := fibre.g_ratio) is not None:
            low, high = chosen.g_ratio_limits
            deviations = abs(typical.g_ratio.deviations(g_ratio)) if low <= g_ratio <= high else math.inf
            signs.append(_Sign(f"g-ratio {g_ratio:.2f}", chosen.unusual_g_ratio(deviations)))
        return signs


def _summed_up(signs: list[_Sign]) -> tuple[float, tuple[Reason, ...]]:
    """Return the probability that one sign at least is right, and each sign's share of it."""
    doubts = {sign.text: -math.log1p(-sign.probability) for sign in signs if sign.probability > 0}
    total = sum(doubts.values())
    ranked = sorted(doubts.items(), key=lambda one: -one[1])
    return max(0.0, -math.expm1(-total)), tuple(Reason(text, doubt / total) for text, doubt in ranked)
