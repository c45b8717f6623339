"""Which of several states of a translator to keep: one number, higher is better, that uses no label of U.

A translation first has to be *true*: it may look as much like the other microscope as it wants, if it moves edges or
paints fibres, masks made from it are wrong. So there are conditions, and a translator that breaks one never beats one
that holds them all:

- bright and dark keep their meaning: in 80 % of the windows, in both directions;
- edges stay: half of them are found again, and their median displacement is at most 1 px, in both directions;
- fibres stay: of those lost and those invented together there are at most 10 % on each way, there and there and back.

Those that hold all conditions are ranked from 0 to 1 by how good the translation looks and how much of the image
survives it:

    score = (mean SSIM of both cycles) / (1 + 10 x mean patch distance of both directions),

so that a patch distance of 0.1 halves the score. The patch distance keeps a translator from winning that changes
nothing: its cycles would be perfect. Those that break a condition are ranked below 0, by how far they are from holding:
each condition takes away up to 1. What is not a number breaks its condition in full.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

__all__ = ["Condition", "broken_conditions", "score"]

_CYCLES = ("cycle_labeled", "cycle_unlabeled")
_MODALITIES = ("labeled", "unlabeled")


@dataclass(frozen=True)
class Condition:
    """Something that a translator must hold.

    Attributes
    ----------
    measures
        Names of the numbers whose sum is meant.
    limit
        What the sum must not pass.
    worst
        The sum that the worst translator has: above the limit where less is better, below it where more is.
    breach
        What is wrong with a translator that passes the limit, to be put after "it".
    """

    measures: tuple[str, ...]
    limit: float
    worst: float
    breach: str

    def excess(self, metrics: Mapping[str, float]) -> float:
        """Return how far a judgement is beyond the limit: 0 where it holds, 1 at the worst or where unknown."""
        value = sum(metrics.get(name, math.nan) for name in self.measures)
        if math.isnan(value):
            return 1.0
        return min(1.0, max(0.0, (value - self.limit) / (self.worst - self.limit)))


def _conditions_on(way: str, spoken: str) -> tuple[Condition, ...]:
    return (
        Condition((f"polarity_agreement_{way}",), 0.8, 0.0, f"exchanges bright and dark {spoken}"),
        Condition((f"edges_found_{way}",), 0.5, 0.0, f"does not keep the structures {spoken}"),
        Condition((f"edge_displacement_{way}_median_px",), 1.0, 6.0, f"moves edges {spoken}"),
        _fibres_stay(way, spoken),
    )


def _fibres_stay(way: str, spoken: str) -> Condition:
    return Condition(
        (f"fibres_lost_{way}", f"fibres_invented_{way}"), 0.1, 1.0, f"loses or invents too many fibres {spoken}"
    )


_CONDITIONS = (
    *_conditions_on("to_labeled", "from U to L"),
    *_conditions_on("to_unlabeled", "from L to U"),
    _fibres_stay("cycle_labeled", "from L to U and back"),
    _fibres_stay("cycle_unlabeled", "from U to L and back"),
)


def broken_conditions(metrics: Mapping[str, float]) -> list[Condition]:
    """Return the conditions that a judgement breaks, as `TranslationJudge` gives it."""
    return [condition for condition in _CONDITIONS if condition.excess(metrics) > 0]


def score(metrics: Mapping[str, float]) -> float:
    """Return the score of a judgement, higher is better: 0 to 1 where it holds all conditions, else below 0.

    Parameters
    ----------
    metrics
        As `TranslationJudge` gives them.
    """
    broken = sum(condition.excess(metrics) for condition in _CONDITIONS)
    return -broken if broken > 0 else _quality(metrics)


def _quality(metrics: Mapping[str, float]) -> float:
    ssim = fmean(metrics[f"{cycle}_ssim"] for cycle in _CYCLES)
    distance = fmean(metrics[f"patch_distance_{modality}"] for modality in _MODALITIES)
    return max(0.0, ssim) / (1 + 10 * distance)
