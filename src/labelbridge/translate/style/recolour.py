"""Recolouring through the labels: each class gets a level and a gain of its own, its texture stays."""

import numpy as np
from scipy import ndimage

from labelbridge.core import AXON, BACKGROUND, MYELIN, FloatArray, LabelArray, LabelMap, Polarity
from labelbridge.translate.style.settings import Range, StyleSettings

__all__ = ["draw", "grow_myelin", "recolour"]


def draw(rng: np.random.Generator, span: Range) -> float:
    """Draw uniformly from a range."""
    return float(rng.uniform(*span))


def grow_myelin(labels: LabelMap, thickness_px: float) -> LabelMap:
    """Let myelin grow into the axon by `thickness_px` (negative: the axon into its myelin); background stays as it is.

    An axon that would vanish keeps its core.
    """
    axon, myelin = labels.mask(AXON), labels.mask(MYELIN)
    data = labels.data.copy()
    if thickness_px > 0:
        depth = ndimage.distance_transform_edt(~myelin) if myelin.any() else np.full(axon.shape, np.inf)
        components, count = ndimage.label(axon)
        inner = ndimage.distance_transform_edt(axon)
        radius = np.concatenate([[0.0], np.atleast_1d(ndimage.maximum(inner, components, range(1, count + 1)))])
        limit = np.minimum(thickness_px, 0.45 * radius[components])
        data[axon & (depth <= limit)] = labels.classes.value(MYELIN)
    elif thickness_px < 0 and axon.any():
        outward = ndimage.distance_transform_edt(~axon)
        data[myelin & (outward <= -thickness_px)] = labels.classes.value(AXON)
    return LabelMap(data, labels.classes)


def recolour(
    data: FloatArray, labels: LabelMap, polarity: Polarity, settings: StyleSettings, rng: np.random.Generator
) -> FloatArray:
    """Return an image (Y, X), float32, about [0, 1], whose classes have new random levels and keep their texture.

    Parameters
    ----------
    data
        Image of L (Y, X), float32 in [0, 1].
    labels
        Its classes.
    polarity
        Polarity that the result shall have.
    settings
        Ranges of the draws.
    rng
        Source of randomness.
    """
    levels = _levels(labels, settings, rng)
    texture = _texture(data, labels.data)
    weights = _soft_weights(labels, draw(rng, settings.border_px))
    fibres = _fibre_offsets(labels, draw(rng, settings.fibre_jitter), rng)
    background = labels.classes.value(BACKGROUND)
    out = np.zeros_like(data)
    for value, level in enumerate(levels):
        painted = level + draw(rng, settings.texture_gain) * rng.choice((-1.0, 1.0)) * texture
        if value == background and rng.random() < settings.gaps:
            painted = _with_gaps(painted, levels[labels.classes.value(AXON)], rng)
        elif value != background:
            painted = painted + fibres
        out += weights[value] * painted
    return out if polarity == "dark-axon" else (1.0 - out).astype(np.float32)


def _levels(labels: LabelMap, settings: StyleSettings, rng: np.random.Generator) -> list[float]:
    myelin, axon = draw(rng, settings.myelin_level), draw(rng, settings.axon_level)
    myelin = max(myelin, axon + 0.25)
    named = {MYELIN: myelin, AXON: axon}
    return [
        named.get(name, axon + (myelin - axon) * draw(rng, settings.background_level)) for name in labels.classes.names
    ]


def _with_gaps(painted: FloatArray, axon_level: float, rng: np.random.Generator) -> FloatArray:
    """Return the background with smooth random regions as flat and about as dark as axons."""
    field = ndimage.gaussian_filter(rng.normal(size=painted.shape), rng.uniform(4.0, 24.0), mode="wrap")
    edge = np.quantile(field, rng.uniform(0.0, 0.9))
    inside = 1 / (1 + np.exp(-(field - edge) / (0.15 * field.std() + 1e-6)))
    dark = axon_level + rng.normal(0.0, 0.08)
    return np.asarray(painted + inside * (dark - painted), np.float32)


def _texture(data: FloatArray, labels: LabelArray) -> FloatArray:
    """Return what remains of an image when each class's mean is taken away."""
    present = np.unique(labels)
    means = np.zeros(int(present[-1]) + 1, np.float32)
    means[present] = ndimage.mean(data, labels, present)
    return np.asarray(data - means[labels], np.float32)


def _soft_weights(labels: LabelMap, sigma_px: float) -> list[FloatArray]:
    weights = [
        ndimage.gaussian_filter((labels.data == value).astype(np.float32), sigma_px)
        for value in range(len(labels.classes))
    ]
    total = np.maximum(sum(weights), 1e-6)
    return [np.asarray(weight / total, np.float32) for weight in weights]


def _fibre_offsets(labels: LabelMap, spread: float, rng: np.random.Generator) -> FloatArray:
    """Return an offset that differs from fibre to fibre, each pixel taking that of the nearest axon."""
    components, count = ndimage.label(labels.mask(AXON))
    if count == 0 or spread == 0:
        return np.zeros(labels.shape, np.float32)
    nearest = ndimage.distance_transform_edt(components == 0, return_distances=False, return_indices=True)
    offsets = rng.normal(0.0, spread, count + 1)
    return np.asarray(offsets[components[tuple(nearest)]], np.float32)
