"""Pictures of good and bad places: image, prediction and truth beside each other, and which fibres are right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from labelbridge.core import AXON, Image, LabelArray, LabelMap
from labelbridge.evaluate import FibreScores, score_fibres
from labelbridge.io import atomic_path, draw_overlay
from realtable.material import Material
from realtable.store import Run
from realtable.verdicts import draw_verdict

__all__ = ["Place", "draw", "places", "write_pictures"]

SIDE_PX = 256
"""Side of a place in px of the image; images that are smaller are one place."""

ENLARGED = 2
"""Side of a pixel of the image in px of the picture."""

LEAST_FIBRES = 10
"""A place with fewer fibres of the truth says little about the masks."""

_GAP_PX = 8
_COLOURS = 64
"""So many are enough for grey, blue and red, and keep the files small."""


@dataclass(frozen=True, eq=False)
class Place:
    """A window of an image, what was found there, and the truth; all of one shape."""

    image: Image
    labels: LabelMap
    truth: LabelMap

    @property
    def fibres(self) -> FibreScores:
        """How the fibres agree, those that the window cuts as far as they lie in it."""
        return score_fibres(self.labels.mask(AXON), self.truth.mask(AXON))


def write_pictures(runs: Sequence[Run], material: Material, out: Path) -> None:
    """Write the place with the highest panoptic quality of each run, and that with the lowest.

    Parameters
    ----------
    runs
        Finished runs; ``<row>-<seed>-best.png`` and ``-worst.png`` are their pictures, and replace earlier ones.
        Those that end with ``-fibres.png`` show the masks alone, and may be shown where the images may not.
    material
        Their images and truth.
    out
        Folder; made where it is missing.
    """
    for run in runs:
        masks = run.labels()
        found = [
            place
            for image in material.judged
            for place in places(image, masks[image.name], material.truth[image.name])
            if place.fibres.found + place.fibres.missed >= LEAST_FIBRES
        ]
        ranked = sorted(found, key=lambda place: place.fibres.pq)
        for name, place in {"best": ranked[-1], "worst": ranked[0]}.items() if ranked else ():
            file = out / f"{run.folder.name}-{name}.png"
            _write(draw(place), file)
            _write(draw_verdict(place.labels, place.truth, ENLARGED), file.with_stem(f"{file.stem}-fibres"))
            print(f"{file}: {place.image.name}, panoptic quality {place.fibres.pq:.2f}")


def _write(picture: LabelArray, file: Path) -> None:
    with atomic_path(file, overwrite=True) as temporary:
        few = PillowImage.fromarray(picture).quantize(_COLOURS, dither=PillowImage.Dither.NONE)
        few.save(temporary, format="PNG", optimize=True)


def places(image: Image, labels: LabelMap, truth: LabelMap) -> Iterator[Place]:
    """Give the windows of an image in reading order; the last of a row or column may overlap the one before."""
    for top in _starts(image.shape[0]):
        for left in _starts(image.shape[1]):
            window = np.s_[top : top + SIDE_PX, left : left + SIDE_PX]
            cut = [LabelMap(one.data[window], one.classes) for one in (labels, truth)]
            yield Place(image.with_data(image.data[window]), *cut)


def draw(place: Place) -> LabelArray:
    """Return the image, the prediction over it and the truth over it, from left to right; (Y, X, RGB), uint8."""
    nothing = LabelMap(np.zeros(place.truth.shape, np.uint8), place.truth.classes)
    image = place.image.with_data(_enlarged(place.image.data))
    panels = [
        draw_overlay(image, LabelMap(_enlarged(one.data), one.classes)) for one in (nothing, place.labels, place.truth)
    ]
    gap = np.full((image.shape[0], _GAP_PX, 3), 255, np.uint8)
    return np.concatenate([panels[0], gap, panels[1], gap, panels[2]], axis=1)


def _starts(length_px: int) -> list[int]:
    """Return where windows begin along a side."""
    last = max(0, length_px - SIDE_PX)
    return sorted({*range(0, last, SIDE_PX), last})


def _enlarged(data: np.ndarray) -> np.ndarray:
    """Return an array (Y, X) with each pixel as a square of several."""
    return data.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)
