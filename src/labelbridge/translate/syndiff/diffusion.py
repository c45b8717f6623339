"""The variance-preserving diffusion in four large steps, and its posterior.

Notation of Xiao, Kreis, Vahdat, Tackling the Generative Learning Trilemma with Denoising Diffusion GANs, ICLR 2022,
arXiv 2112.07804, which SynDiff takes over (Özbey et al., IEEE TMI 2023, arXiv 2207.08208).
"""

import torch
from torch import Tensor

__all__ = ["LATENT", "STEPS", "Diffusion"]

STEPS = 4
"""T: t runs over 0..T-1."""

LATENT = 100
"""Length of the latent z."""

_BETA_MIN, _BETA_MAX = 0.1, 20.0
_TAU_MIN = 1e-3
_BETA_0 = 1e-8
_TINY = 1e-20


class Diffusion:
    """Constants of the diffusion, and the two ways along it.

    Parameters
    ----------
    device
        Where the constants lie.

    Attributes
    ----------
    beta, a, sigma, A, S
        One value for each i = 0..T, float32: the variance added by step i, sqrt(1 - beta), sqrt(beta), the product of
        a up to i, and sqrt(1 - A²).
    c1, c2, variance
        One value for each t = 0..T-1, float32: the posterior of x_t given x_0 and x_{t+1}.
    """

    def __init__(self, device: torch.device | str = "cpu") -> None:
        tau = torch.arange(STEPS + 1, dtype=torch.float64) / STEPS * (1 - _TAU_MIN) + _TAU_MIN
        alpha_bar = torch.exp(-0.5 * tau**2 * (_BETA_MAX - _BETA_MIN) - tau * _BETA_MIN)
        beta = torch.cat([torch.tensor([_BETA_0], dtype=torch.float64), 1 - alpha_bar[1:] / alpha_bar[:-1]])
        a, sigma = torch.sqrt(1 - beta), torch.sqrt(beta)
        A = torch.cumprod(a, 0)
        # Of the posterior, step t takes x_{t+1} to x_t: its alphas begin with those of step 1.
        alpha = 1 - beta[1:]
        product = torch.cumprod(alpha, 0)
        before = torch.cat([torch.ones(1, dtype=torch.float64), product[:-1]])
        c1 = beta[1:] * torch.sqrt(before) / (1 - product)
        c2 = (1 - before) * torch.sqrt(alpha) / (1 - product)
        variance = beta[1:] * (1 - before) / (1 - product)

        def placed(values: Tensor) -> Tensor:
            return values.to(torch.float32).to(device)

        self.beta, self.a, self.sigma = placed(beta), placed(a), placed(sigma)
        self.A, self.S = placed(A), placed(torch.sqrt(1 - A**2))
        self.c1, self.c2, self.variance = placed(c1), placed(c2), placed(variance)

    def pair(self, x0: Tensor, t: Tensor, e1: Tensor, e2: Tensor) -> tuple[Tensor, Tensor]:
        """Return x_t and x_{t+1} of images.

        Parameters
        ----------
        x0
            Images (B, 1, Y, X) in [-1, 1].
        t
            Step of each, (B,), int64, 0..T-1.
        e1, e2
            Independent standard normal noise of the images' shape.
        """
        x_t = _of(self.A, t) * x0 + _of(self.S, t) * e1
        return x_t, _of(self.a, t + 1) * x_t + _of(self.sigma, t + 1) * e2

    def posterior(self, x0_hat: Tensor, x_next: Tensor, t: Tensor, e: Tensor) -> Tensor:
        """Return a sample of x_t given an estimate of x_0 and x_{t+1}; at t = 0 without noise.

        Parameters
        ----------
        x0_hat, x_next
            (B, 1, Y, X).
        t
            Step of each, (B,), int64, 0..T-1.
        e
            Standard normal noise of the images' shape.
        """
        deviation = torch.exp(0.5 * torch.log(self.variance.clamp(min=_TINY)))
        deviation = deviation * (torch.arange(STEPS, device=deviation.device) > 0)
        return _of(self.c1, t) * x0_hat + _of(self.c2, t) * x_next + _of(deviation, t) * e


def _of(values: Tensor, t: Tensor) -> Tensor:
    """Return the value of each step, to be broadcast over (B, 1, Y, X)."""
    return values[t].view(-1, 1, 1, 1)
