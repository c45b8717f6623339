"""The parts of images that no retraining ever learns from, so that they tell whether a model has become better.

An image is cut into square tiles, somewhat wider than its fibres, and of each five that touch (a tile and those above,
below, left and right of it) one is held out. Which ones, the pixels of the image alone decide: it is the same in every
retraining, whatever was corrected meanwhile and whichever model it begins with.
"""

from dataclasses import dataclass

import numpy as np

from labelbridge.bootstrap.retraining.image import CorrectedImage
from labelbridge.core import BoolArray, Image
from labelbridge.io import hash_images
from labelbridge.refine.review import VerifiedMap
from labelbridge.translate.structure import response_size_px

__all__ = ["HELD_OUT_OF", "Division", "divide"]

HELD_OUT_OF = 5
"""One of so many tiles is held out."""

_TILE_PER_RESPONSE = 15.0
"""Side of a tile over the size at which an image responds most, which is about a tenth of its fibres' diameter."""

_SIDES_PX = 32, 1024


@dataclass(frozen=True, eq=False)
class Division:
    """What is learnt from, and what measures; no pixel is in both, nor is a fibre.

    Attributes
    ----------
    learnt
        Verified pixels to learn from, none in a held-out tile, (Y, X), bool.
    held_out
        Verified pixels to measure on, all in held-out tiles, (Y, X), bool.
    learnt_fibres, held_out_fibres
        Number of verified fibres on either side; the centre of the axon decides.
    """

    learnt: BoolArray
    held_out: BoolArray
    learnt_fibres: int
    held_out_fibres: int


def divide(corrected: CorrectedImage) -> Division:
    """Divide the verified pixels of an image.

    A verified fibre belongs to the tile where its centre is: what of it lies on the other side is on neither.
    """
    image, verified = corrected.image, corrected.verified
    tiles = _held_out_tiles(image)
    is_held_out = _fibres_held_out(verified, tiles)
    of_held_out = is_held_out[verified.fibres]
    of_none = verified.fibres == 0
    return Division(
        verified.pixels & ~tiles & (of_none | ~of_held_out),
        verified.pixels & tiles & (of_none | of_held_out),
        int(np.count_nonzero(~is_held_out[1:])),
        int(np.count_nonzero(is_held_out[1:])),
    )


def _fibres_held_out(verified: VerifiedMap, tiles: BoolArray) -> BoolArray:
    """Return for each number whether its fibre is held out; False for 0."""
    held_out = np.zeros(len(verified.centres) + 1, np.bool_)
    if verified.centres:
        rows, columns = np.rint(np.array(verified.centres)).astype(np.int64).T
        held_out[1:] = tiles[rows, columns]
    return held_out


def _held_out_tiles(image: Image) -> BoolArray:
    """Return which pixels lie in held-out tiles, (Y, X), bool."""
    side_px = _tile_side_px(image)
    first = int(hash_images([image])[:8], 16)
    down, right = (np.arange(length) // side_px for length in image.shape)
    rows, columns = ((first + down) % HELD_OUT_OF).astype(np.uint8), (2 * right % HELD_OUT_OF).astype(np.uint8)
    return np.asarray(np.add.outer(rows, columns) % HELD_OUT_OF == 0, np.bool_)


def _tile_side_px(image: Image) -> int:
    """Return a power of two."""
    wanted = np.log2(_TILE_PER_RESPONSE * response_size_px(image.data))
    return int(np.clip(2 ** round(float(wanted)), *_SIDES_PX))
