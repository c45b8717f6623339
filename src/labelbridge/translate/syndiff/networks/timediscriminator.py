"""The diffusive discriminator, which knows the step (Xiao et al., ICLR 2022, arXiv 2112.07804)."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from labelbridge.translate.syndiff.networks.layers import (
    ROOT_HALF,
    FirDown,
    MinibatchDeviation,
    convolved,
    laid_out,
    scaled,
    sinusoid,
)
from labelbridge.translate.syndiff.settings import Architecture

__all__ = ["DiffusiveDiscriminator"]

_SLOPE = 0.2


class DiffusiveDiscriminator(nn.Module):
    """Tells whether x_t came from a real image, given x_{t+1}.

    Parameters
    ----------
    architecture
        Sizes.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        channels = architecture.discriminator_channels
        self._embedding = 2 * channels[0]
        self.time_1 = scaled(nn.Linear(self._embedding, self._embedding))
        self.time_2 = scaled(nn.Linear(self._embedding, self._embedding))
        self.head = scaled(nn.Conv2d(2, channels[0], 1))
        self.blocks = nn.ModuleList(_Block(width, wanted, self._embedding) for width, wanted in pairwise(channels))
        self.deviation = MinibatchDeviation()
        self.conv = scaled(nn.Conv2d(channels[-1] + 1, channels[-1], 3, padding=1))
        self.tail = scaled(nn.Linear(channels[-1], 1))

    def forward(self, x_t: Tensor, t: Tensor, x_next: Tensor) -> Tensor:
        """Judge pairs.

        Parameters
        ----------
        x_t, x_next
            x_t and x_{t+1}, (B, 1, Y, X).
        t
            Step, (B,), int64, 0..3.

        Returns
        -------
        Tensor
            Logits (B, 1), higher for real pairs.
        """
        time = F.leaky_relu(self.time_1(sinusoid(t, self._embedding).to(self.time_1.weight.dtype)), _SLOPE)
        time = F.leaky_relu(self.time_2(time), _SLOPE)
        h = self.head(laid_out(torch.cat([x_t, x_next], dim=1)))
        for block in self.blocks:
            h = block(h, time)
        h = F.leaky_relu(self.conv(self.deviation(h)), _SLOPE)
        logits: Tensor = self.tail(h.sum((2, 3)))
        return logits


class _Block(nn.Module):
    """Residual block that halves the sides."""

    def __init__(self, width: int, wanted: int, embedding: int) -> None:
        super().__init__()
        self.conv_1 = scaled(nn.Conv2d(width, wanted, 3, padding=1))
        self.time = scaled(nn.Linear(embedding, wanted))
        self.fir, self.skip_fir = FirDown(wanted), FirDown(width)
        self.conv_2 = scaled(nn.Conv2d(wanted, wanted, 3, padding=1), 0.0)
        self.skip = scaled(nn.Conv2d(width, wanted, 1, bias=False))

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        h = convolved(self.conv_1, F.leaky_relu(x, _SLOPE), self.time(time))
        h = self.conv_2(self.fir(F.leaky_relu(h, _SLOPE)))
        out: Tensor = (h + self.skip(self.skip_fir(x))) * ROOT_HALF
        return out
