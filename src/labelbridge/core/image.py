"""The grey image that every room works on."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from labelbridge.core.arrays import AnyArray, FloatArray
from labelbridge.core.errors import InputError
from labelbridge.core.plane import bands
from labelbridge.core.resample import resample, scaled_shape

__all__ = ["MIN_SIDE_PX", "Image"]

MIN_SIDE_PX = 16
"""Shortest side that can be worked on: below it no fibre and no receptive field fits."""


@dataclass(frozen=True, eq=False)
class Image:
    """A grey microscopy image.

    Attributes
    ----------
    data
        Intensities, axes (Y, X), float32, finite, in the units of the file.
    name
        Stem used for results, e.g. ``sub-rat1_sample-data1_SEM``.
    pixel_size_um
        Side of a pixel in um, or None where unknown.
    source
        File it came from, or None for an image from memory.

    Raises
    ------
    InputError
        Where the data is not a finite plane of at least `MIN_SIDE_PX` on each side.
    """

    data: FloatArray
    name: str
    pixel_size_um: float | None = None
    source: Path | None = None

    def __post_init__(self) -> None:
        if self.data.dtype != np.float32:
            with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, which is told below
                object.__setattr__(self, "data", self.data.astype(np.float32))
        problem = _problem(self.data)
        if problem:
            raise InputError(f"{self.source or self.name}: {problem}.")

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.data.shape[0], self.data.shape[1]

    def with_data(self, data: FloatArray) -> "Image":
        """Return the same image with other intensities (Y, X)."""
        return replace(self, data=data)

    def resampled(self, factor: float) -> "Image":
        """Return the image resampled by `factor` (2: twice as many pixels a side), its pixel size along with it."""
        pixel_size_um = None if self.pixel_size_um is None else self.pixel_size_um / factor
        return replace(self, data=resample(self.data, scaled_shape(self.shape, factor)), pixel_size_um=pixel_size_um)


def _problem(data: AnyArray) -> str | None:
    if data.ndim != 2:
        return f"got an array of shape {data.shape}, expected one plane (height, width)"
    if min(data.shape) < MIN_SIDE_PX:
        return (
            f"got an image of {data.shape[1]} x {data.shape[0]} px, expected at least {MIN_SIDE_PX} px on each side; "
            "check that the file is the microscopy image"
        )
    bad = sum(int(np.count_nonzero(~np.isfinite(data[band]))) for band in bands(data.shape))
    if bad:
        return f"got {bad} pixels that are NaN or infinite, expected finite intensities; replace them before the run"
    return None
