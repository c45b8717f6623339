"""What chance decides in a training step, drawn beforehand so that it depends on the seed and the step alone."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import torch
from torch import Tensor

from labelbridge.translate.syndiff.diffusion import LATENT, STEPS
from labelbridge.translate.syndiff.texture import draw_directions

if TYPE_CHECKING:
    from labelbridge.translate.syndiff.dataset import Batch

__all__ = ["Draw", "Draws"]


@dataclass(frozen=True)
class Draw:
    """What chance decides for images of one modality.

    Attributes
    ----------
    t
        Step of each image, (B,), int64, 0..3.
    e1, e2, e
        Noise of the pair x_t, x_{t+1} and of the posterior, each (B, 1, Y, X).
    z
        Latent, (B, 100).
    """

    t: Tensor
    e1: Tensor
    e2: Tensor
    e: Tensor
    z: Tensor

    @classmethod
    def of(cls, images: Tensor, random: torch.Generator) -> Self:
        """Draw on the CPU, so that all devices get the same numbers, and place it where the images are.

        Each t is uniform; those of a batch are spread evenly over the steps, because only x_0 and x_1 show a
        discriminator anything, and at batch 4 each of its steps then sees both.
        """
        first = torch.randint(STEPS, (1,), generator=random)
        t = (first + torch.arange(len(images))) % STEPS
        e1, e2, e = torch.randn((3, *images.shape), generator=random)
        z = torch.randn(len(images), LATENT, generator=random)
        return cls(*(values.to(images.device) for values in (t, e1, e2, e, z)))


@dataclass(frozen=True)
class Draws:
    """What chance decides in one step, for images of L and of U: for the discriminators, anew for the generators.

    Attributes
    ----------
    discriminators, generators
        For images of L, for images of U.
    directions
        Of the texture term, (band, direction, 1, 7, 7).
    """

    discriminators: tuple[Draw, Draw]
    generators: tuple[Draw, Draw]
    directions: Tensor

    @classmethod
    def of(cls, batch: "Batch", random: torch.Generator) -> Self:
        """Draw."""
        real = (batch.labeled, batch.unlabeled)
        first, second = (tuple(Draw.of(images, random) for images in real) for _ in range(2))
        directions = draw_directions(random).to(batch.labeled.device)
        return cls((first[0], first[1]), (second[0], second[1]), directions)
