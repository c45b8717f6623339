"""What speaks for the masks that a path made of tiles, measured without labels."""

from collections.abc import Iterable, Sequence
from statistics import fmean

import numpy as np

from labelbridge.bootstrap.advice.found import Signs
from labelbridge.bootstrap.advice.tiles import Tile
from labelbridge.bootstrap.advice.trying import Attempt
from labelbridge.bootstrap.settings import BootstrapPath
from labelbridge.bootstrap.survey import Survey
from labelbridge.core import AXON, BACKGROUND, MYELIN, LabelMap, Polarity, circle_diameter
from labelbridge.evaluate import score
from labelbridge.evaluate.translation import broken_conditions
from labelbridge.evaluate.translation.borders import border_agreement
from labelbridge.evaluate.translation.fibres import count_found
from labelbridge.evaluate.translation.keeping import Translated, fibre_change, kept_structure
from labelbridge.refine.review.measures import FibreMeasures, measure_fibres
from labelbridge.refine.review.sources import Sources, whole_of

__all__ = ["measure_signs"]

_CLASSES = (AXON, MYELIN)
_G_RATIOS = (0.3, 0.95)
_SIZES = (0.2, 3.0)
"""Smallest and largest fibre diameter, as a multiple of what was measured for the image."""

_MOST_BARE = 0.3
_LEAST_FILL = 0.75
_CERTAIN_POLARITY = 0.6
"""Certainty below which a polarity may be wrong: clear images have 0.85 and more, unclear ones less than 0.5."""

_WAY = "to_labeled"
_GROSS = 0.25
"""How far beyond a limit, as a part of the way to the worst, a few tiles tell that it is broken."""
_LOOKS = {"bright-axon": "bright axons in dark myelin", "dark-axon": "dark axons in bright myelin"}


def measure_signs(
    attempt: Attempt, tiles: Sequence[Tile], others: Sequence[Attempt], survey: Survey | None, path: BootstrapPath
) -> Signs:
    """Measure the signs of a path.

    Parameters
    ----------
    attempt
        What it made of the tiles.
    tiles
        The tiles.
    others
        What the other paths made of them.
    survey
        How L and U compare, or None where L is unknown.
    path
        The path.
    """
    masks = _pooled(attempt.masks)
    return Signs(
        steady=fmean(_dice(masks, _pooled(view)) for view in attempt.otherwise),
        certain=_certainty(attempt),
        plausible=_plausible_part(attempt.masks, tiles),
        fitting=_fit(attempt.masks, tiles),
        found=_found_part(attempt.masks, tiles),
        agreeing=max(_dice(masks, _pooled(other.masks)) for other in others) if len(others) > 1 else None,
        axon=float(masks.mask(AXON).mean()),
        myelin=float(masks.mask(MYELIN).mean()),
        breaches=tuple(_breaches(attempt, tiles, survey, path)),
    )


def _pooled(masks: Sequence[LabelMap]) -> LabelMap:
    """Return the pixels of all tiles as one row, so that large fibres count in all as they do in one."""
    return LabelMap(np.concatenate([one.data.ravel() for one in masks])[None], masks[0].classes)


def _dice(one: LabelMap, other: LabelMap) -> float:
    scores = score(one, other)
    return fmean(scores[name].dice for name in _CLASSES)


def _certainty(attempt: Attempt) -> float:
    inside = [one.labels.data != one.labels.classes.value(BACKGROUND) for one in attempt.predictions]
    values = [one.uncertainty[mask] for one, mask in zip(attempt.predictions, inside, strict=True)]
    all_values = np.concatenate(values)
    return 1 - float(all_values.mean()) if len(all_values) else 0.0


def _plausible_part(masks: Iterable[LabelMap], tiles: Iterable[Tile]) -> float:
    plausible_px = total_px = 0
    for labels, tile in zip(masks, tiles, strict=True):
        layers = {name: labels.mask(name).astype(np.uint8) for name in _CLASSES}
        fibres = measure_fibres(Sources(layers), whole_of(labels.shape)).fibres
        plausible_px += sum(_area_px2(one) for one in fibres if _is_plausible(one, tile.fibre_px))
        total_px += sum(int(layer.sum()) for layer in layers.values())
    return plausible_px / max(1, total_px)


def _area_px2(fibre: FibreMeasures) -> int:
    return fibre.axon_area_px2 + fibre.myelin_area_px2


def _is_plausible(fibre: FibreMeasures, fibre_px: float) -> bool:
    """Return whether a fibre is one as far as it is seen: of one that the tile cuts off only the ring counts."""
    if fibre.g_ratio is None or fibre.bareness > _MOST_BARE:
        return False
    if fibre.is_cut_off:
        return True
    size = circle_diameter(_area_px2(fibre)) / fibre_px
    is_usual = _G_RATIOS[0] <= fibre.g_ratio <= _G_RATIOS[1] and _SIZES[0] <= size <= _SIZES[1]
    return is_usual and fibre.fill >= _LEAST_FILL


def _fit(masks: Iterable[LabelMap], tiles: Iterable[Tile]) -> float:
    agreements = (
        border_agreement(labels, tile.image.data, tile.polarity, tile.fibre_px)
        for labels, tile in zip(masks, tiles, strict=True)
    )
    return max(0.0, fmean(agreements))


def _found_part(masks: Iterable[LabelMap], tiles: Iterable[Tile]) -> float:
    """Return which part of the rings was found; all of them where there are none."""
    counts = [
        count_found(labels, tile.image.data, tile.polarity, tile.fibre_px)
        for labels, tile in zip(masks, tiles, strict=True)
    ]
    found, there = (sum(column) for column in zip(*counts, strict=True))
    return found / there if there else 1.0


def _breaches(attempt: Attempt, tiles: Sequence[Tile], survey: Survey | None, path: BootstrapPath) -> list[str]:
    """Say what is wrong with what is known of the images, or with how L's model sees them."""
    if survey is None:
        return []
    learnt, shown = survey.labeled.style.polarity, survey.polarity
    if shown.certainty < _CERTAIN_POLARITY:
        return ["is judged by a guess: whether axons are dark or bright in your images is uncertain"]
    if path == "adaptation":
        return _broken_by_translation(attempt, tiles, learnt)
    if path == "tutorship" or shown.polarity == learnt:
        return []
    return [f"has learnt from {_LOOKS[learnt]}, and your images show {_LOOKS[shown.polarity]}"]


def _broken_by_translation(attempt: Attempt, tiles: Sequence[Tile], learnt: Polarity) -> list[str]:
    pairs = [
        Translated(tile.image.data, seen.data, tile.polarity, learnt, tile.fibre_px)
        for tile, seen in zip(tiles, attempt.seen, strict=True)
    ]
    change = fibre_change(pairs)
    numbers = {
        **kept_structure(pairs, _WAY),
        f"fibres_lost_{_WAY}": change.lost_fraction,
        f"fibres_invented_{_WAY}": change.invented_fraction,
    }
    known = [one for one in broken_conditions(numbers) if numbers.keys() >= set(one.measures)]
    return [one.breach for one in known if one.excess(numbers) >= _GROSS]
