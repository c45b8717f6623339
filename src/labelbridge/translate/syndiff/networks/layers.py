"""Layers that several networks share."""

import math
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["ROOT_HALF", "FirDown", "FirUp", "MinibatchDeviation", "convolved", "laid_out", "scaled", "sinusoid"]

ROOT_HALF = 0.5**0.5
"""A sum of two times this keeps the variance of each."""

_FIR = (1.0, 3.0, 3.0, 1.0)
_TINY_GAIN = 1e-10

_Layer = TypeVar("_Layer", nn.Conv2d, nn.Linear)


def scaled(layer: _Layer, gain: float = 1.0) -> _Layer:
    """Initialise uniformly with variance gain / fan_avg, biases with 0; a gain of 0 counts as 1e-10."""
    receptive = math.prod(layer.weight.shape[2:])
    fan_avg = (layer.weight.shape[0] + layer.weight.shape[1]) * receptive / 2
    bound = math.sqrt(3 * max(gain, _TINY_GAIN) / fan_avg)
    nn.init.uniform_(layer.weight, -bound, bound)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def laid_out(x: Tensor) -> Tensor:
    """Return x in the memory format in which a diffusive network is fastest, which goes on through all its layers.

    On a CPU that is channels last. Weights stay contiguous: there fused Adam is wrong, without a word, where a weight,
    its gradient and its moments do not lie in the same order (torch 2.15).
    """
    return x.contiguous(memory_format=torch.channels_last) if x.device.type == "cpu" else x


def convolved(layer: nn.Conv2d, x: Tensor, shift: Tensor) -> Tensor:
    """Return layer(x) with `shift` (B, C) added to its channels; of a single image the convolution adds it itself."""
    if len(x) > 1 or layer.bias is None:
        out: Tensor = layer(x) + shift[:, :, None, None]
        return out
    return F.conv2d(x, layer.weight, layer.bias + shift[0], layer.stride, layer.padding)


def sinusoid(t: Tensor, width: int) -> Tensor:
    """Return the embedding [sin | cos] of steps (B,) as (B, width), frequencies from 1 down to 1/10000."""
    half = width // 2
    frequencies = torch.exp(-math.log(10_000) / (half - 1) * torch.arange(half, dtype=torch.float32, device=t.device))
    angles = t.to(torch.float32)[:, None] * frequencies[None]
    return torch.cat([torch.sin(angles), torch.cos(angles)], dim=1)


class _Fir(nn.Module):
    """A fixed binomial filter, each channel by itself."""

    kernel: Tensor

    def __init__(self, channels: int, gain: float) -> None:
        super().__init__()
        row = torch.tensor(_FIR)
        kernel = gain * torch.outer(row, row) / row.sum() ** 2
        self.register_buffer("kernel", kernel.expand(channels, 1, 4, 4).contiguous(), persistent=False)


class FirDown(_Fir):
    """Halve the sides of (B, C, Y, X), zero beyond the border; with `stride` 1 and `padding` 2 only filter."""

    def __init__(self, channels: int, *, stride: int = 2, padding: int = 1) -> None:
        super().__init__(channels, 1.0)
        self._stride, self._padding = stride, padding

    def forward(self, x: Tensor) -> Tensor:
        """Filter."""
        return F.conv2d(x, self.kernel, stride=self._stride, padding=self._padding, groups=x.shape[1])


class FirUp(_Fir):
    """Double the sides of (B, C, Y, X), zero beyond the border."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, 4.0)

    def forward(self, x: Tensor) -> Tensor:
        """Filter."""
        return F.conv_transpose2d(x, self.kernel, stride=2, padding=1, groups=x.shape[1])


class MinibatchDeviation(nn.Module):
    """Append the mean standard deviation over the batch as a channel (Karras et al., arXiv 1710.10196).

    It is taken over groups of four, where the batch divides into such, and else over the whole batch.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C + 1, Y, X)."""
        batch, channels, height, width = x.shape
        group = batch if batch % 4 else 4
        groups = x.view(group, -1, channels, height, width)
        deviation = torch.sqrt(groups.var(0, unbiased=False) + 1e-8).mean((1, 2, 3))
        plane = deviation.view(-1, 1, 1, 1).repeat(group, 1, height, width)
        return torch.cat([x, plane], dim=1)
