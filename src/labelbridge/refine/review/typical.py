"""What the fibres of an image are like, so that those unlike them stand out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from labelbridge.refine.review.measures import FibreMeasures

__all__ = ["Typical", "TypicalFibre"]

_TO_DEVIATION = 1.4826
"""Median absolute deviation to standard deviation, of a normal distribution."""

_FEWEST = 8


@dataclass(frozen=True)
class Typical:
    """Median and spread of one number over the fibres of an image.

    Attributes
    ----------
    median
        Median.
    deviation
        Standard deviation, from the median absolute deviation; infinite where there are too few fibres to tell.
    """

    median: float
    deviation: float

    @classmethod
    def of(cls, values: NDArray[np.float64], least: float) -> Self:
        """Measure values (N,); the deviation is at least `least`, which shapes vary by where nothing is wrong."""
        if len(values) < _FEWEST:
            return cls(float(np.median(values)) if len(values) else 0.0, np.inf)
        median = float(np.median(values))
        return cls(median, max(least, _TO_DEVIATION * float(np.median(np.abs(values - median)))))

    def deviations(self, value: float) -> float:
        """Return by how many standard deviations a value lies above the median; negative below."""
        return (value - self.median) / self.deviation


@dataclass(frozen=True)
class TypicalFibre:
    """What the fibres of an image are like; those that the image's edge cuts off do not count.

    Attributes
    ----------
    log_area
        Of the natural logarithm of the axon's area in px².
    g_ratio, fill
        As in `FibreMeasures`.
    log_elongation
        Of the natural logarithm of the elongation.
    uncertainty, rim_uncertainty
        As in `FibreMeasures`; 0 where there is no map.
    axon_grey, myelin_grey
        Medians of those in `FibreMeasures`; None where no fibre has one.
    """

    log_area: Typical
    g_ratio: Typical
    fill: Typical
    log_elongation: Typical
    uncertainty: Typical
    rim_uncertainty: Typical
    axon_grey: float | None
    myelin_grey: float | None

    @classmethod
    def of(cls, fibres: Iterable[FibreMeasures]) -> Self:
        """Measure the fibres of an image."""
        whole = [fibre for fibre in fibres if not fibre.is_cut_off]
        return cls(
            log_area=Typical.of(np.log([fibre.axon_area_px2 for fibre in whole]), 0.2),
            g_ratio=Typical.of(np.array([fibre.g_ratio for fibre in whole if fibre.g_ratio is not None]), 0.03),
            fill=Typical.of(np.array([fibre.fill for fibre in whole]), 0.015),
            log_elongation=Typical.of(np.log([fibre.elongation for fibre in whole]), 0.15),
            uncertainty=Typical.of(np.array([fibre.uncertainty or 0.0 for fibre in whole]), 0.01),
            rim_uncertainty=Typical.of(np.array([fibre.rim_uncertainty or 0.0 for fibre in whole]), 0.01),
            axon_grey=_median(fibre.axon_grey for fibre in whole),
            myelin_grey=_median(fibre.myelin_grey for fibre in whole),
        )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None
