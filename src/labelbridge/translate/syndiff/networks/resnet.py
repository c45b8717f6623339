"""The non-diffusive generator: the ResNet of CycleGAN (Zhu et al., ICCV 2017, arXiv 1703.10593)."""

from torch import Tensor, nn

from labelbridge.translate.syndiff.settings import Architecture

__all__ = ["ResNetGenerator", "normal_init"]


class ResNetGenerator(nn.Module):
    """Translates an image in one go.

    Parameters
    ----------
    architecture
        Sizes.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        width = architecture.resnet_channels
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(1, width, 7), *_norm_relu(width)]
        for channels in (width, 2 * width):
            layers += [nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1), *_norm_relu(2 * channels)]
        layers += [_Block(4 * width) for _ in range(architecture.resnet_blocks)]
        for channels in (4 * width, 2 * width):
            up = nn.ConvTranspose2d(channels, channels // 2, 3, stride=2, padding=1, output_padding=1)
            layers += [up, *_norm_relu(channels // 2)]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, 1, 7), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        normal_init(self)

    def forward(self, x: Tensor) -> Tensor:
        """Translate (B, 1, Y, X) in [-1, 1] to the same; sides are multiples of 4."""
        out: Tensor = self.layers(x)
        return out


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            *_norm_relu(width),
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            nn.InstanceNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.layers(x)
        return out


def normal_init(network: nn.Module) -> None:
    """Draw the weights of all convolutions from N(0, 0.02²), their biases are 0."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, 0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def _norm_relu(channels: int) -> list[nn.Module]:
    return [nn.InstanceNorm2d(channels), nn.ReLU()]
