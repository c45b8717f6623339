"""All that is random in a translation, as a function of where it is asked for.

Tiles that overlap agree on their noise, an image is translated the same whichever tiles it is cut into, and nothing of
the size of the image is kept: the noise is drawn in blocks, each from a counter-based generator of its own (Philox;
Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from labelbridge.core import FloatArray
from labelbridge.translate.syndiff.diffusion import LATENT

__all__ = ["Noise"]

_BLOCK_PX = 128
_BLOCKS_KEPT = 256
_FIELD, _LATENT = 0, 1


@dataclass(frozen=True)
class Noise:
    """Standard normal noise of one translation of an image of any size.

    Attributes
    ----------
    seed
        Another seed gives another translation; at least 0.
    sample
        Number of the translation among several of one image.
    """

    seed: int
    sample: int = 0

    def epsilon(self, t: int, corner: tuple[int, int], shape: tuple[int, int]) -> FloatArray:
        """Return a rectangle of the noise field of step `t`, the same field whichever rectangle is asked for.

        Parameters
        ----------
        t
            Name of the field: the step whose x_t it goes into, 0..T.
        corner
            First row and column in px of the whole image, at least 0.
        shape
            Height and width in px.

        Returns
        -------
        FloatArray
            (Y, X), float32, standard normal.
        """
        (top, left), (height, width) = corner, shape
        out = np.empty(shape, np.float32)
        for row in range(top // _BLOCK_PX, -(-(top + height) // _BLOCK_PX)):
            for column in range(left // _BLOCK_PX, -(-(left + width) // _BLOCK_PX)):
                y, y_block = _shared(top, height, row)
                x, x_block = _shared(left, width, column)
                out[y, x] = _block(self.seed, self.sample, t, row, column)[y_block, x_block]
        return out

    def z(self, t: int) -> FloatArray:
        """Return the latent of step `t`, the same for the whole image: (100,), float32, standard normal."""
        return _generator(self.seed, self.sample, t, _LATENT).standard_normal(LATENT, np.float32)


def _shared(start: int, length: int, block: int) -> tuple[slice, slice]:
    """Return what a span of px shares with a block: as a slice of the span and as one of the block."""
    origin = block * _BLOCK_PX
    first, last = max(start, origin), min(start + length, origin + _BLOCK_PX)
    return slice(first - start, last - start), slice(first - origin, last - origin)


@lru_cache(maxsize=_BLOCKS_KEPT)
def _block(seed: int, sample: int, t: int, row: int, column: int) -> FloatArray:
    block = _generator(seed, sample, t, _FIELD, row, column).standard_normal((_BLOCK_PX, _BLOCK_PX), np.float32)
    block.setflags(write=False)
    return block


def _generator(seed: int, sample: int, t: int, kind: int, row: int = 0, column: int = 0) -> np.random.Generator:
    """Return the generator of one name: the key says which noise, the counter where in it."""
    key = np.random.SeedSequence((seed, sample, t, kind)).generate_state(2, np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, row, column]))
