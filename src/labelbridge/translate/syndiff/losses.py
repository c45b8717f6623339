"""The terms of the losses, one function each."""

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["fake_loss", "gradient_penalty", "real_loss", "structure_loss", "tone_loss"]

_WINDOW_PX = 9
_AREA_PX = 8
_TINY = 1e-4


def real_loss(logits: Tensor) -> Tensor:
    """Return softplus(-D), which falls as D takes images for real: D's aim with real ones, G's with its own."""
    return F.softplus(-logits).mean()


def fake_loss(logits: Tensor) -> Tensor:
    """Return softplus(D), which falls as D takes images for made ones."""
    return F.softplus(logits).mean()


def gradient_penalty(logits: Tensor, images: Tensor, gamma: float) -> Tensor:
    """Return R1 = gamma/2 |∇D|² of real images, mean over the batch (Mescheder et al., arXiv 1801.04406).

    Parameters
    ----------
    logits
        D of the images, (B, 1).
    images
        (B, 1, Y, X), a leaf that requires a gradient.
    gamma
        Weight.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gamma / 2 * gradient.square().sum((1, 2, 3)).mean()


def structure_loss(made: Tensor, guide: Tensor) -> Tensor:
    """Return 1 - local correlation of a translation with its guide.

    It is 0 where each edge is in place with its sign and 2 where the contrast is inverted; brightness, contrast and
    shading do not count. The correlation is that of windows of 9 x 9 px, each weighted by the guide's contrast in it,
    so that noise of flat areas does not count either.

    Parameters
    ----------
    made
        Translation (B, 1, Y, X).
    guide
        The `intensity` translation of the same source, of the same shape.
    """
    mean_made, mean_guide = _mean(made), _mean(guide)
    covariance = _mean(made * guide) - mean_made * mean_guide
    variance_made = (_mean(made * made) - mean_made.square()).clamp(min=0)
    variance_guide = (_mean(guide * guide) - mean_guide.square()).clamp(min=0)
    correlation = covariance / torch.sqrt((variance_made + _TINY) * (variance_guide + _TINY))
    weight = torch.sqrt(variance_guide + _TINY)
    return ((1 - correlation) * weight).sum() / weight.sum()


def tone_loss(made: Tensor, guide: Tensor) -> Tensor:
    """Return the mean absolute difference in brightness of areas of 8 x 8 px, of a translation to its guide.

    What is finer does not count.

    Parameters
    ----------
    made
        Translation (B, 1, Y, X).
    guide
        The `intensity` translation of the same source, of the same shape.
    """
    return F.avg_pool2d(made - guide, _AREA_PX).abs().mean()


def _mean(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, _WINDOW_PX, stride=_WINDOW_PX // 3)
