"""From noise to an image in four steps."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from labelbridge.core import reduced_precision
from labelbridge.translate.syndiff.diffusion import STEPS, Diffusion
from labelbridge.translate.syndiff.noise import Noise
from labelbridge.translate.syndiff.tiles import Corner

__all__ = ["denoise"]


@torch.inference_mode()
def denoise(
    generator: nn.Module,
    diffusion: Diffusion,
    source: Tensor,
    noise: Noise,
    corners: Sequence[Corner],
    after_step: Callable[[], None],
) -> Tensor:
    """Translate tiles: from x_4, which is noise, by way of x_3, x_2 and x_1 to x_0.

    Parameters
    ----------
    generator
        Takes cat[x_{t+1}, source] (B, 2, Y, X), t (B,) and z (B, 100), returns its estimate of x_0 (B, 1, Y, X).
    diffusion
        On the source's device.
    source
        Tiles of the image to translate, (B, 1, Y, X), float32 in [-1, 1].
    noise
        Of the whole image.
    corners
        Where in the image each tile begins.
    after_step
        Called after each of the four forward passes; may raise.

    Returns
    -------
    Tensor
        x_0, (B, 1, Y, X), float32 in [-1, 1], on the source's device.
    """
    shape = source.shape[-2], source.shape[-1]

    def epsilon(t: int) -> Tensor:
        fields = np.stack([noise.epsilon(t, corner, shape) for corner in corners])
        return torch.from_numpy(fields[:, None]).to(source.device)

    x = epsilon(STEPS)
    for step in reversed(range(STEPS)):
        t = torch.full((len(source),), step, device=source.device)
        z = torch.from_numpy(noise.z(step)).to(source.device).expand(len(source), -1)
        with reduced_precision(source.device):
            x0_hat = generator(torch.cat([x, source], dim=1), t, z)
        x = diffusion.posterior(x0_hat.float(), x, t, epsilon(step) if step else torch.zeros_like(x))
        after_step()
    return x
