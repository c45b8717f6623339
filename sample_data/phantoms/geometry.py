"""Where things are in a phantom: irregular fibres in contact, their myelin, and what lies between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["Cells", "FibreSizes", "Fibres", "across", "cell_map", "crop", "make_fibres", "make_gap", "noise", "pack"]

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class FibreSizes:
    """Sizes of the fibres of one image, in px."""

    radius_px: float
    """Median radius."""

    spread: float
    """Standard deviation of the logarithm of the radius."""

    limits_px: tuple[float, float]
    """Smallest and largest radius."""

    density: float
    """Area of the circles that are asked for, over the area of the image."""

    min_myelin_px: float
    """Thinnest myelin."""

    g_ratio: float = 0.7
    """Mean g-ratio."""

    rough: float = 0.26
    """How far the outlines are from circles."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Which cell each pixel belongs to (0 none), and how far it is from the next cell; axes (Y, X)."""

    owner: Ints
    gap_px: Floats


@dataclass(frozen=True, eq=False)
class Fibres:
    """Fibres of one image; axes (Y, X)."""

    owner: Ints
    """Number of the fibre, 0 outside."""

    axon: Bools
    depth_px: Floats
    """Distance from the outer border of the fibre, 0 outside."""

    count: int


def noise(rng: np.random.Generator, shape: tuple[int, int], sigma_px: float) -> Floats:
    """Return smooth noise of mean 0 and standard deviation 1."""
    step = max(1, int(sigma_px / 4))
    coarse = (shape[0] // step + 4, shape[1] // step + 4)
    field = ndimage.gaussian_filter(rng.standard_normal(coarse).astype(np.float32), sigma_px / step, mode="wrap")
    if step > 1:
        field = ndimage.zoom(field, step, order=1)
    field = field[: shape[0], : shape[1]]
    return np.asarray((field - field.mean()) / (field.std() + 1e-9), np.float32)


def crop(plane: Bytes, pad: int) -> Bytes:
    """Cut the padding off again."""
    return plane[pad:-pad, pad:-pad]


def across(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Return the distance in px, with its sign, from a random straight line through the middle part of the image."""
    rows, columns = np.indices(shape, np.float32)
    angle = rng.uniform(0, np.pi)
    down = np.cos(angle) * (rows - shape[0] * rng.uniform(0.25, 0.75))
    right = np.sin(angle) * (columns - shape[1] * rng.uniform(0.25, 0.75))
    return np.asarray(down + right, np.float32)


def make_gap(rng: np.random.Generator, shape: tuple[int, int], width_px: float) -> Bools:
    """Return a winding band across the image where no fibre lies: a process, a small vessel."""
    bend = noise(rng, shape, min(shape) / 6) * width_px * 0.8
    swell = 1 + 0.35 * noise(rng, shape, min(shape) / 10)
    return np.asarray(np.abs(across(rng, shape) + bend) < width_px / 2 * np.clip(swell, 0.3, 2), np.bool_)


def pack(
    rng: np.random.Generator, shape: tuple[int, int], radii: Floats, blocked: Bools, overlap: float = 1.0
) -> tuple[Floats, Floats]:
    """Place circles, the large first; returns centres and radii.

    The largest fifth goes anywhere, the others where they nearly touch one already placed.
    """
    room = ndimage.distance_transform_edt(~blocked)
    centres, placed = np.zeros((0, 2), np.float32), np.zeros(0, np.float32)
    for rank, radius in enumerate(sorted(radii.tolist(), reverse=True)):
        tries = (rng.random((80, 2)) * (shape[0] - 1, shape[1] - 1)).astype(np.float32)
        tries = tries[room[tries[:, 0].astype(int), tries[:, 1].astype(int)] > radius * 0.8]
        if not len(tries):
            continue
        gaps = np.full(len(tries), 1.0)
        if len(centres):
            distance = np.linalg.norm(tries[:, None] - centres[None], axis=2)
            gaps = (distance - overlap * (placed[None] + radius)).min(axis=1)
        gaps[gaps < 0] = np.inf
        if rank < len(radii) / 5:
            gaps[gaps < np.inf] = 0
        if not np.isfinite(gaps.min()):
            continue
        centres = np.vstack([centres, tries[gaps.argmin()][None]])
        placed = np.append(placed, np.float32(radius))
    return centres, placed


def cell_map(
    rng: np.random.Generator, shape: tuple[int, int], centres: Floats, radii: Floats, grow: float, rough: float
) -> Cells:
    """Give each pixel to the nearest of irregular, elongated cells that flatten each other where they meet.

    `grow` is how far a cell reaches beyond its radius (1 not at all), `rough` how far it is from an ellipse.
    """
    scale = float(np.median(radii))
    rows, columns = np.indices(shape, np.float32)
    rows = rows + 0.5 * rough * scale * noise(rng, shape, scale * 0.5)
    columns = columns + 0.5 * rough * scale * noise(rng, shape, scale * 0.5)
    first = np.full(shape, 1e6, np.float32)
    second, owner = first.copy(), np.zeros(shape, np.int32)
    for number, (centre, radius) in enumerate(zip(centres, radii, strict=True), start=1):
        reach = int(radius * grow * 1.9) + 8
        low = np.maximum(centre.astype(int) - reach, 0)
        window = (slice(low[0], int(centre[0]) + reach), slice(low[1], int(centre[1]) + reach))
        value = _outline(rng, rows[window] - centre[0], columns[window] - centre[1], radius * grow, rough)
        wins = value < first[window]
        second[window] = np.where(wins, first[window], np.minimum(second[window], value))
        first[window] = np.where(wins, value, first[window])
        owner[window] = np.where(wins & (value < 0), number, np.where(wins, 0, owner[window]))
    return Cells(owner, np.minimum((second - first) / 2, -first))


def _outline(rng: np.random.Generator, down: Floats, right: Floats, radius: float, rough: float) -> Floats:
    """Signed distance in px (negative inside) from a wobbly ellipse."""
    stretch, turn = rng.uniform(1.0, 1.0 + 1.8 * rough), rng.uniform(0, np.pi)
    along = (np.cos(turn) * down + np.sin(turn) * right) / np.sqrt(stretch)
    beside = (np.cos(turn) * right - np.sin(turn) * down) * np.sqrt(stretch)
    angle = np.arctan2(along, beside)
    wobble = np.ones_like(angle)
    for order in (2, 3, 4, 5):
        wobble += rng.normal(0, rough * 0.55 / order) * np.cos(order * angle + rng.uniform(0, 2 * np.pi))
    return np.asarray(np.hypot(along, beside) - radius * np.clip(wobble, 0.6, 1.4), np.float32)


def make_fibres(rng: np.random.Generator, shape: tuple[int, int], sizes: FibreSizes, blocked: Bools) -> Fibres:
    """Make myelinated fibres outside `blocked`; the g-ratio of each is drawn from 0.52 to 0.84."""
    wanted = int(sizes.density * shape[0] * shape[1] / (np.pi * sizes.radius_px**2))
    radii = np.exp(rng.normal(np.log(sizes.radius_px), sizes.spread, wanted)).astype(np.float32)
    centres, radii = pack(rng, shape, np.clip(radii, *sizes.limits_px), blocked)
    cells = cell_map(rng, shape, centres, radii, grow=1.1, rough=sizes.rough)
    owner = _rounded(np.where(blocked, 0, cells.owner), sizes.radius_px * 0.14)
    depth = _depth(owner)
    return Fibres(owner, _axons(rng, owner, depth, sizes), depth, len(radii))


def _rounded(owner: Ints, sigma_px: float) -> Ints:
    """Round the corners of each cell and keep only its largest connected piece."""
    out = np.zeros_like(owner)
    for number, window in enumerate(ndimage.find_objects(owner), start=1):
        if window is None:
            continue
        cell = owner[window] == number
        level = ndimage.gaussian_filter(cell.astype(np.float32), sigma_px, mode="nearest")
        piece = _largest(cell & (level > 0.45))
        out[window][piece] = number
    return out


def _largest(mask: Bools) -> Bools:
    pieces, count = ndimage.label(mask)
    if count < 2:
        return mask
    return np.asarray(pieces == 1 + np.bincount(pieces.ravel())[1:].argmax(), np.bool_)


def _depth(owner: Ints) -> Floats:
    lowest, highest = ndimage.minimum_filter(owner, 3), ndimage.maximum_filter(owner, 3)
    inside = (owner > 0) & (lowest == highest)
    return np.asarray(ndimage.distance_transform_edt(inside), np.float32)


def _axons(rng: np.random.Generator, owner: Ints, depth: Floats, sizes: FibreSizes) -> Bools:
    """Axons that fill g squared of the area of their fibre, smooth, in myelin of varied thickness."""
    uneven = depth * (1 + 0.16 * noise(rng, owner.shape, sizes.radius_px * 0.4))
    smooth = sizes.radius_px * 0.1 + 0.4
    axon = np.zeros(owner.shape, np.bool_)
    for number, window in enumerate(ndimage.find_objects(owner), start=1):
        g_ratio = np.clip(rng.normal(sizes.g_ratio, 0.07), 0.54, 0.83)
        if window is None:
            continue
        fibre = owner[window] == number
        level = ndimage.gaussian_filter(np.where(fibre, uneven[window], 0), smooth)
        inner = fibre & (level > np.quantile(level[fibre], 1 - g_ratio**2)) & (depth[window] > sizes.min_myelin_px)
        if inner.any():
            axon[window] |= ndimage.binary_fill_holes(_largest(inner))
    return axon
