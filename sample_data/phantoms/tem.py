"""The look of transmission electron microscopy: bright axons in dark, layered myelin."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from phantoms.geometry import Bools, Fibres, FibreSizes, Floats, cell_map, crop, make_fibres, make_gap, noise, pack

__all__ = ["AXON", "MYELIN", "UAXON", "make_tem"]

AXON, MYELIN, UAXON = 1, 2, 3
"""Values in the labels; 0 is the background."""

PAD_PX = 110


@dataclass(frozen=True)
class _Tissue:
    fibres: Fibres
    uaxon: Bools
    membrane: Bools
    gap: Bools
    tone: Floats
    """A little brightness of its own for each unmyelinated axon."""


def make_tem(
    seed: int, shape: tuple[int, int] = (400, 400), *, gamma: float = 1.0, blur_px: float = 0.0, grain: float = 0.0
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Make a TEM-like image and its labels.

    Parameters
    ----------
    seed
        The same seed gives the same image.
    shape
        Height and width in px; a fibre is about 100 px wide.
    gamma, blur_px, grain
        A small change of look: exponent of the intensities, Gaussian blur, and standard deviation of added noise.

    Returns
    -------
    tuple
        Image (Y, X) uint8 and labels (Y, X) uint8: 0 background, 1 axon, 2 myelin, 3 unmyelinated axon.
    """
    rng = np.random.default_rng([17, seed])
    padded = (shape[0] + 2 * PAD_PX, shape[1] + 2 * PAD_PX)
    tissue = _tissue(rng, padded)
    look = _paint(rng, tissue)
    look = ndimage.gaussian_filter(look, np.hypot(rng.uniform(0.55, 0.8), blur_px))
    look = 0.5 + (look - 0.5) * rng.uniform(0.9, 1.12) + rng.uniform(-0.04, 0.04)
    look += 0.02 * noise(rng, padded, min(shape) / 3)
    look = np.clip(look, 0, 1) ** (gamma * rng.uniform(0.9, 1.15))
    sharp = rng.uniform(0.03, 0.08) * rng.standard_normal(padded) + grain * rng.standard_normal(padded)
    look = np.clip(look + ndimage.gaussian_filter(sharp, 0.45) * 1.3, 0, 1)
    labels = np.zeros(padded, np.uint8)
    labels[tissue.uaxon] = UAXON
    labels[tissue.fibres.owner > 0] = MYELIN
    labels[tissue.fibres.axon] = AXON
    return crop((look * 255).round().astype(np.uint8), PAD_PX), crop(labels, PAD_PX)


def _tissue(rng: np.random.Generator, shape: tuple[int, int]) -> _Tissue:
    gap = make_gap(rng, shape, rng.uniform(30, 60)) if rng.random() < 0.4 else np.zeros(shape, np.bool_)
    sizes = FibreSizes(rng.uniform(44, 56), 0.3, (26, 100), rng.uniform(0.45, 0.8), min_myelin_px=6, g_ratio=0.73)
    fibres = make_fibres(rng, shape, sizes, gap)
    blocked = gap | (fibres.owner > 0)
    radii = np.exp(rng.normal(np.log(12), 0.42, int(np.prod(shape) / 380))).astype(np.float32)
    centres, radii = pack(rng, shape, np.clip(radii, 6, 34), blocked, overlap=0.92)
    cells = cell_map(rng, shape, centres, radii, grow=1.3, rough=0.16)
    distance = ndimage.distance_transform_edt(~blocked)
    width = 2.0 + 0.45 * noise(rng, shape, 6)
    uaxon = (cells.gap_px > width) & (distance > 1.5 + width) & (cells.owner > 0)
    uaxon = ndimage.binary_opening(uaxon, iterations=2)
    near = ndimage.distance_transform_edt(~uaxon)
    tones = rng.normal(0, 0.035, len(radii) + 1).astype(np.float32)
    return _Tissue(fibres, uaxon, (near < 3.6) & ~blocked & ~uaxon, gap, tones[cells.owner])


def _paint(rng: np.random.Generator, tissue: _Tissue) -> Floats:
    shape = tissue.gap.shape
    look = 0.6 + 0.09 * noise(rng, shape, 7) + 0.07 * noise(rng, shape, 1.8)
    look[tissue.gap] = (0.5 + 0.05 * noise(rng, shape, 12) + 0.06 * noise(rng, shape, 1.3))[tissue.gap]
    look = _rim(look, tissue.gap, 0.26, 2.0)
    cytoplasm = _cytoplasm(rng, shape)
    look[tissue.uaxon] = (cytoplasm - 0.05 + tissue.tone)[tissue.uaxon]
    look[tissue.membrane] = (0.22 + 0.06 * noise(rng, shape, 3))[tissue.membrane]
    myelin = (tissue.fibres.owner > 0) & ~tissue.fibres.axon
    look[myelin] = _myelin(rng, tissue.fibres)[myelin]
    look[tissue.fibres.axon] = cytoplasm[tissue.fibres.axon]
    look = _rim(look, tissue.fibres.axon, 0.42, 1.4)
    inside = ndimage.distance_transform_edt(tissue.fibres.axon | tissue.uaxon)
    return _organelles(rng, look, np.asarray(inside, np.float32))


