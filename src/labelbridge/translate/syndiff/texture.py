"""The texture term: how far the patches of translations are from those of real images.

Patches of two sets have the same distribution exactly where, along every direction w, their projections w . p have;
on a line, sorting both gives the earth mover's distance. As a loss for texture: Heitz, Vanhoey, Chambon and Belcour, A
Sliced Wasserstein Loss for Neural Texture Synthesis, CVPR 2021. Here the patches are 7 x 7 px of the bands of a
Laplacian pyramid (Burt and Adelson, IEEE Trans. Commun. 1983), as in the measure that judges translations; but the
directions are new in each step, and the rest of the pyramid is left out. How bright an area is depends on what lies in
it: a few crops that had to be as bright as all images together would learn the brightness of the training images by
heart.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["Texture", "draw_directions"]

_BANDS = 3
_DIRECTIONS = 32
_PATCH_PX = 7
_PLACES = 16
"""Patches of a band along each axis, about."""

_BINOMIAL = (1.0, 4.0, 6.0, 4.0, 1.0)
_TINY = 1e-6


def draw_directions(random: torch.Generator) -> Tensor:
    """Draw unit vectors in the space of patches, new ones for each band: (band, direction, 1, 7, 7)."""
    w = torch.randn((_BANDS, _DIRECTIONS, 1, _PATCH_PX, _PATCH_PX), generator=random)
    return w / w.square().sum((-1, -2), keepdim=True).sqrt()


class Texture:
    """The projected patches of real images, to compare translations with.

    Parameters
    ----------
    real
        Images of one modality, (K B, 1, Y, X) with a whole number K.
    directions
        As `draw_directions` gives them.
    """

    def __init__(self, real: Tensor, directions: Tensor) -> None:
        self._directions = directions
        self._real = _projected(real, directions)

    def loss(self, made: Tensor) -> Tensor:
        """Return the mean earth mover's distance of projected patches, over bands and directions.

        Each band counts in units of its root mean square in real images, so that faint grain weighs as much as the
        large shapes. It is 0 for equal sets and sees what the structure term leaves free: contrast, blur and grain.

        Parameters
        ----------
        made
            Translations, (B, 1, Y, X), as large as the real images.
        """
        losses = []
        for ours, real in zip(_projected(made, self._directions), self._real, strict=True):
            theirs = real.view(*ours.shape, -1).mean(2)
            scale = (theirs - theirs.mean()).square().mean().sqrt()
            losses.append((ours - theirs).abs().mean() / (scale + _TINY))
        return torch.stack(losses).mean()


def _projected(images: Tensor, directions: Tensor) -> list[Tensor]:
    """Return the projections of each band's patches, in 32 bits."""
    with torch.autocast(images.device.type, enabled=False):
        return [_projections(band, w) for band, w in zip(_bands(images.float()), directions, strict=False)]


def _bands(images: Tensor) -> list[Tensor]:
    """Split bands off the images, the finest first; as many as leave room for a patch."""
    row = images.new_tensor(_BINOMIAL)
    kernel = (torch.outer(row, row) / row.sum() ** 2)[None, None]
    bands: list[Tensor] = []
    while len(bands) < _BANDS and min(images.shape[-2:]) >= _PATCH_PX:
        coarse = F.conv2d(F.pad(images, (2, 2, 2, 2), mode="reflect"), kernel)
        bands.append(images - coarse)
        images = coarse[:, :, ::2, ::2]
    return bands


def _projections(images: Tensor, w: Tensor) -> Tensor:
    """Project evenly spaced patches, and sort along each direction: (direction, patch)."""
    stride = max(1, min(images.shape[-2:]) // _PLACES)
    return F.conv2d(images, w, stride=stride).transpose(0, 1).flatten(1).sort(1).values
