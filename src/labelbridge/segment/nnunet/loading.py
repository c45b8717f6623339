"""Model folders into networks, without running anything that the folder names."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_model, save_model

from labelbridge.core import BACKGROUND, ClassMap, InputError, ModelCard
from labelbridge.io import atomic_path
from labelbridge.segment.models import read_card
from labelbridge.segment.nnunet.architecture import build_network, check_architecture
from labelbridge.segment.nnunet.plans import CONFIGURATION
from labelbridge.segment.nnunet.scaling import NORMALIZATIONS

__all__ = ["NnUnetModel", "describe_model", "load_networks", "read_json", "read_model", "read_weights", "write_weights"]


_MAX_JSON_BYTES = 10**8


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
    normalization
        nnU-Net's name of the normalisation, one of `NORMALIZATIONS` (nnunet/scaling.py).
    intensities
        nnU-Net's intensity properties of the training images' foreground, e.g. ``mean``, ``std``, ``percentile_00_5``;
        may be empty unless the normalisation is CTNormalization.
    """

    folder: Path
    card: ModelCard
    classes: ClassMap
    patch: tuple[int, int]
    architecture: dict[str, Any]
    normalization: str = "ZScoreNormalization"
    intensities: dict[str, float] = field(default_factory=dict)

    def network(self) -> torch.nn.Module:
        """Build the network, weights still random, without heads of deep supervision; InputError where it is none."""
        try:
            return build_network(self.architecture, len(self.classes))
        except (TypeError, ValueError, KeyError, IndexError, AssertionError, RuntimeError) as error:
            raise InputError(
                f"{self.folder}: got plans.json with a network that cannot be built ({error!r})."
            ) from error


def read_model(folder: Path) -> NnUnetModel:
    """Read plans.json, dataset.json and config.json of a model folder.

    Raises
    ------
    InputError
        Where a file is missing or unreadable, or `describe_model` refuses what it says.
    """
    return describe_model(
        folder, read_card(folder), *(read_json(folder / name) for name in ("plans.json", "dataset.json"))
    )


def describe_model(folder: Path, card: ModelCard, plans: dict[str, Any], dataset: dict[str, Any]) -> NnUnetModel:
    """Return what plans and dataset say.

    Parameters
    ----------
    folder
        Where they are from.
    card
        The model's card.
    plans, dataset
        Contents of plans.json and dataset.json, in the form in which LabelBridge writes them.

    Raises
    ------
    InputError
        Where something is missing or of another kind, axon or myelin is not among the classes, or the plans name a
        class that is not on the allow-list.
    """
    try:
        configuration = plans["configurations"][CONFIGURATION]
        height, width = (int(side) for side in configuration["patch_size"])
        architecture, schemes = configuration["architecture"], configuration["normalization_schemes"]
        intensities = _intensities(plans)
        classes = _classes(dataset["labels"])
        check_architecture(folder / "plans.json", architecture)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{folder}: got plans.json or dataset.json not as nnU-Net v2 writes them ({error!r}); copy them again."
        ) from error
    _check_normalization(folder, schemes, intensities)
    return NnUnetModel(folder, card, classes, (height, width), architecture, schemes[0], intensities)


def load_networks(model: NnUnetModel, device: torch.device) -> list[torch.nn.Module]:
    """Load the network of every fold for prediction on `device`; raises InputError for weights that do not fit."""
    return [_load(model, fold).to(device).eval() for fold in _folds(model)]


def read_weights(folder: Path, fold: str) -> dict[str, torch.Tensor]:
    """Return the weights of fold `fold`, or of the first fold where the model has no such; InputError as elsewhere."""
    model = read_model(folder)
    folds = _folds(model)
    return dict(_load(model, fold if fold in folds else folds[0]).state_dict())


def read_json(path: Path, shown: Path | None = None) -> dict[str, Any]:
    """Read a JSON object; raises InputError, which names `shown`, where the file is missing or holds none."""
    shown = shown or path
    if not path.is_file():
        raise InputError(f"{shown.parent}: got no {path.name} in it, expected a whole model folder; copy it again.")
    if path.stat().st_size > _MAX_JSON_BYTES:
        raise InputError(
            f"{shown}: got more than {_MAX_JSON_BYTES / 1e6:.0f} MB, expected a small file; do not use it."
        )
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError(f"{shown}: got a file that is not JSON; copy the model again.") from error
    if not isinstance(content, dict):
        raise InputError(f"{shown}: got {type(content).__name__}, expected a JSON object; copy the model again.")
    return content


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
    network = model.network()
    try:
        load_model(network, path)
    except (SafetensorError, RuntimeError, OSError) as error:
        raise InputError(
            f"{path}: got weights that are damaged or of another network than plans.json; copy the model again."
        ) from error
    return network


def _classes(labels: dict[str, int]) -> ClassMap:
    if not isinstance(labels, dict):
        raise TypeError(f"labels are {type(labels).__name__}")
    names = sorted(labels, key=lambda name: labels[name])
    if [labels[name] for name in names] != list(range(len(names))):
        raise InputError(f"got the labels {labels}, expected consecutive values from {BACKGROUND} 0.")
    return ClassMap(tuple(names))


def _intensities(plans: dict[str, Any]) -> dict[str, float]:
    properties = plans.get("foreground_intensity_properties_per_channel") or {}
    return {name: float(value) for name, value in properties.get("0", {}).items()}


def _check_normalization(folder: Path, schemes: object, intensities: Mapping[str, float]) -> None:
    """Raise InputError unless there is one channel, normalised in a way that LabelBridge knows."""
    if not isinstance(schemes, list) or len(schemes) != 1 or schemes[0] not in tuple(NORMALIZATIONS):
        raise InputError(
            f"{folder / 'plans.json'}: got the normalisation {schemes}, expected one channel and one of "
            f"{list(NORMALIZATIONS)}."
        )
    missing = {"mean", "std", "percentile_00_5", "percentile_99_5"} - set(intensities)
    if schemes == ["CTNormalization"] and missing:
        raise InputError(
            f"{folder / 'plans.json'}: got no {sorted(missing)}, which CTNormalization needs; copy it again."
        )
