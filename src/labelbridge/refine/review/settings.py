"""What makes a fibre suspicious, and how much: the numbers that tune the review queue."""

from dataclasses import dataclass

__all__ = ["Ramp", "ReviewSettings"]


@dataclass(frozen=True)
class Ramp:
    """How a measured number becomes a probability that something is wrong.

    Attributes
    ----------
    low
        Up to here it says nothing.
    high
        From here on it says `most`; in between it rises evenly.
    most
        Probability at `high`, below 1: no single sign is proof.

    Raises
    ------
    ValueError
        Where `high` is not above `low` or `most` not in [0, 1).
    """

    low: float
    high: float
    most: float

    def __post_init__(self) -> None:
        if not (self.low < self.high and 0 <= self.most < 1):
            raise ValueError(f"got the ramp {self}, expected low < high and most from 0 to below 1")

    def __call__(self, value: float) -> float:
        """Return the probability for a measured number, 0 to `most`."""
        return self.most * min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


@dataclass(frozen=True)
class ReviewSettings:
    """One ramp for each sign of an error; what is unusual for the image is counted in its own standard deviations.

    A place is wrong with the probability that at least one sign is right, as if they were independent:
    ``1 - product(1 - probability of each sign)``. It rises with each sign and never falls.
    """

    uncertain_inside: Ramp = Ramp(0.02, 0.35, 0.75)
    """Mean uncertainty of the axon above that of the image's median axon, up to 1."""

    uncertain_border: Ramp = Ramp(0.05, 0.4, 0.25)
    """Mean uncertainty of the pixels around the fibre above that of the image's median fibre, up to 1."""

    disagreement: Ramp = Ramp(0.25, 0.75, 0.5)
    """1 - IoU of the axon with its best match in another path, mean over the paths."""

    missing_myelin: Ramp = Ramp(0.0, 1.0, 0.8)
    """1 where an axon has no myelin, else 0."""

    open_ring: Ramp = Ramp(0.08, 0.6, 0.6)
    """Share of the axon's outline that has no myelin near."""

    unusual_g_ratio: Ramp = Ramp(2.5, 6.0, 0.5)
    """Deviations from the image's median; `high` beyond `g_ratio_limits`."""

    g_ratio_limits: tuple[float, float] = (0.3, 0.92)
    """Lowest and highest g-ratio (axon diameter over fibre diameter) that a fibre can have."""

    odd_shape: Ramp = Ramp(2.5, 6.0, 0.5)
    """Deviations from the image's median of how well the axon fills an ellipse, or of how elongated it is."""

    unusual_size: Ramp = Ramp(2.5, 5.0, 0.5)
    """Deviations from the image's median of the logarithm of the axon's area."""

    touching: Ramp = Ramp(0.02, 0.2, 0.5)
    """Pixels of the axon less than 2 px from another axon, over the length of its outline."""

    hollow_ring: Ramp = Ramp(0.75, 0.95, 0.25)
    """How well a hole in myelin fills an ellipse: gaps between round fibres do not."""

    uncertain_gap: Ramp = Ramp(0.3, 0.8, 0.75)
    """Highest smoothed uncertainty of a place without fibre; of three classes two alone reach no more than 0.63."""

    large_gap: Ramp = Ramp(0.1, 0.6, 0.4)
    """Area of a place without fibre over that of the image's median axon."""

    axon_like: Ramp = Ramp(0.0, 0.3, 0.75)
    """How deep a spot of the image lies at a place without fibre, over the contrast of its axons and their myelin."""

    found_elsewhere: Ramp = Ramp(0.0, 1.0, 0.8)
    """Share of the other paths that found an axon there."""

    uncertain_from: float = 0.4
    """Smoothed uncertainty from which background is a place to look at; more where that leads to too large places."""

    spot_from: float = 0.5
    """Depth from which a spot of the image that the masks have nothing at is a place to look at; see `axon_like`."""

    missed_sizes: tuple[float, float] = (0.1, 12.0)
    """Smallest and largest area of a missed axon, as a multiple of the image's median axon."""