def _rim(look: Floats, mask: Bools, grey: float, width_px: float) -> Floats:
    """Draw a membrane along the inner side of a mask's border."""
    edge = mask & (ndimage.distance_transform_edt(mask) <= width_px)
    return np.where(edge, grey, look)


def _cytoplasm(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Pale and granular: cut filaments and tubules are small dark dots, unevenly spread."""
    dots = np.clip(noise(rng, shape, 1.25) - 0.95 - 0.35 * noise(rng, shape, 16), 0, 1.6)
    flocks = np.clip(noise(rng, shape, 3.2) - 0.6, 0, 1.5)
    return np.asarray(0.84 + 0.03 * noise(rng, shape, 9) - 0.27 * dots - 0.12 * flocks, np.float32)


def _myelin(rng: np.random.Generator, fibres: Fibres) -> Floats:
    """Dark layers along the outline, here and there split, darker in some fibres than in others."""
    shape = fibres.axon.shape
    depth = fibres.depth_px + 1.2 * noise(rng, shape, 14) + 0.4 * noise(rng, shape, 3)
    layers = np.sin(2 * np.pi * depth / 3.3)
    coarse = np.sin(2 * np.pi * depth / 8.5 + 2 * noise(rng, shape, 40))
    tone = rng.normal(0, 0.025, fibres.count + 1)[fibres.owner]
    look = 0.16 + tone + 0.05 * layers + 0.03 * coarse + 0.03 * noise(rng, shape, 2.0) + 0.02 * noise(rng, shape, 18)
    split = (noise(rng, shape, 13) > 2.1) & (coarse > 0.55)
    look = np.where(split, 0.5, look)
    outer = np.exp(-((fibres.depth_px / 2.2) ** 2))
    return np.asarray(look + 0.16 * outer, np.float32)


def _organelles(rng: np.random.Generator, look: Floats, inside_px: Floats) -> Floats:
    """Put mitochondria, vesicles and dark reticulum into axons, each where it has room."""
    for _ in range(int(look.size / 9000)):
        kind = rng.choice(["mitochondrion", "vesicle", "reticulum", "reticulum", "reticulum"])
        length, width = {
            "mitochondrion": (rng.uniform(11, 22), rng.uniform(8, 14)),
            "vesicle": (rng.uniform(3, 8), rng.uniform(3, 8)),
            "reticulum": (rng.uniform(5, 15), rng.uniform(0.9, 1.7)),
        }[str(kind)]
        places = np.argwhere(inside_px > max(5.0, 0.75 * length + 2))
        if not len(places):
            continue
        _draw(rng, look, places[rng.integers(len(places))], str(kind), (length, width))
    return look


def _draw(
    rng: np.random.Generator, look: Floats, place: NDArray[np.intp], kind: str, size: tuple[float, float]
) -> None:
    """Draw one organelle, half its `size` px long and wide, into `look`."""
    reach = int(max(size)) + 4
    low, high = np.maximum(place - reach, 0), np.minimum(place + reach, look.shape)
    window = (slice(low[0], high[0]), slice(low[1], high[1]))
    down, right = np.mgrid[window].astype(np.float32) - place[:, None, None].astype(np.float32)
    turn, bend = rng.uniform(0, np.pi), rng.uniform(-0.02, 0.02)
    along = np.cos(turn) * down + np.sin(turn) * right
    beside = np.cos(turn) * right - np.sin(turn) * down + bend * along**2
    ragged = 0.05 * noise(rng, along.shape, 3)
    radius = np.hypot(along / size[0], beside / size[1]) + (ragged if kind != "reticulum" else 0.5 * ragged)
    border_px = (1 - radius) * min(size)
    body = radius < 1
    if kind == "mitochondrion":
        folds = 0.42 + 0.1 * np.sin(2 * np.pi * (beside + 1.5 * noise(rng, along.shape, 5)) / 4.5)
        fill = np.where(border_px < 1.8, 0.22, folds + 0.04 * noise(rng, along.shape, 1.5))
    elif kind == "vesicle":
        fill = np.where(border_px < 1.6, 0.36, rng.uniform(0.6, 0.86))
    else:
        fill = np.full(along.shape, rng.uniform(0.12, 0.35))
    look[window] = np.where(body, fill, look[window])
