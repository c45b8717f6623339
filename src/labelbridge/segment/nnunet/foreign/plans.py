"""Plans of any nnU-Net v2 in the form in which LabelBridge keeps them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labelbridge.core import InputError
from labelbridge.segment.nnunet.architecture import NETWORK_MODULE
from labelbridge.segment.nnunet.plans import CONFIGURATION

__all__ = ["check_channels", "kept_plans"]

_PREPROCESSOR = "DefaultPreprocessor"
_INTENSITIES = "foreground_intensity_properties_per_channel"
_OLD_INTENSITIES = "foreground_intensity_properties_by_modality"
_OLD_ARCHITECTURE = {
    "UNet_class_name",
    "UNet_base_num_features",
    "unet_max_num_features",
    "n_conv_per_stage_encoder",
    "n_conv_per_stage_decoder",
    "num_pool_per_axis",
    "pool_op_kernel_sizes",
    "conv_kernel_sizes",
}
"""What plans before nnunetv2 2.4 said instead of ``architecture``."""


def check_channels(dataset: Mapping[str, Any], shown: Path) -> None:
    """Raise InputError where a model wants more than one grey channel; `shown` is dataset.json, for the message."""
    channels = dataset.get("channel_names") or dataset.get("modality") or {}
    if len(channels) > 1:
        raise InputError(
            f"{shown}: got a model of {len(channels)} channels ({', '.join(map(str, channels.values()))}), "
            "expected one; LabelBridge gives models one grey channel."
        )


def kept_plans(plans: Mapping[str, Any], configuration: str, shown: Path) -> dict[str, Any]:
    """Return plans with one configuration, ``2d``, which inherits nothing and says its architecture as today.

    Parameters
    ----------
    plans
        Content of plans.json; is not changed.
    configuration
        The one that the weights are for.
    shown
        That file, for messages.

    Raises
    ------
    InputError
        Where the configuration is missing, not for planes, or wants preprocessing of its own.
    KeyError, TypeError, AttributeError
        Where entries are missing or of another kind.
    """
    configurations = plans["configurations"]
    if configuration not in configurations:
        raise InputError(f"{shown}: got the configurations {sorted(configurations)}, expected '{configuration}'.")
    chosen = _resolved(configurations, configuration)
    if len(chosen["patch_size"]) != 2:
        raise InputError(
            f"{shown}: got a model of volumes ({configuration}), expected one of planes, nnU-Net's configuration 2d."
        )
    if chosen.get("preprocessor_name", _PREPROCESSOR) != _PREPROCESSOR:
        raise InputError(
            f"{shown}: got the preprocessor {chosen['preprocessor_name']}, which is not part of nnU-Net; "
            f"expected {_PREPROCESSOR}."
        )
    architecture = chosen.get("architecture") or _architecture(chosen)
    rest = {key: value for key, value in chosen.items() if key not in _OLD_ARCHITECTURE}
    top = {key: value for key, value in plans.items() if key != _OLD_INTENSITIES}
    return top | {
        _INTENSITIES: plans.get(_INTENSITIES) or plans.get(_OLD_INTENSITIES) or {},
        "configurations": {CONFIGURATION: rest | {"architecture": _where_it_is_now(architecture)}},
    }


def _resolved(configurations: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a configuration with all that it inherits."""
    chain = [name]
    while parent := configurations[chain[-1]].get("inherits_from"):
        if parent in chain:
            raise KeyError(f"{name} inherits from itself")
        chain.append(parent)
    resolved = {key: value for one in reversed(chain) for key, value in configurations[one].items()}
    resolved.pop("inherits_from", None)
    return resolved


def _architecture(old: Mapping[str, Any]) -> dict[str, Any]:
    """Say in today's form what plans before nnunetv2 2.4 left to the trainer."""
    kind, convolutions = old["UNet_class_name"], old["n_conv_per_stage_encoder"]
    widths = (old["UNet_base_num_features"] * 2**stage for stage in range(len(convolutions)))
    arguments = {
        "n_stages": len(convolutions),
        "features_per_stage": [min(width, old["unet_max_num_features"]) for width in widths],
        "conv_op": "torch.nn.modules.conv.Conv2d",
        "kernel_sizes": old["conv_kernel_sizes"],
        "strides": old["pool_op_kernel_sizes"],
        "n_conv_per_stage" if kind == "PlainConvUNet" else "n_blocks_per_stage": convolutions,
        "n_conv_per_stage_decoder": old["n_conv_per_stage_decoder"],
        "conv_bias": True,
        "norm_op": "torch.nn.modules.instancenorm.InstanceNorm2d",
        "norm_op_kwargs": {"eps": 1e-5, "affine": True},
        "dropout_op": None,
        "dropout_op_kwargs": None,
        "nonlin": "torch.nn.LeakyReLU",
        "nonlin_kwargs": {"inplace": True},
    }
    return {
        "network_class_name": f"{NETWORK_MODULE}.{kind}",
        "arch_kwargs": arguments,
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }


def _where_it_is_now(architecture: Mapping[str, Any]) -> dict[str, Any]:
    """Follow a network that moved within its package."""
    name = architecture["network_class_name"].replace(".residual_unet.ResidualEncoderUNet", ".unet.ResidualEncoderUNet")
    return {**architecture, "network_class_name": name}
