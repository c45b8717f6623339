"""What a microscope adds: curves, shading, halos, blur, noise, charging. Images (Y, X), float32, about [0, 1]."""

import numpy as np
from scipy import ndimage

from labelbridge.core import FloatArray
from labelbridge.translate.style.recolour import draw
from labelbridge.translate.style.settings import StyleSettings

__all__ = ["add_artefacts"]


def add_artefacts(data: FloatArray, settings: StyleSettings, rng: np.random.Generator) -> FloatArray:
    """Return the image with one random draw of each artefact, clipped to [0, 1]."""
    out = np.clip(data, 0.0, 1.0) ** draw(rng, settings.gamma)
    out = out * _shading(out.shape, draw(rng, settings.shading), rng)
    out = _halo(out, draw(rng, settings.halo) * rng.integers(0, 2), rng)
    out = ndimage.gaussian_filter(out, draw(rng, settings.blur_px))
    out = out + _noise(out, draw(rng, settings.noise), rng)
    if rng.random() < settings.charging:
        out = _charge(out, rng)
    return np.clip(out, 0.0, 1.0).astype(np.float32)


def _shading(shape: tuple[int, ...], depth: float, rng: np.random.Generator) -> FloatArray:
    """Return a smooth factor around one: a random plane and a random bowl."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij")
    a, b, c = rng.uniform(-1, 1, 3)
    return np.asarray(1 + depth * (a * x + b * y + c * (x * x + y * y - 0.66)) / 1.5, np.float32)


def _halo(data: FloatArray, strength: float, rng: np.random.Generator) -> FloatArray:
    """Exaggerate edges with an unsharp mask of random width."""
    if strength == 0:
        return data
    return np.asarray(data + strength * (data - ndimage.gaussian_filter(data, rng.uniform(1.0, 5.0))), np.float32)


def _noise(data: FloatArray, deviation: float, rng: np.random.Generator) -> FloatArray:
    """Return noise, stronger where it is brighter, with a correlation of up to a pixel."""
    white = rng.normal(0.0, 1.0, data.shape)
    sigma = rng.choice((0.0, 0.5, 0.9))
    if sigma:
        white = ndimage.gaussian_filter(white, sigma)
        white /= white.std() + 1e-6
    return np.asarray(deviation * (0.5 + 0.5 * np.sqrt(np.clip(data, 0, 1))) * white, np.float32)


def _charge(data: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Add saturated spots with a shadow, and streaks along the scan lines."""
    spots = np.zeros(data.shape, np.float32)
    for _ in range(rng.integers(0, 4)):
        spots[rng.integers(0, data.shape[0]), rng.integers(0, data.shape[1])] = rng.uniform(20, 120)
    out = data + ndimage.gaussian_filter(spots, rng.uniform(1.0, 3.5))
    streaks = rng.normal(0.0, rng.uniform(0.0, 0.06), (data.shape[0], 1))
    return np.asarray(out + streaks, np.float32)
