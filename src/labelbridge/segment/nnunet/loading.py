"""Model folders into networks, without running anything that the folder names."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_model, save_model

from labelbridge.core import BACKGROUND, ClassMap, InputError, ModelCard
from labelbridge.io import atomic_path
from labelbridge.segment.models import read_card
from labelbridge.segment.nnunet.plans import CONFIGURATION

__all__ = ["NnUnetModel", "load_networks", "read_model", "read_weights", "write_weights"]

_NETWORKS = {
    "dynamic_network_architectures.architectures.unet.PlainConvUNet",
    "dynamic_network_architectures.architectures.unet.ResidualEncoderUNet",
}
_PARTS: dict[str, type[torch.nn.Module]] = {
    "torch.nn.modules.conv.Conv2d": torch.nn.Conv2d,
    "torch.nn.modules.instancenorm.InstanceNorm2d": torch.nn.InstanceNorm2d,
    "torch.nn.LeakyReLU": torch.nn.LeakyReLU,
}
_IMPORTABLE = {"conv_op", "norm_op", "dropout_op", "nonlin"}


@dataclass(frozen=True)
class NnUnetModel:
    """What a model folder says, weights aside.

    Attributes
    ----------
    folder
        The model folder.
    card
        Its config.json.
    classes
        Class names in the order of the network's outputs.
    patch
        Height and width in px that the network was trained at.
    architecture
        Entry ``architecture`` of the plans: only names from the allow-list.
    """

    folder: Path
    card: ModelCard
    classes: ClassMap
    patch: tuple[int, int]
    architecture: dict[str, Any]

    def network(self) -> torch.nn.Module:
        """Build the network, weights still random, without the heads of deep supervision."""
        from dynamic_network_architectures.architectures import unet

        kind = getattr(unet, self.architecture["network_class_name"].rpartition(".")[2])
        arguments = {
            name: _PARTS[value] if name in _IMPORTABLE and value is not None else value
            for name, value in self.architecture["arch_kwargs"].items()
        }
        built: torch.nn.Module = kind(
            input_channels=1, num_classes=len(self.classes), deep_supervision=False, **arguments
        )
        return built


def read_model(folder: Path) -> NnUnetModel:
    """Read plans.json, dataset.json and config.json of a model folder.

    Raises
    ------
    InputError
        Where a file is missing or unreadable, axon or myelin is not among the classes, or the plans name a class
        that is not on the allow-list.
    """
    card = read_card(folder)
    plans, dataset = (_read_json(folder / name) for name in ("plans.json", "dataset.json"))
    try:
        configuration = plans["configurations"][CONFIGURATION]
        height, width = (int(side) for side in configuration["patch_size"])
        architecture, schemes = configuration["architecture"], configuration["normalization_schemes"]
        classes = _classes(dataset["labels"])
        _check_architecture(folder, architecture)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{folder}: got plans.json or dataset.json not as nnU-Net v2 writes them ({error!r}); copy them again."
        ) from error
    if schemes != ["ZScoreNormalization"]:
        raise InputError(f"{folder}: got the normalisation {schemes}, expected one channel of ZScoreNormalization.")
    return NnUnetModel(folder, card, classes, (height, width), architecture)


def load_networks(model: NnUnetModel, device: torch.device) -> list[torch.nn.Module]:
    """Load the network of every fold for prediction on `device`; raises InputError for weights that do not fit."""
    return [_load(model, fold).to(device).eval() for fold in _folds(model)]


def read_weights(folder: Path, fold: str) -> dict[str, torch.Tensor]:
    """Return the weights of fold `fold`, or of the first fold where the model has no such; InputError as elsewhere."""
    model = read_model(folder)
    folds = _folds(model)
    return dict(_load(model, fold if fold in folds else folds[0]).state_dict())


def write_weights(network: torch.nn.Module, path: Path) -> None:
    """Write a network's weights as safetensors, in one step."""
    with atomic_path(path, overwrite=True) as temporary:
        save_model(network, str(temporary))


def _folds(model: NnUnetModel) -> list[str]:
    folds = [fold for fold in model.card.folds if (model.folder / f"fold_{fold}" / "model.safetensors").is_file()]
    missing = set(model.card.folds) - set(folds)
    if missing or not folds:
        names = ", ".join(f"fold_{fold}/model.safetensors" for fold in sorted(missing)) or "any fold"
        raise InputError(f"{model.folder}: got a model folder without {names}; copy the whole folder again.")
    return folds


def _load(model: NnUnetModel, fold: str) -> torch.nn.Module:
    path = model.folder / f"fold_{fold}" / "model.safetensors"
    try:
        network = model.network()
    except (TypeError, ValueError, KeyError, AssertionError, RuntimeError) as error:
        raise InputError(f"{model.folder}: got plans.json with a network that cannot be built ({error!r}).") from error
    try:
        load_model(network, path)
    except (SafetensorError, RuntimeError, OSError) as error:
        raise InputError(
            f"{path}: got weights that are damaged or of another network than plans.json; copy the model again."
        ) from error
    return network


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"{path.parent}: got no {path.name} in it, expected a whole model folder; copy it again.")
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise InputError(f"{path}: got a file that is not JSON; copy the model again.") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: got {type(content).__name__}, expected a JSON object; copy the model again.")
    return content


def _classes(labels: dict[str, int]) -> ClassMap:
    names = sorted(labels, key=lambda name: labels[name])
    if [labels[name] for name in names] != list(range(len(names))):
        raise InputError(f"got the labels {labels}, expected consecutive values from {BACKGROUND} 0.")
    return ClassMap(tuple(names))


def _check_architecture(folder: Path, architecture: dict[str, Any]) -> None:
    """Raise InputError unless every name of a class is on the allow-list."""
    arguments = architecture["arch_kwargs"]
    named = [architecture["network_class_name"]] + [arguments[key] for key in _IMPORTABLE if arguments.get(key)]
    foreign = [name for name in named if name not in _NETWORKS and name not in _PARTS]
    foreign += sorted(set(architecture["_kw_requires_import"]) - _IMPORTABLE)
    if named[0] not in _NETWORKS or foreign:
        raise InputError(
            f"{folder / 'plans.json'}: got a network made of {foreign or named[:1]}, which LabelBridge does not run; "
            "expected a plain or residual-encoder U-Net of nnU-Net v2."
        )
