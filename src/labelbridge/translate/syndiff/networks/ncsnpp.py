"""The diffusive generator: NCSN++ with a latent.

Song et al., ICLR 2021, arXiv 2011.13456; the latent conditions it by adaptive group norm as in Xiao et al., ICLR 2022,
arXiv 2112.07804.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from labelbridge.translate.syndiff.diffusion import LATENT
from labelbridge.translate.syndiff.networks.layers import (
    ROOT_HALF,
    FirDown,
    FirUp,
    convolved,
    laid_out,
    scaled,
    sinusoid,
)
from labelbridge.translate.syndiff.settings import Architecture

__all__ = ["DiffusiveGenerator"]

_EPS = 1e-6


class DiffusiveGenerator(nn.Module):
    """Estimates x_0 of one modality from x_{t+1} and the source image of the other.

    Parameters
    ----------
    architecture
        Sizes.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        base, blocks = architecture.generator_channels, architecture.generator_blocks
        channels = [base * multiplier for multiplier in architecture.generator_multipliers]
        last = len(channels) - 1
        embedding = 4 * base
        self.time = _TimeEmbedding(base, embedding)
        self.latent = _LatentEmbedding(embedding)
        self.head = scaled(nn.Conv2d(2, base, 3, padding=1))
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        skips, width, pyramid = [base], base, 2
        for level, wanted in enumerate(channels):
            attends = level in architecture.attention_levels
            self.down.append(_DownLevel(width, wanted, pyramid, blocks, embedding, attends=attends, ends=level == last))
            skips += [wanted] * (blocks + (level < last))
            width = pyramid = wanted
        self.middle_1 = _Block(width, width, embedding)
        self.middle_attention = _Attention(width)
        self.middle_2 = _Block(width, width, embedding)
        for level in range(last, -1, -1):
            inputs = []
            for _ in range(blocks + 1):
                inputs.append(width + skips.pop())
                width = channels[level]
            attends = level in architecture.attention_levels
            self.up.append(_UpLevel(inputs, width, embedding, attends=attends, ends=level == 0))
        self.tail_norm = nn.GroupNorm(_groups(width), width, _EPS)
        self.tail = scaled(nn.Conv2d(width, 2, 3, padding=1), 0.0)

    def forward(self, x: Tensor, t: Tensor, z: Tensor) -> Tensor:
        """Estimate x_0.

        Parameters
        ----------
        x
            x_{t+1} and the source, (B, 2, Y, X), about [-1, 1]; sides are multiples of the architecture's.
        t
            Step, (B,), int64, 0..3.
        z
            Latent, (B, 100), standard normal.

        Returns
        -------
        Tensor
            (B, 1, Y, X) in [-1, 1].
        """
        time, latent = F.silu(self.time(t)), self.latent(z)
        pyramid = laid_out(x)
        h = self.head(pyramid)
        skips = [h]
        for level in self.down:
            h, pyramid = level(h, pyramid, time, latent, skips)
        h = self.middle_1(h, time, latent)
        h = self.middle_attention(h)
        h = self.middle_2(h, time, latent)
        for level in self.up:
            h = level(h, time, latent, skips)
        # Of the two channels that the published network has, only the first is trained and used.
        return torch.tanh(self.tail(F.silu(self.tail_norm(h)))[:, :1])


class _TimeEmbedding(nn.Module):
    def __init__(self, sines: int, width: int) -> None:
        super().__init__()
        self._sines = sines
        self.linear_1 = scaled(nn.Linear(sines, width))
        self.linear_2 = scaled(nn.Linear(width, width))

    def forward(self, t: Tensor) -> Tensor:
        embedding: Tensor = self.linear_2(
            F.silu(self.linear_1(sinusoid(t, self._sines).to(self.linear_1.weight.dtype)))
        )
        return embedding


