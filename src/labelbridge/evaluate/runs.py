"""Means over runs, and how far the runs are from each other."""

from collections.abc import Sequence

import numpy as np

__all__ = ["mean_and_sd"]


def mean_and_sd(values: Sequence[tuple[float, ...]]) -> tuple[tuple[float, ...], tuple[float, ...] | None]:
    """Return the mean of rows of numbers, and their standard deviation (n - 1), None for a single row."""
    array = np.asarray(values, float)
    mean, sd = array.mean(axis=0), array.std(axis=0, ddof=1) if len(array) > 1 else None
    return tuple(mean.tolist()), None if sd is None else tuple(sd.tolist())
