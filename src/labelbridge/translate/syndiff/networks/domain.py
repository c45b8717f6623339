"""Which networks there are."""

from torch import nn

from labelbridge.translate.syndiff.networks.ncsnpp import DiffusiveGenerator
from labelbridge.translate.syndiff.networks.patchgan import PatchGAN
from labelbridge.translate.syndiff.networks.resnet import ResNetGenerator
from labelbridge.translate.syndiff.networks.timediscriminator import DiffusiveDiscriminator
from labelbridge.translate.syndiff.settings import Architecture

__all__ = ["Discriminators", "Generators", "Networks"]


class Generators(nn.Module):
    """What makes images of one modality from images of the other.

    Attributes
    ----------
    diffusive
        Translates in four diffusion steps; what is kept in the end.
    direct
        Translates in one go; gives the diffusive generator of the other modality its sources.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.diffusive = DiffusiveGenerator(architecture)
        self.direct = ResNetGenerator(architecture)


class Discriminators(nn.Module):
    """What judges images of one modality.

    Attributes
    ----------
    diffusive, direct
        Judge what the generators of the same names made.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.diffusive = DiffusiveDiscriminator(architecture)
        self.direct = PatchGAN(architecture)


class _GeneratorsOfBoth(nn.Module):
    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.labeled, self.unlabeled = Generators(architecture), Generators(architecture)


class _DiscriminatorsOfBoth(nn.Module):
    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.labeled, self.unlabeled = Discriminators(architecture), Discriminators(architecture)


class Networks(nn.Module):
    """All eight networks.

    Attributes
    ----------
    generators
        `labeled` make images of L, `unlabeled` images of U.
    discriminators
        `labeled` judge images of L, `unlabeled` images of U.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.generators = _GeneratorsOfBoth(architecture)
        self.discriminators = _DiscriminatorsOfBoth(architecture)