class _LatentEmbedding(nn.Module):
    """z, normalised, through four linear layers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(scaled(nn.Linear(LATENT if i == 0 else width, width)) for i in range(4))

    def forward(self, z: Tensor) -> Tensor:
        z = z / torch.sqrt(z.square().mean(1, keepdim=True) + 1e-8)
        for layer in self.layers:
            z = F.silu(layer(z))
        return z


class _DownLevel(nn.Module):
    """Blocks of one level, then half the size: a block, joined with the pyramid of the input."""

    def __init__(
        self, width: int, wanted: int, pyramid: int, blocks: int, embedding: int, *, attends: bool, ends: bool
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(_Block(width if i == 0 else wanted, wanted, embedding) for i in range(blocks))
        self.attentions = nn.ModuleList(_Attention(wanted) for _ in range(blocks if attends else 0))
        self.shrink = None if ends else _Block(wanted, wanted, embedding, resample=FirDown(wanted))
        self.pyramid_fir = None if ends else FirDown(pyramid, stride=1, padding=2)
        self.pyramid = None if ends else scaled(nn.Conv2d(pyramid, wanted, 3, stride=2))

    def forward(
        self, h: Tensor, pyramid: Tensor, time: Tensor, latent: Tensor, skips: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        for index, block in enumerate(self.blocks):
            h = block(h, time, latent)
            if self.attentions:
                h = self.attentions[index](h)
            skips.append(h)
        if self.shrink is None or self.pyramid_fir is None or self.pyramid is None:
            return h, pyramid
        h = (self.pyramid(self.pyramid_fir(pyramid)) + self.shrink(h, time, latent)) * ROOT_HALF
        skips.append(h)
        return h, h


class _UpLevel(nn.Module):
    """Blocks of one level on what came down, then double the size."""

    def __init__(self, inputs: list[int], wanted: int, embedding: int, *, attends: bool, ends: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(_Block(width, wanted, embedding) for width in inputs)
        self.attention = _Attention(wanted) if attends else None
        self.grow = None if ends else _Block(wanted, wanted, embedding, resample=FirUp(wanted))

    def forward(self, h: Tensor, time: Tensor, latent: Tensor, skips: list[Tensor]) -> Tensor:
        for block in self.blocks:
            h = block(torch.cat([h, skips.pop()], dim=1), time, latent)
        if self.attention is not None:
            h = self.attention(h)
        return h if self.grow is None else self.grow(h, time, latent)


class _Block(nn.Module):
    """Residual block of BigGAN, which may resample."""

    def __init__(self, width: int, wanted: int, embedding: int, resample: nn.Module | None = None) -> None:
        super().__init__()
        self.resample = resample
        self.norm_1 = _AdaptiveGroupNorm(width, embedding)
        self.conv_1 = scaled(nn.Conv2d(width, wanted, 3, padding=1))
        self.time = scaled(nn.Linear(embedding, wanted))
        self.norm_2 = _AdaptiveGroupNorm(wanted, embedding)
        self.conv_2 = scaled(nn.Conv2d(wanted, wanted, 3, padding=1), 0.0)
        self.skip = scaled(nn.Conv2d(width, wanted, 1)) if width != wanted or resample is not None else None

    def forward(self, x: Tensor, time: Tensor, latent: Tensor) -> Tensor:
        h = F.silu(self.norm_1(x, latent))
        if self.resample is not None:
            h, x = self.resample(h), self.resample(x)
        h = convolved(self.conv_1, h, self.time(time))
        h = self.conv_2(F.silu(self.norm_2(h, latent)))
        if self.skip is not None:
            x = self.skip(x)
        out: Tensor = (x + h) * ROOT_HALF
        return out


class _AdaptiveGroupNorm(nn.Module):
    """Group norm whose scale and shift come from the latent."""

    def __init__(self, channels: int, embedding: int) -> None:
        super().__init__()
        self._groups = _groups(channels)
        self.style = scaled(nn.Linear(embedding, 2 * channels))
        with torch.no_grad():
            self.style.bias[:channels] = 1.0

    def forward(self, x: Tensor, latent: Tensor) -> Tensor:
        gamma, beta = self.style(latent).chunk(2, dim=1)
        if len(x) == 1:  # one kernel then does it all
            return F.group_norm(x, self._groups, gamma[0], beta[0], _EPS)
        x = F.group_norm(x, self._groups, eps=_EPS)
        out: Tensor = gamma[:, :, None, None] * x + beta[:, :, None, None]
        return out


class _Attention(nn.Module):
    """One head over all pixels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(_groups(channels), channels, _EPS)
        self.query = scaled(nn.Conv2d(channels, channels, 1), 0.1)
        self.key = scaled(nn.Conv2d(channels, channels, 1), 0.1)
        self.value = scaled(nn.Conv2d(channels, channels, 1), 0.1)
        self.out = scaled(nn.Conv2d(channels, channels, 1), 0.0)

    def forward(self, x: Tensor) -> Tensor:
        normed = self.norm(x)
        query, key, value = (
            layer(normed).flatten(2).transpose(1, 2)[:, None] for layer in (self.query, self.key, self.value)
        )
        seen = F.scaled_dot_product_attention(query, key, value)[:, 0].transpose(1, 2).reshape(x.shape)
        out: Tensor = (x + self.out(seen)) * ROOT_HALF
        return out


def _groups(channels: int) -> int:
    return min(channels // 4, 32)
