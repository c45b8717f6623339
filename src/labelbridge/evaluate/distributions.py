"""How far the sizes of the fibres in masks are from those in the truth, as distributions over the fibres."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from labelbridge.evaluate.morphometry import FibreSizes

__all__ = ["DISTRIBUTION_METRICS", "SIZES", "DistributionError", "SizeComparison", "compare_distributions"]

SIZES = ("g_ratio", "axon_diameter", "myelin_thickness")
"""Names of what is compared, as in `FibreSizes`."""

DISTRIBUTION_METRICS = ("fibres", "true_fibres", "median", "true_median", "difference_percent", "wasserstein")
"""Names of the numbers of a `DistributionError`, in their order."""


@dataclass(frozen=True)
class DistributionError:
    """One size of fibres beside the truth; NaN where one of both has no fibre to say it.

    Attributes
    ----------
    fibres, true_fibres
        How many fibres of the prediction and of the truth have it.
    median, true_median
        Medians over them, in the size's unit.
    wasserstein
        1-Wasserstein distance of both distributions, in the size's unit: how far, on average, values must be moved to
        make one of the other.
    """

    fibres: int
    true_fibres: int
    median: float
    true_median: float
    wasserstein: float

    @property
    def difference_percent(self) -> float:
        """How far the median is above the true one, in percent of this; negative below."""
        return 100 * (self.median / self.true_median - 1)

    def values(self) -> tuple[float, ...]:
        """Return the numbers in the order of `DISTRIBUTION_METRICS`."""
        medians = self.median, self.true_median
        return self.fibres, self.true_fibres, *medians, self.difference_percent, self.wasserstein


@dataclass(frozen=True, eq=False)
class SizeComparison:
    """The sizes of the fibres in a prediction and in the truth, of one image or of several."""

    predicted: FibreSizes
    true: FibreSizes

    @property
    def unit(self) -> str:
        """Unit of diameter and thickness, ``px`` or ``um``."""
        return self.true.unit

    def in_um(self, pixel_size_um: float) -> "SizeComparison":
        """Return sizes in px in um, for pixels with sides of `pixel_size_um`."""
        return SizeComparison(self.predicted.in_um(pixel_size_um), self.true.in_um(pixel_size_um))

    def errors(self) -> dict[str, DistributionError]:
        """Compare the distribution of each of the `SIZES`."""
        return {name: compare_distributions(getattr(self.predicted, name), getattr(self.true, name)) for name in SIZES}

    @classmethod
    def pooled(cls, comparisons: Sequence[Self]) -> Self:
        """Put the fibres of several images together, of which there is at least one; all have the same unit."""
        predicted, true = ([getattr(one, side) for one in comparisons] for side in ("predicted", "true"))
        return cls(FibreSizes.pooled(predicted), FibreSizes.pooled(true))


def compare_distributions(predicted: NDArray[np.float64], true: NDArray[np.float64]) -> DistributionError:
    """Compare one size of the fibres of a prediction, (N,), with that of the fibres of the truth, (M,)."""
    from scipy.stats import wasserstein_distance

    distance = float(wasserstein_distance(predicted, true)) if predicted.size and true.size else np.nan
    return DistributionError(predicted.size, true.size, _median(predicted), _median(true), distance)


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if values.size else np.nan
