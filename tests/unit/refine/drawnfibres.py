"""Layers with drawn fibres, for the tests of the repairs."""

import numpy as np

from labelbridge.core import AXON, MYELIN, BoolArray, LabelArray
from labelbridge.refine import Edit, History

CLASSES = (AXON, MYELIN, "uaxon")


def blank(shape: tuple[int, int] = (80, 100)) -> dict[str, LabelArray]:
    return {name: np.zeros(shape, np.uint8) for name in CLASSES}


def disc(shape: tuple[int, int], center: tuple[float, float], radius: float) -> BoolArray:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray(np.hypot(rows - center[0], columns - center[1]) <= radius, np.bool_)


def draw(
    layers: dict[str, LabelArray], center: tuple[float, float], inner: float, outer: float, *, hollow: bool = False
) -> None:
    """Draw a fibre over what is there; its axon ends at `inner`, its myelin at `outer`."""
    shape = layers[AXON].shape
    axon, whole = disc(shape, center, inner), disc(shape, center, outer)
    for layer in layers.values():
        layer[whole] = 0
    layers[MYELIN][whole & ~axon] = 1
    if not hollow:
        layers[AXON][axon] = 1


def scene(seed: int, shape: tuple[int, int] = (120, 150)) -> dict[str, LabelArray]:
    """Return crowded fibres of all classes, some hollow, some ragged, some cut by the border."""
    random = np.random.default_rng(seed)
    layers = blank(shape)
    for _ in range(18):
        center = random.uniform(0, shape[0]), random.uniform(0, shape[1])
        inner = random.uniform(3, 12)
        draw(layers, center, inner, inner + random.uniform(0, 6), hollow=random.random() < 0.2)
    layers["uaxon"][disc(shape, random.uniform(20, 100, 2), 6)] = 1
    layers[AXON][layers["uaxon"] > 0] = layers[MYELIN][layers["uaxon"] > 0] = 0
    specks = random.random(shape)
    for layer in layers.values():
        layer[specks < 0.03] = 0
    for name, low in zip(CLASSES, (0.0, 0.005, 0.01), strict=True):
        layers[name][(specks >= low) & (specks < low + 0.005)] = 1
    return layers


def after(layers: dict[str, LabelArray], edit: Edit) -> dict[str, LabelArray]:
    """Return the layers as an edit leaves them, and check that undo brings back what was."""
    changed = {name: layer.copy() for name, layer in layers.items()}
    history = History(changed)
    history.apply(edit)
    result = {name: layer.copy() for name, layer in changed.items()}
    assert history.undo() is (None if edit.is_empty else edit)
    assert all(np.array_equal(changed[name], layers[name]) for name in layers)
    assert np.sum([*result.values()], 0).max() <= 1
    return result
