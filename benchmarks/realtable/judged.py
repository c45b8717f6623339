"""A run with what was measured of it, and the means over its images."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean

from realtable.measures import ImageMeasures

__all__ = ["Judged"]


@dataclass(frozen=True)
class Judged:
    """A run, measured.

    Attributes
    ----------
    title
        Name of the row.
    seed
        Of the run.
    images
        What was measured, by the image's name.
    scratch_s
        Seconds of the annotator from empty masks, by the image's name.
    seconds
        What the run takes where nothing is there; None where that is not known.
    """

    title: str
    seed: int
    images: Mapping[str, ImageMeasures]
    scratch_s: Mapping[str, float]
    seconds: float | None

    @property
    def minutes(self) -> float | None:
        """The same in minutes."""
        return None if self.seconds is None else self.seconds / 60

    def mean(self, measure: Callable[[ImageMeasures], float | None]) -> float | None:
        """Return the mean of a measure over the images; None where an image has none."""
        values = [value for one in self.images.values() if (value := measure(one)) is not None]
        return fmean(values) if len(values) == len(self.images) else None

    def effort_percent(self, seconds: Callable[[ImageMeasures], float]) -> float:
        """Return the seconds of all images together in percent of those from scratch."""
        return 100 * sum(map(seconds, self.images.values())) / sum(self.scratch_s[name] for name in self.images)
