"""The networks that plans may name: an allow-list, so that nothing a model folder says is looked up or run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from labelbridge.core import InputError

__all__ = ["NETWORK_MODULE", "build_network", "check_architecture"]

NETWORK_MODULE = "dynamic_network_architectures.architectures.unet"
"""Where nnU-Net's plans say that its networks are."""

_NETWORKS = {f"{NETWORK_MODULE}.{name}" for name in ("PlainConvUNet", "ResidualEncoderUNet")}
_PARTS: dict[str, type[torch.nn.Module]] = {
    name: part
    for part in (
        torch.nn.Conv2d,
        torch.nn.InstanceNorm2d,
        torch.nn.BatchNorm2d,
        torch.nn.Dropout,
        torch.nn.Dropout2d,
        torch.nn.LeakyReLU,
        torch.nn.ReLU,
    )
    for name in (f"{part.__module__}.{part.__name__}", f"torch.nn.{part.__name__}")
}
_IMPORTABLE = {"conv_op", "norm_op", "dropout_op", "nonlin"}
_COUNTS = {"n_stages": 16, "n_conv_per_stage": 64, "n_conv_per_stage_decoder": 64, "n_blocks_per_stage": 64}
"""The most of each that is built; nnU-Net plans far fewer."""


def check_architecture(plans: Path, architecture: Mapping[str, Any]) -> None:
    """Raise InputError unless every class named is on the allow-list and no number is out of all proportion.

    Parameters
    ----------
    plans
        The plans' file, for the message.
    architecture
        Entry ``architecture`` of a configuration.
    """
    arguments = architecture["arch_kwargs"]
    named = [architecture["network_class_name"]] + [arguments[key] for key in _IMPORTABLE if arguments.get(key)]
    foreign = [name for name in named if name not in _NETWORKS and name not in _PARTS]
    foreign += sorted(set(architecture["_kw_requires_import"]) - _IMPORTABLE)
    if named[0] not in _NETWORKS or foreign:
        raise InputError(
            f"{plans}: got a network made of {foreign or named[:1]}, which LabelBridge does not run; "
            "expected a plain or residual-encoder U-Net of nnU-Net v2."
        )
    for key, most in _COUNTS.items():
        counts = arguments.get(key, 0)
        if max(counts if isinstance(counts, list) else [counts], default=0) > most:
            raise InputError(f"{plans}: got {counts} for {key}, expected at most {most}.")


def build_network(architecture: Mapping[str, Any], classes: int) -> torch.nn.Module:
    """Build a checked architecture for one grey channel, weights still random, without heads of deep supervision.

    Raises
    ------
    TypeError, ValueError, KeyError, AssertionError, RuntimeError
        Where the arguments do not make a network.
    """
    from dynamic_network_architectures.architectures import unet

    kind = getattr(unet, architecture["network_class_name"].rpartition(".")[2])
    arguments = {
        name: _PARTS[value] if name in _IMPORTABLE and value is not None else value
        for name, value in architecture["arch_kwargs"].items()
    }
    built: torch.nn.Module = kind(input_channels=1, num_classes=classes, deep_supervision=False, **arguments)
    return built
