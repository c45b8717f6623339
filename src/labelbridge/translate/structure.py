"""How large the fibres of an image are, in px, and how L and U compare.

Structure size decides how two modalities are brought to one scale, not pixel size: tissues differ in calibre. From
labels it is measured; from an unlabelled image it follows from the scale at which the scale-normalised Laplacian of
Gaussian responds most (Lindeberg, "Feature detection with automatic scale selection", IJCV 1998), which is proportional
to the fibre diameter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from labelbridge.core import (
    AXON,
    BACKGROUND,
    FloatArray,
    Image,
    InputError,
    LabeledImage,
    LabelMap,
    circle_diameter,
    resample,
    scaled_shape,
    windows,
)
from labelbridge.translate.intensity.normalize import stretch

__all__ = [
    "ScaleEvidence",
    "estimate_scale",
    "measure_labeled",
    "response_curve",
    "response_size_px",
    "structure_size_px",
]

_SIGMAS_PX = np.geomspace(1.5, 48.0, 26)
_WORKING_SIGMA_PX = 3.0


@dataclass(frozen=True)
class ScaleEvidence:
    """How U compares with L.

    Attributes
    ----------
    scale
        Factor by which L is resampled so that its fibres are as large as U's.
    labeled_size_px, unlabeled_size_px
        Fibre diameter in px of L's files and of U's.
    per_image_px
        Fibre diameter in px of each image of U, by name.
    given
        True where the user gave the scale.
    """

    scale: float
    labeled_size_px: float
    unlabeled_size_px: float
    per_image_px: dict[str, float]
    given: bool = False

    def sentence(self) -> str:
        """Say the scale with its evidence."""
        how = "given" if self.given else "estimated"
        sizes = ", ".join(f"{size:.0f}" for size in self.per_image_px.values())
        return (
            f"scale {self.scale:.3f} ({how}): fibres of about {self.labeled_size_px:.0f} px in the labelled images, "
            f"{self.unlabeled_size_px:.0f} px in the new ones ({sizes})"
        )


def structure_size_px(labels: LabelMap) -> float | None:
    """Return the fibre diameter in px of a labelled image, or None where it has no axon.

    The diameter of the circle of each axon's area, times the square root of fibre area over axon area in the image
    (so the myelin counts); the median weighted by area, since large fibres fill most of an image.
    """
    axon = labels.mask(AXON)
    components, count = ndimage.label(axon)
    if count == 0:
        return None
    areas = np.sort(np.bincount(components.ravel())[1:].astype(np.float64))
    fibre_over_axon = (labels.data != labels.classes.value(BACKGROUND)).sum() / axon.sum()
    cumulated = np.cumsum(areas)
    median_area = areas[np.searchsorted(cumulated, cumulated[-1] / 2)]
    return float(circle_diameter(median_area * fibre_over_axon))


def response_curve(data: FloatArray) -> FloatArray:
    """Return the standard deviation of the scale-normalised Laplacian of Gaussian at each of the sigmas looked at.

    Parameters
    ----------
    data
        Grey image (Y, X), float32, any range; stretched between its 1st and 99th percentile first.

    Returns
    -------
    FloatArray
        One value a sigma, from 1.5 to 48 px; NaN where the image is too small for the sigma.
    """
    stretched = stretch(data)
    curve = np.full(len(_SIGMAS_PX), np.nan, np.float32)
    for index, sigma in enumerate(_SIGMAS_PX):
        if min(data.shape) < 4 * sigma:
            break
        factor = min(1.0, _WORKING_SIGMA_PX / sigma)
        small = resample(stretched, scaled_shape((data.shape[0], data.shape[1]), factor))
        local = sigma * factor
        curve[index] = (local**2 * ndimage.gaussian_laplace(small, local)).std()
    return curve


def response_size_px(data: FloatArray) -> float:
    """Return the sigma in px of an image's strongest response, between samples by a parabola in log sigma.

    Of a large image (Y, X) only windows are looked at, and their curves averaged.
    """
    curve = np.nan_to_num(np.mean([response_curve(window) for window in windows(data)], axis=0), nan=-1.0)
    peak = int(curve.argmax())
    shift = 0.0
    if 0 < peak < len(curve) - 1 and curve[peak + 1] >= 0:
        left, mid, right = (float(v) for v in curve[peak - 1 : peak + 2])
        bend = left - 2 * mid + right
        shift = 0.5 * (left - right) / bend if bend < 0 else 0.0
    step = float(np.log(_SIGMAS_PX[1] / _SIGMAS_PX[0]))
    return float(_SIGMAS_PX[peak] * np.exp(step * shift))


def measure_labeled(labeled: Sequence[LabeledImage]) -> tuple[float, float]:
    """Return the fibre diameter in px of a labelled set and its ratio to the set's response size.

    Raises
    ------
    InputError
        Where no image has an axon.
    """
    sizes = [size for size in (structure_size_px(sample.labels) for sample in labeled) if size]
    if not sizes:
        raise InputError("got a labelled set without axons, expected axon pixels in it; check the masks' class names.")
    size = float(np.median(sizes))
    return size, size / float(np.median([response_size_px(sample.image.data) for sample in labeled]))


def estimate_scale(
    labeled_size_px: float, fibre_per_response: float, unlabeled: Sequence[Image], *, given: float | None = None
) -> ScaleEvidence:
    """Compare the structure size of U with L's.

    Parameters
    ----------
    labeled_size_px, fibre_per_response
        What `measure_labeled` found on L, or a model of L remembers.
    unlabeled
        Images of U at the size of their files; those of one name are planes of one stack and share their size.
    given
        The user's scale, which wins over the estimate.

    Returns
    -------
    ScaleEvidence
        The scale and what it rests on. An image's fibre diameter is its response size times `fibre_per_response`;
        a given scale keeps the images' sizes relative to each other.

    Raises
    ------
    InputError
        Where the given scale is out of range.
    """
    if given is not None and not 0.001 < given < 1000:
        raise InputError(f"got --scale {given}, expected a factor above 0.001 and below 1000.")
    responses: dict[str, list[float]] = {}
    for image in unlabeled:
        responses.setdefault(image.name, []).append(response_size_px(image.data))
    per_image = {name: fibre_per_response * float(np.median(sizes)) for name, sizes in responses.items()}
    unlabeled_size = float(np.median(list(per_image.values())))
    if given is None:
        return ScaleEvidence(unlabeled_size / labeled_size_px, labeled_size_px, unlabeled_size, per_image)
    correction = given * labeled_size_px / unlabeled_size
    corrected = {name: size * correction for name, size in per_image.items()}
    return ScaleEvidence(given, labeled_size_px, given * labeled_size_px, corrected, given=True)
