"""The look of scanning electron microscopy: dark axons in bright myelin, amid clutter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from phantoms.geometry import (
    Bools,
    Fibres,
    FibreSizes,
    Floats,
    across,
    cell_map,
    crop,
    make_fibres,
    make_gap,
    noise,
    pack,
)

__all__ = ["LOOKS", "SemLook", "make_sem"]

PAD_PX = 48


@dataclass(frozen=True)
class SemLook:
    """Greys (0 to 1), sizes and faults of one session at the microscope."""

    axon: float
    myelin: float
    background: float
    clutter: float
    """Brightness of the clutter above the background."""

    radius_px: float = 12.0
    blur_px: float = 0.9
    grain: float = 0.05
    shot: float = 0.05
    """Noise that grows with the square root of the brightness."""

    shade: float = 0.08
    """Unevenness of the illumination."""

    charging: int = 4
    """Number of charged spots."""

    streaks: float = 0.02
    """Brightness of the streaks along the scan lines."""

    cracks: int = 0


LOOKS = (
    SemLook(axon=0.30, myelin=0.70, background=0.46, clutter=0.24, radius_px=11.5, blur_px=0.7, grain=0.07, shade=0.04),
    SemLook(axon=0.17, myelin=0.50, background=0.14, clutter=0.27, radius_px=10.5, blur_px=1.1, grain=0.03, charging=9),
    SemLook(axon=0.12, myelin=0.82, background=0.42, clutter=0.34, radius_px=13.5, blur_px=1.4, grain=0.04, shade=0.12),
    SemLook(axon=0.19, myelin=0.47, background=0.31, clutter=0.14, radius_px=12, blur_px=1.0, grain=0.045, cracks=3),
)
"""Four sessions: fine and grey; dark between the fibres; hard contrast; dull, with cracks."""


def make_sem(
    seed: int, shape: tuple[int, int] = (512, 512), look: SemLook | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Make a SEM-like image and its labels.

    Parameters
    ----------
    seed
        The same seed gives the same image.
    shape
        Height and width in px; a fibre is 15 to 50 px wide.
    look
        How the microscope was set; by default one of `LOOKS`, by the seed.

    Returns
    -------
    tuple
        Image (Y, X) uint8 and labels (Y, X) uint8: 0 background, 1 axon, 2 myelin.
    """
    rng = np.random.default_rng([29, seed])
    look = look or LOOKS[seed % len(LOOKS)]
    padded = (shape[0] + 2 * PAD_PX, shape[1] + 2 * PAD_PX)
    gap = make_gap(rng, padded, rng.uniform(20, 45)) if rng.random() < 0.6 else np.zeros(padded, np.bool_)
    sizes = FibreSizes(look.radius_px, 0.42, (6, 29), rng.uniform(0.6, 0.75), 1.8, 0.66, rough=0.16)
    fibres = make_fibres(rng, padded, sizes, gap)
    scene = _paint(rng, fibres, gap, look)
    image = _microscope(rng, scene, look)
    labels = np.zeros(padded, np.uint8)
    labels[fibres.owner > 0] = 2
    labels[fibres.axon] = 1
    return crop((image * 255).round().astype(np.uint8), PAD_PX), crop(labels, PAD_PX)


def _paint(rng: np.random.Generator, fibres: Fibres, gap: Bools, look: SemLook) -> Floats:
    shape = gap.shape
    scene = _between(rng, (fibres.owner > 0) | gap, look)
    scene[gap] = (look.background * 0.9 + 0.02 * noise(rng, shape, 8) + 0.03 * noise(rng, shape, 1.5))[gap]
    myelin = (fibres.owner > 0) & ~fibres.axon
    step = look.myelin - look.axon
    ring = look.myelin * rng.normal(1, 0.09, fibres.count + 1)[fibres.owner]
    ring = ring + 0.09 * step * noise(rng, shape, 1.6) + 0.05 * step * noise(rng, shape, 5)
    lip = np.minimum(ndimage.distance_transform_edt(myelin), 2.5) / 2.5
    scene[myelin] = (ring * (0.8 + 0.25 * lip))[myelin]
    core = look.axon + np.abs(rng.normal(0, 0.16 * step, fibres.count + 1))[fibres.owner]
    middle = np.minimum(ndimage.distance_transform_edt(fibres.axon), 5) / 5
    core = core + step * (0.07 * middle - 0.06 + 0.05 * noise(rng, shape, 1.7) + 0.03 * noise(rng, shape, 6))
    debris = (noise(rng, shape, 1.6) > 2.6) & (middle > 0.5)
    scene[fibres.axon] = np.where(debris, look.axon + 0.55 * step, core)[fibres.axon]
    return np.asarray(scene, np.float32)


