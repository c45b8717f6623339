"""The eight networks of SynDiff: four for images of each modality."""

from labelbridge.translate.syndiff.networks.compiling import check_compiler, compile_networks
from labelbridge.translate.syndiff.networks.domain import Discriminators, Generators, Networks
from labelbridge.translate.syndiff.networks.ncsnpp import DiffusiveGenerator
from labelbridge.translate.syndiff.networks.patchgan import PatchGAN
from labelbridge.translate.syndiff.networks.resnet import ResNetGenerator
from labelbridge.translate.syndiff.networks.timediscriminator import DiffusiveDiscriminator

__all__ = [
    "DiffusiveDiscriminator",
    "DiffusiveGenerator",
    "Discriminators",
    "Generators",
    "Networks",
    "PatchGAN",
    "ResNetGenerator",
    "check_compiler",
    "compile_networks",
]
