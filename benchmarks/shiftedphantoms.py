"""Images of a U that differs from the phantom TEM of the sample models in one way or another, with true masks."""

from collections.abc import Callable

import numpy as np

from labelbridge.core import Image, LabelMap, resample, resample_labels
from phantoms import UAXON, make_sem, make_tem
from phantoms.sem import SemLook

__all__ = ["SHIFTS", "shifted_phantom"]

_SEM_SHAPE, _TEM_SHAPE = (256, 256), (400, 400)
_LARGE_SHAPE, _SMALL_SHAPE = (640, 640), (256, 256)
_BLURRED = SemLook(axon=0.22, myelin=0.6, background=0.35, clutter=0.25, blur_px=2.4, grain=0.04)

_HOPELESS = SemLook(
    axon=0.36,
    myelin=0.44,
    background=0.38,
    clutter=0.34,
    radius_px=9,
    blur_px=2.2,
    grain=0.14,
    shade=0.25,
    charging=10,
)

_Pair = tuple[np.ndarray, np.ndarray]


def _small_tem(seed: int) -> _Pair:
    pixels, labels = make_tem(seed, _LARGE_SHAPE)
    return resample(pixels.astype(np.float32), _SMALL_SHAPE), resample_labels(labels, _SMALL_SHAPE)


SHIFTS: dict[str, Callable[[int], _Pair]] = {
    "polarity": lambda seed: make_sem(seed, _SEM_SHAPE),
    "size": _small_tem,
    "contrast": lambda seed: make_tem(seed, _TEM_SHAPE, gamma=3.0),
    "blur": lambda seed: make_sem(seed, _SEM_SHAPE, _BLURRED),
    "noise": lambda seed: make_tem(seed, _TEM_SHAPE, grain=0.3),
    "hopeless": lambda seed: make_sem(seed, _SEM_SHAPE, _HOPELESS),
}
"""Dark axons in bright myelin; TEM at 0.4 of the size; TEM with gamma 3; the first one blurred by 2.4 px; noisy TEM;
and axons, myelin and background of nearly one shade, blurred and noisy, where no path finds much."""


def shifted_phantom(shift: str, seed: int) -> tuple[Image, LabelMap]:
    """Return an image of a shift of `SHIFTS`, and its true masks of axon and myelin."""
    pixels, labels = SHIFTS[shift](seed)
    return Image(pixels.astype(np.float32), f"{shift}{seed}"), LabelMap(np.where(labels == UAXON, 0, labels))
