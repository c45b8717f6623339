"""One scene as two modalities would show it, so that a translation has a known truth."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from phantoms.geometry import Bools, Bytes, Fibres, FibreSizes, Floats, make_fibres, noise

__all__ = ["PAIR_FIBRE_PX", "Pair", "make_pair"]

PAIR_FIBRE_PX = 27.0
"""Median diameter of the fibres."""

PAD_PX = 40
_NOISE = 0.015
_ORGANELLE_PX = 4
_SIZES = FibreSizes(PAIR_FIBRE_PX / 2, 0.12, (11.5, 16), 0.72, min_myelin_px=3, g_ratio=0.65, rough=0.12)


@dataclass(frozen=True, eq=False)
class Pair:
    """Both images of a scene, and what each shows without what chance puts into it alone; axes (Y, X)."""

    bright: Floats
    """Bright axons with organelles and dots in dark, layered myelin, float32 in [0, 1]."""

    dark: Floats
    """Smooth dark axons in bright myelin with brighter lips, blurred, float32 in [0, 1]."""

    bright_truth: Floats
    """`bright` without noise, dots and fine texture: what can be told from `dark`."""

    dark_truth: Floats
    """`dark` without noise: what can be told from `bright`."""

    labels: Bytes
    """0 background, 1 axon, 2 myelin."""


def make_pair(seed: int, shape: tuple[int, int] = (192, 192)) -> Pair:
    """Make a scene and paint it in both polarities.

    The two are not each other's negatives: bright axons have a membrane, an organelle in their middle and dots, dark
    axons are smooth; dark myelin is layered, bright myelin is even between two lips; texture and sharpness differ.

    Parameters
    ----------
    seed
        The same seed gives the same scene.
    shape
        Height and width in px.

    Returns
    -------
    Pair
        Images, truths and labels of the shape asked for.
    """
    rng = np.random.default_rng([41, seed])
    padded = (shape[0] + 2 * PAD_PX, shape[1] + 2 * PAD_PX)
    fibres = make_fibres(rng, padded, _SIZES, np.zeros(padded, np.bool_))
    clumps = np.clip(noise(rng, padded, 4), -2, 2)
    bright_truth, dark_truth = _bright(fibres, clumps), _dark(fibres, clumps)
    dots = 0.3 * np.clip(noise(rng, padded, 1.0) - 1.7, 0, 1)
    fine = 0.05 * noise(rng, padded, 1.2)
    bright = bright_truth - np.where(fibres.axon, dots, np.where(fibres.owner > 0, 0, fine))
    labels = np.where(fibres.axon, 1, np.where(fibres.owner > 0, 2, 0))
    window = tuple(slice(PAD_PX, PAD_PX + side) for side in shape)
    return Pair(
        _noisy(rng, bright)[window],
        _noisy(rng, dark_truth)[window],
        bright_truth[window],
        dark_truth[window],
        labels.astype(np.uint8)[window],
    )


def _bright(fibres: Fibres, clumps: Floats) -> Floats:
    image = 0.55 - 0.08 * clumps
    layers = np.sin(2 * np.pi * fibres.depth_px / 4)
    image = np.where(fibres.owner > 0, 0.16 + 0.08 * layers, image)
    inside = _inside(fibres.axon)
    axon = np.where(inside < 1.5, 0.55, np.where(_middles(inside), 0.4, 0.86))
    image = np.where(fibres.axon, axon, image)
    return np.asarray(ndimage.gaussian_filter(image, 0.6), np.float32)


def _dark(fibres: Fibres, clumps: Floats) -> Floats:
    image = 0.36 + 0.05 * clumps
    myelin = (fibres.owner > 0) & ~fibres.axon
    lip = np.exp(-((_inside(myelin) / 1.5) ** 2))
    image = np.where(myelin, 0.72 + 0.25 * lip, image)
    image = np.where(fibres.axon, 0.16, image)
    return np.asarray(ndimage.gaussian_filter(image, 1.0), np.float32)


def _inside(mask: Bools) -> Floats:
    """Return how many px each pixel is away from the border of a mask, 0 outside."""
    return np.asarray(ndimage.distance_transform_edt(mask), np.float32)


def _middles(inside: Floats) -> Bools:
    """Return a disc around the place of each axon that is farthest from its border."""
    axons, count = ndimage.label(inside > 0)
    places = ndimage.maximum_position(inside, axons, np.arange(1, count + 1))
    away = np.ones(inside.shape, np.bool_)
    away[tuple(np.transpose(places).astype(int))] = False
    return np.asarray((ndimage.distance_transform_edt(away) < _ORGANELLE_PX) & (inside > 2), np.bool_)


def _noisy(rng: np.random.Generator, image: Floats) -> Floats:
    return np.asarray(np.clip(image + _NOISE * rng.standard_normal(image.shape), 0, 1), np.float32)
