"""From signs to how far masks can be trusted, and from that to the path to take.

The trust in a path is the geometric mean of what its signs count, so that one bad sign cannot be made up for by good
ones. Each breach halves it, and nearly empty masks have none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import geometric_mean

from labelbridge.bootstrap.advice.found import Advice, PathAdvice, Signs
from labelbridge.bootstrap.advice.words import advice_sentence, path_sentence
from labelbridge.bootstrap.settings import BootstrapPath

__all__ = ["GOOD_ENOUGH", "Measured", "is_nearly_empty", "judge", "trust_in"]

GOOD_ENOUGH = 0.8
"""Trust from which a path is recommended."""

_BREACH = 0.5
_LEAST_PART = 0.01
"""Part of the area from which a class is there at all."""

_TINY = 1e-6


@dataclass(frozen=True)
class Measured:
    """A path that was tried.

    Attributes
    ----------
    path, translator
        As in `PathAdvice`.
    signs
        What was measured.
    """

    path: BootstrapPath
    translator: Path | None
    signs: Signs


def is_nearly_empty(signs: Signs) -> bool:
    """Return whether hardly anything is axon, or hardly anything is myelin."""
    return min(signs.axon, signs.myelin) < _LEAST_PART


def trust_in(signs: Signs) -> float:
    """Return how far masks with these signs can be trusted, 0 to 1."""
    if is_nearly_empty(signs):
        return 0.0
    mean = geometric_mean(max(_TINY, value) for value in signs.counted().values())
    return mean * _BREACH ** len(signs.breaches)


def judge(measured: Sequence[Measured], left: Sequence[PathAdvice]) -> Advice:
    """Return the advice.

    Parameters
    ----------
    measured
        The paths that were tried.
    left
        Those that were not, with the reason.
    """
    tried = sorted(map(_advice_on, measured), key=lambda one: -(one.trust or 0))
    recommended = next((one for one in tried[:1] if (one.trust or 0) >= GOOD_ENOUGH), None)
    return Advice((*tried, *left), recommended, advice_sentence(tried, left, recommended))


def _advice_on(measured: Measured) -> PathAdvice:
    signs = measured.signs
    sentence = path_sentence(signs, is_empty=is_nearly_empty(signs))
    return PathAdvice(measured.path, measured.translator, sentence, trust_in(signs), signs)
