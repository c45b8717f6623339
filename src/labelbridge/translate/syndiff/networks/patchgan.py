"""The patch discriminator (Isola et al., CVPR 2017, arXiv 1611.07004)."""

from torch import Tensor, nn

from labelbridge.translate.syndiff.networks.resnet import instance_norm, normal_init
from labelbridge.translate.syndiff.settings import Architecture

__all__ = ["PatchGAN"]

_SLOPE = 0.2


class PatchGAN(nn.Module):
    """Tells whether patches of an image are real.

    Parameters
    ----------
    architecture
        Sizes.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        base = architecture.patchgan_channels
        layers: list[nn.Module] = [nn.Conv2d(1, base, 4, stride=2, padding=1), nn.LeakyReLU(_SLOPE)]
        for width, stride in ((base, 2), (2 * base, 2), (4 * base, 1)):
            layers += [nn.Conv2d(width, 2 * width, 4, stride, 1), instance_norm(2 * width), nn.LeakyReLU(_SLOPE)]
        layers += [nn.Conv2d(8 * base, 1, 4, padding=1)]
        self.layers = nn.Sequential(*layers)
        normal_init(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (B, 1, y, x) of the patches of (B, 1, Y, X), higher for real ones."""
        logits: Tensor = self.layers(x)
        return logits
