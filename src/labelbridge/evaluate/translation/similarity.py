"""How much of an image comes back from a cycle: SSIM, PSNR and L1."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from skimage.metrics import structural_similarity

from labelbridge.core import FloatArray
from labelbridge.evaluate.translation.shapes import require_same_shape

__all__ = ["Similarity", "compare_images"]

_LEAST_ERROR = 1e-10


@dataclass(frozen=True)
class Similarity:
    """How alike two images are, or the mean over several pairs.

    Attributes
    ----------
    ssim
        Structural similarity (Wang, Bovik, Sheikh and Simoncelli, IEEE TIP 2004), with a Gaussian window of 1.5 px: 1
        for equal images.
    psnr_db
        Peak signal-to-noise ratio in dB for a peak of 1; 100 for equal images.
    l1
        Mean absolute difference; 0 for equal images.
    """

    ssim: float
    psnr_db: float
    l1: float

    @classmethod
    def mean(cls, parts: Sequence[Self]) -> Self:
        """Return the mean over at least one pair, each pair counting the same."""
        return cls(
            *(float(np.mean(column)) for column in zip(*((o.ssim, o.psnr_db, o.l1) for o in parts), strict=True))
        )


def compare_images(image: FloatArray, other: FloatArray) -> Similarity:
    """Compare two images pixel by pixel.

    Parameters
    ----------
    image, other
        Grey images of one shape, axes (Y, X), float32, in [0, 1].

    Raises
    ------
    InputError
        Where the shapes differ.
    """
    require_same_shape(image.shape, other.shape)
    difference = image.astype(np.float64) - other
    ssim = structural_similarity(image, other, data_range=1.0, gaussian_weights=True, use_sample_covariance=False)
    psnr_db = -10 * np.log10(max(_LEAST_ERROR, float(np.mean(difference**2))))
    return Similarity(float(ssim), float(psnr_db), float(np.abs(difference).mean()))