def _between(rng: np.random.Generator, blocked: Bools, look: SemLook) -> Floats:
    """Paint what lies between the fibres: small unmyelinated axons, at this magnification rims and blobs."""
    shape = blocked.shape
    radii = np.exp(rng.normal(np.log(3.8), 0.4, int(np.prod(shape) / 50))).astype(np.float32)
    centres, radii = pack(rng, shape, np.clip(radii, 2, 9), blocked, overlap=0.95)
    cells = cell_map(rng, shape, centres, radii, grow=1.2, rough=0.25)
    rim = (cells.owner > 0) & (cells.gap_px < 1.3)
    dark = rng.random(len(radii) + 1) < 0.5
    patches = np.clip(0.6 + 0.5 * noise(rng, shape, 22), 0, 1.4)
    scene = look.background + look.clutter * (0.25 * noise(rng, shape, 1.5) + 0.2 * noise(rng, shape, 5))
    scene += patches * look.clutter * np.where(rim, 1.0, np.where(dark[cells.owner] & (cells.owner > 0), -0.5, 0.15))
    return np.asarray(scene, np.float32)


def _microscope(rng: np.random.Generator, scene: Floats, look: SemLook) -> Floats:
    """Add cracks, charging, blur, uneven light, streaks and noise, in this order."""
    shape = scene.shape
    for _ in range(look.cracks):
        _crack(rng, scene)
    for _ in range(look.charging):
        _charge(rng, scene)
    image = ndimage.gaussian_filter(scene, look.blur_px)
    image += 0.12 * (image - ndimage.gaussian_filter(image, 6))
    slope = noise(rng, shape, min(shape) / 3)
    image = image * (1 + look.shade * slope) + 0.4 * look.shade * noise(rng, shape, min(shape) / 4)
    lines = ndimage.gaussian_filter1d(rng.standard_normal((shape[0], 1)), 0.7, axis=0) ** 3
    image += look.streaks * np.clip(lines, -2, 2) * np.clip(noise(rng, shape, 60), 0, 2)
    image += look.shot * np.sqrt(np.clip(image, 0.02, 1)) * rng.standard_normal(shape)
    image += look.grain * ndimage.gaussian_filter(rng.standard_normal(shape), 0.5) * 1.6
    return np.asarray(np.clip(image, 0, 1), np.float32)


def _charge(rng: np.random.Generator, scene: Floats) -> None:
    """Add a grain that charges up: glaring, with a dark shadow along the scan lines behind it."""
    rows, columns = np.indices(scene.shape, np.float32)
    row, column = rng.uniform(0, scene.shape[0]), rng.uniform(0, scene.shape[1])
    size = rng.uniform(1.5, 4.5)
    ragged = 1 + 0.45 * noise(rng, scene.shape, 2.5)
    spot = np.hypot((rows - row) * rng.uniform(1, 2), columns - column) < size * ragged
    behind = columns - column
    shadow = (np.abs(rows - row) < size) & (behind > 0) & (behind < rng.uniform(6, 20))
    scene[shadow] *= 0.7
    scene[spot] = rng.uniform(0.85, 1.1)


def _crack(rng: np.random.Generator, scene: Floats) -> None:
    """Add a fine, broken, dark crack with a bright lip."""
    jagged = 4 * noise(rng, scene.shape, 30) + 1.2 * noise(rng, scene.shape, 5)
    line = np.abs(across(rng, scene.shape) + jagged)
    open_here = noise(rng, scene.shape, 18) > -0.1
    scene[(line < 2.0) & open_here] *= 1.25
    scene[(line < 0.9) & open_here] = 0.03
