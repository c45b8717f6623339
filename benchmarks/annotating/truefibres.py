"""The fibres of the truth, and the part of the image that each of them answers for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from labelbridge.core import AXON, MYELIN, LabelMap, Numbers, circle_diameter, count_pixels, number_areas
from labelbridge.refine.edits import Window
from labelbridge.refine.repairs.windows import Point, grown
from labelbridge.refine.review.sources import whole_of
from labelbridge.refine.review.territory import territory_of
from labelbridge.refine.review.tiles import tiles_of

__all__ = ["BACKGROUND_CODE", "CODES", "TrueFibres", "codes_of"]

BACKGROUND_CODE = 0
CODES = {AXON: 1, MYELIN: 2}
"""What stands for a class in the arrays of this package; all other classes are background."""

_ZONE = 0.25
"""A fibre answers for the background around it up to this share of its diameter."""

_LEAST_ZONE_PX = 2.0

Codes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class TrueFibres:
    """Fibres of the truth: axons with the myelin that belongs to each, as the review of the Refine dock sees it.

    Attributes
    ----------
    codes
        Truth, (Y, X), uint8: 0 background, 1 axon, 2 myelin.
    owner
        Number of the fibre, 1 to n, for each pixel of axon and of its myelin; 0 elsewhere. (Y, X), int32.
    axons
        The same for axons alone. (Y, X), int32.
    zone
        As `owner`, and the number of the nearest fibre for background that is near: surplus there is an error of that
        fibre. (Y, X), int32.
    areas_px2, axon_areas_px2
        Area of each fibre, axon and myelin, and of its axon, in px²; (n,).
    centres
        Row and column of each fibre's centre, (n, 2), px.
    boxes
        Rows and columns of each fibre's zone.
    """

    codes: Codes
    owner: Numbers
    axons: Numbers
    zone: Numbers
    areas_px2: NDArray[np.int64]
    axon_areas_px2: NDArray[np.int64]
    centres: NDArray[np.float64]
    boxes: list[Window]

    @classmethod
    def of(cls, truth: LabelMap) -> "TrueFibres":
        """Find the fibres of a truth; myelin that belongs to no axon is no fibre."""
        codes = codes_of(truth)
        axons, count = number_areas(codes == CODES[AXON])
        owner = _owners(codes, axons)
        areas_px2, axon_areas_px2 = (count_pixels(numbers, count)[1:] for numbers in (owner, axons))
        zone = _zones(owner, areas_px2)
        centres = np.array(ndimage.center_of_mass(owner > 0, owner, range(1, count + 1))).reshape(count, 2)
        boxes = ndimage.find_objects(zone, count)
        return cls(codes, owner, axons, zone, areas_px2, axon_areas_px2, centres, boxes)

    @property
    def count(self) -> int:
        """Number of fibres."""
        return len(self.areas_px2)

    @property
    def median_diameter_px(self) -> float:
        """Median diameter, of circles of the same area, in px; 1 where there is no fibre."""
        return float(np.median(circle_diameter(self.areas_px2))) if self.count else 1.0

    def window(self, number: int) -> Window:
        """Return rows and columns in which a fibre is looked at: its zone and half a diameter around it."""
        margin_px = int(np.ceil(circle_diameter(self.areas_px2[number - 1]) / 2)) + 2
        return grown(self.boxes[number - 1], margin_px, self.codes.shape)

    def in_field(self, start: Point, stop: Point) -> NDArray[np.int64]:
        """Return the numbers of the fibres whose centres lie from `start` to before `stop`, rows and columns."""
        return 1 + np.flatnonzero(np.all((self.centres >= start) & (self.centres < stop), axis=1))


def codes_of(labels: LabelMap) -> Codes:
    """Return a label map as codes: 0 background, 1 axon, 2 myelin; (Y, X), uint8."""
    codes = np.zeros(labels.shape, np.uint8)
    for name, code in CODES.items():
        codes[labels.mask(name)] = code
    return codes


def _owners(codes: Codes, axons: Numbers) -> Numbers:
    layers = {name: (codes == code).astype(np.uint8) for name, code in CODES.items()}
    owner = np.zeros(codes.shape, np.int32)
    for tile in tiles_of(whole_of(codes.shape)):
        owner[tile.core] = territory_of(layers, tile.seen, axons[tile.seen], codes.shape).owner[tile.inner]
    return owner


def _zones(owner: Numbers, areas_px2: NDArray[np.int64]) -> Numbers:
    if not len(areas_px2):
        return owner
    distance, (rows, columns) = ndimage.distance_transform_edt(owner == 0, return_indices=True)
    nearest = owner[rows, columns]
    reach_px = np.maximum(_LEAST_ZONE_PX, _ZONE * circle_diameter(areas_px2))
    return np.where(distance <= np.append(0, reach_px)[nearest], nearest, np.int32(0))
