"""How far the texture of one set of images is from that of another: the sliced Wasserstein distance of their patches.

Every image becomes a pyramid of three band-pass images and a rest, each half as fine as the one before (Burt and
Adelson, IEEE Trans. Commun. 1983). From each level of each set, 7 x 7 patches are taken evenly. With P_k and Q_k the
patches of level k, both centred at their common mean and divided by their common root mean square, and directions w_j
fixed once and for all,

    d = mean_k mean_j W_1(w_j . P_k, w_j . Q_k),

where W_1, the earth mover's distance on a line, is the mean difference of the sorted numbers (Rabin, Peyre, Delon and
Bernot, SSVM 2011; as a measure of image generators on Laplacian pyramids by Karras et al., ICLR 2018; there each set is
divided by its own deviation, which hides wrong contrast). The distance is 0 for equal sets, symmetric, and below about
1.5.
"""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import ndimage

from labelbridge.core import FloatArray, InputError

__all__ = ["halves_distance", "patch_distance"]

_PATCH_PX = 7
_LEVELS = 4
_PATCHES = 4096
_DIRECTIONS = 128
_SEED = 20171027
_GOLDEN = (5**0.5 - 1) / 2

_Patches = NDArray[np.float32]


def patch_distance(first: Sequence[FloatArray], second: Sequence[FloatArray]) -> float:
    """Measure how far the patches of one set of images are from those of another.

    Parameters
    ----------
    first, second
        Grey images of any sizes, axes (Y, X), float32, in [0, 1], all at one scale.

    Returns
    -------
    float
        0 for equal sets, growing with blur, noise, wrong contrast and wrong structure; the same every time.

    Raises
    ------
    InputError
        Where a set is empty.
    """
    if not first or not second:
        raise InputError(
            f"got sets of {len(first)} and {len(second)} images to compare, expected at least one in each."
        )
    levels = _levels_of(min(min(image.shape) for image in (*first, *second)))
    p, q = (_patches(images, levels) for images in (first, second))
    return float(np.mean([_sliced_wasserstein(p_k, q_k) for p_k, q_k in zip(p, q, strict=True)]))


def halves_distance(images: Sequence[FloatArray]) -> float:
    """Measure how far one half of a set is from the other: what a perfect translation cannot be expected to beat.

    Every other image is in the same half; a single image is cut in the middle of its longer side.

    Parameters
    ----------
    images
        As in `patch_distance`.
    """
    if len(images) == 1:
        (image,) = images
        axis = int(np.argmax(image.shape))
        return patch_distance(*([half] for half in np.array_split(image, 2, axis)))
    return patch_distance(images[::2], images[1::2])


def _levels_of(side: int) -> int:
    """Return how many levels images of so many px have: at most 4, the last one no smaller than a patch."""
    return int(np.clip(np.log2(max(1, side / _PATCH_PX)) + 1, 1, _LEVELS))


def _patches(images: Sequence[FloatArray], levels: int) -> list[_Patches]:
    """Return the patches of each level of a set: axes (patch, pixel)."""
    pyramids = [_pyramid(image, levels) for image in images]
    return [_sample(level) for level in zip(*pyramids, strict=True)]


def _pyramid(image: FloatArray, levels: int) -> list[FloatArray]:
    """Split an image into bands, the finest first, and the rest."""
    bands = []
    for _ in range(levels - 1):
        coarse = ndimage.gaussian_filter(image, 1.0, mode="reflect")
        bands.append(image - coarse)
        image = coarse[::2, ::2]
    return [*bands, image]


def _sample(images: Sequence[FloatArray]) -> _Patches:
    """Take patches from all images alike, as many of each as its size gives: axes (patch, pixel).

    Their places, counted through all images, are the multiples of the golden ratio modulo 1: evenly spread, never on a
    grid.
    """
    windows = [sliding_window_view(image, (_PATCH_PX, _PATCH_PX)) for image in images]
    ends = np.cumsum([own.shape[0] * own.shape[1] for own in windows])
    places = ((np.arange(_PATCHES) + 0.5) * _GOLDEN % 1 * ends[-1]).astype(int)
    owners = np.searchsorted(ends, places, side="right")
    parts = []
    for number, own in enumerate(windows):
        y, x = np.divmod(places[owners == number] - (ends[number] - own.shape[0] * own.shape[1]), own.shape[1])
        parts.append(own[y, x].reshape(-1, _PATCH_PX**2))
    return np.concatenate(parts)


def _sliced_wasserstein(p: _Patches, q: _Patches) -> float:
    mean = (p.mean() + q.mean()) / 2
    scale = np.sqrt((np.mean((p - mean) ** 2) + np.mean((q - mean) ** 2)) / 2)
    w = _directions()
    sorted_p, sorted_q = (np.sort(w @ ((patches - mean) / max(float(scale), 1e-6)).T) for patches in (p, q))
    return float(np.abs(sorted_p - sorted_q).mean())


def _directions() -> NDArray[np.float32]:
    """Return unit vectors w_j in the space of patches: axes (direction, pixel)."""
    w = np.random.default_rng(_SEED).standard_normal((_DIRECTIONS, _PATCH_PX**2))
    return np.asarray(w / np.linalg.norm(w, axis=1, keepdims=True), np.float32)
