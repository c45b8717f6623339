"""Masks for the tests of the review queue: drawn fibres in rows, and phantoms with errors planted in them."""

from dataclasses import dataclass

import numpy as np
from drawnfibres import blank, draw
from scipy import ndimage

from labelbridge.core import AXON, MYELIN, FloatArray, LabelArray, LabelMap
from labelbridge.refine import Edit, History
from labelbridge.refine.repairs import Fibre, fibre_at
from labelbridge.refine.review import Place
from phantoms import make_sem

ROWS = (30, 80, 130)
COLUMNS = (30, 80, 130, 180)
SHAPE = (160, 210)
NEAR_PX = 8


def rows_of_fibres() -> dict[str, LabelArray]:
    """Return twelve sound fibres."""
    layers = blank(SHAPE)
    for row in ROWS:
        for column in COLUMNS:
            draw(layers, (row, column), 10, 14)
    return layers


def erase(history: History, name: str, window: tuple[slice, slice]) -> Edit:
    """Erase a class in a window, as one edit."""
    edit = Edit.of_arrays(history.layers, window, {name: np.zeros_like(history.layers[name][window])}, "erase")
    history.apply(edit)
    return edit


@dataclass(frozen=True, eq=False)
class Planted:
    """A phantom's masks with errors, and where they are."""

    image: FloatArray
    layers: dict[str, LabelArray]
    uncertainty: FloatArray
    other: LabelMap
    wrong: tuple[tuple[float, float], ...]
    """Centres of fibres that are wrong or gone."""

    def is_wrong(self, place: Place) -> bool:
        return any(np.hypot(place.centre[0] - row, place.centre[1] - column) < NEAR_PX for row, column in self.wrong)


def planted(seed: int, shape: tuple[int, int] = (480, 480)) -> Planted:
    """Plant errors of six kinds in a sixth of the fibres of a phantom."""
    random = np.random.default_rng(seed)
    image, labels = make_sem(seed, shape)
    layers = {AXON: (labels == 1).astype(np.uint8), MYELIN: (labels == 2).astype(np.uint8)}
    other = layers[AXON].copy() + 2 * layers[MYELIN]
    numbers, count = ndimage.label(layers[AXON])
    centres = ndimage.center_of_mass(numbers, numbers, range(1, count + 1))
    chosen = random.permutation(count)[: count // 6]
    firsts = [np.argwhere(numbers == number + 1)[0] for number in chosen]
    fibres = [fibre_at(layers, (int(row), int(column))) for row, column in firsts]
    wrong = tuple(centres[number] for number in chosen)
    doubt = np.zeros(shape)
    for kind, fibre in enumerate(fibres):
        _spoil(layers, fibre, kind % 6)
        if kind % 3:
            doubt[fibre.window] += 0.5 * fibre.whole
    edges = np.hypot(*np.gradient(ndimage.gaussian_filter(labels.astype(float), 1))) / 2
    noise = ndimage.gaussian_filter(random.standard_normal(shape), 4)
    uncertainty = np.clip(edges + ndimage.gaussian_filter(doubt, 3) + 0.08 * noise / noise.std() + 0.1, 0, 1)
    return Planted(image.astype(np.float32), layers, uncertainty.astype(np.float32), LabelMap(other), wrong)


def _spoil(layers: dict[str, LabelArray], fibre: Fibre, kind: int) -> None:
    axon, myelin = (layers[name][fibre.window] for name in (AXON, MYELIN))
    rows, columns = np.nonzero(fibre.axon)
    match kind:
        case 0:  # missed as a whole
            axon[fibre.axon] = myelin[fibre.myelin] = 0
        case 1:  # axon missed, its ring found
            axon[fibre.axon] = 0
        case 2:  # no ring
            myelin[fibre.myelin] = 0
        case 3:  # half of it lost
            lost = np.indices(fibre.axon.shape)[0] > rows.mean()
            axon[fibre.axon & lost] = myelin[fibre.myelin & lost] = 0
        case 4:  # axon much too small
            inner = ndimage.distance_transform_edt(fibre.axon)
            axon[fibre.axon & (inner < 0.55 * inner.max())] = 0
            myelin[fibre.axon & (inner < 0.55 * inner.max())] = 1
        case _:  # a shred of an axon
            shred = np.abs(np.indices(fibre.axon.shape)[1] - columns.mean()) < 2
            axon[fibre.axon & ~shred] = 0
