"""Are axons bright in dark myelin (TEM) or dark in bright myelin (SEM)? Decided without labels.

Axons are compact areas closed off by a wall of the opposite shade, while myelin and the space between fibres form nets.
So areas darker than their surroundings are collected, and areas brighter than them; only the compact ones of about an
axon's size count, and the shade that covers more of the image with them is the axons'.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage import measure

from labelbridge.core import AXON, MYELIN, FloatArray, LabeledImage, Polarity, resample, scaled_shape, windows
from labelbridge.translate.intensity.normalize import stretch

__all__ = ["PolarityEvidence", "decide_polarity", "labeled_polarity"]

_FIBRE_PX = 32.0
_WINDOWS_PX = (4.0, 8.0, 16.0)
_MIN_SOLIDITY = 0.85
_DEPTH = 0.3


@dataclass(frozen=True)
class PolarityEvidence:
    """What speaks for each polarity.

    Attributes
    ----------
    polarity
        The decision.
    dark_area, bright_area
        Fractions of the image covered by compact dark and compact bright areas of an axon's size.
    """

    polarity: Polarity
    dark_area: float
    bright_area: float

    @property
    def certainty(self) -> float:
        """0 where both shades have as much, 1 where only one has any."""
        total = self.dark_area + self.bright_area
        return abs(self.dark_area - self.bright_area) / total if total else 0.0

    def sentence(self) -> str:
        """Say the decision with its evidence."""
        return (
            f"{self.polarity} (compact dark areas cover {self.dark_area:.1%} of the images, compact bright areas "
            f"{self.bright_area:.1%}; certainty {self.certainty:.2f})"
        )


def decide_polarity(images: Sequence[FloatArray], fibre_sizes_px: Sequence[float]) -> PolarityEvidence:
    """Decide the polarity of a set of images that share one modality.

    Parameters
    ----------
    images
        Grey images (Y, X), float32, any range; of large ones only windows are looked at.
    fibre_sizes_px
        Fibre diameter of each image in px.

    Returns
    -------
    PolarityEvidence
        The decision from the mean areas over the images.
    """
    areas = np.array(
        [
            np.mean([_compact_areas(window, size) for window in windows(data)], axis=0)
            for data, size in zip(images, fibre_sizes_px, strict=True)
        ]
    )
    dark, bright = (float(v) for v in areas.mean(axis=0))
    return PolarityEvidence("dark-axon" if dark >= bright else "bright-axon", dark, bright)


def labeled_polarity(samples: Sequence[LabeledImage]) -> Polarity:
    """Return the polarity that labels show: whether axons are brighter than myelin, over all pixels of the set."""
    differences = []
    for sample in samples:
        data, axon, myelin = stretch(sample.image.data), sample.labels.mask(AXON), sample.labels.mask(MYELIN)
        if axon.any() and myelin.any():
            differences.append(float(data[axon].mean() - data[myelin].mean()))
    return "bright-axon" if np.mean(differences or [0.0]) >= 0 else "dark-axon"


def _compact_areas(data: FloatArray, fibre_px: float) -> tuple[float, float]:
    """Return the fractions of dark and bright compact areas, at the scale where a fibre has `_FIBRE_PX`."""
    shape = scaled_shape((data.shape[0], data.shape[1]), min(1.0, _FIBRE_PX / fibre_px))
    small = stretch(resample(data, shape))
    dark = max(_compact_area(small, window) for window in _WINDOWS_PX)
    bright = max(_compact_area(1 - small, window) for window in _WINDOWS_PX)
    return dark, bright


def _compact_area(data: FloatArray, window_px: float) -> float:
    surround = ndimage.gaussian_filter(data, window_px)
    spread = float(np.sqrt(max(0.0, float((ndimage.gaussian_filter(data**2, window_px) - surround**2).mean()))))
    darker = ndimage.gaussian_filter(data, window_px / 8) < surround - _DEPTH * spread
    area = 0.0
    for region in measure.regionprops(measure.label(darker)):
        if 0.75 * window_px <= region.equivalent_diameter_area <= 3 * window_px and region.solidity >= _MIN_SOLIDITY:
            area += float(region.area) if _inside(region.bbox, data.shape) else 0.0
    return area / data.size


def _inside(bbox: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    return bbox[0] > 0 and bbox[1] > 0 and bbox[2] < shape[0] and bbox[3] < shape[1]
