"""Export: a model folder as stock nnU-Net's programs read it."""

import json
from pathlib import Path
from typing import Any

import torch

from labelbridge.io.newfolder import new_folder
from labelbridge.segment.nnunet.loading import load_networks, read_json, read_model
from labelbridge.segment.nnunet.plans import CONFIGURATION

__all__ = ["export_model"]

_PLANS = "nnUNetPlans"
_TRAINER = "nnUNetTrainer"


def export_model(folder: Path, out: Path) -> Path:
    """Write a model as a folder of nnU-Net's results.

    Stock nnU-Net takes images as they are. So that it predicts as LabelBridge does, give it images whose fibres have
    the card's structure size and, where the card's intensities are ``percentiles``, that are scaled as in
    nnunet/scaling.py.

    Parameters
    ----------
    folder
        Model folder of LabelBridge.
    out
        Folder for the results; may exist.

    Returns
    -------
    Path
        ``nnUNetTrainer__nnUNetPlans__2d`` in `out`, for `initialize_from_trained_model_folder`.

    Raises
    ------
    InputError
        Where the model cannot be read, or that folder exists and is not empty.
    """
    model = read_model(folder)
    plans, dataset = read_json(folder / "plans.json") | {"plans_name": _PLANS}, read_json(folder / "dataset.json")
    networks = load_networks(model, torch.device("cpu"))
    target = out / f"{_TRAINER}__{_PLANS}__{CONFIGURATION}"
    with new_folder(target) as building:
        (building / "plans.json").write_text(json.dumps(plans, indent=2), encoding="utf-8")
        (building / "dataset.json").write_text(json.dumps(dataset, indent=2), encoding="utf-8")
        for fold, network in zip(model.card.folds, networks, strict=True):
            path = building / f"fold_{fold}" / "checkpoint_final.pth"
            path.parent.mkdir()
            torch.save(_checkpoint(network, fold, plans, dataset, model.card.mirror_axes), path)
    return target


def _checkpoint(
    network: torch.nn.Module, fold: str, plans: dict[str, Any], dataset: dict[str, Any], mirror_axes: tuple[int, ...]
) -> dict[str, Any]:
    """Return what nnU-Net's trainer would save of a finished fold, the optimizer aside."""
    return {
        "network_weights": network.state_dict(),
        "optimizer_state": None,
        "grad_scaler_state": None,
        "init_args": {
            "plans": plans,
            "configuration": CONFIGURATION,
            "fold": fold if fold == "all" else int(fold),
            "dataset_json": dataset,
        },
        "trainer_name": _TRAINER,
        "inference_allowed_mirroring_axes": mirror_axes or None,
    }
