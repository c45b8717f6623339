"""The loop around nnU-Net's trainer: iterations that can be watched, stopped and taken up again."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from labelbridge.core import InputError, LabelBridgeError, Reporter, has_bfloat16, reduced_precision
from labelbridge.segment.nnunet.checkpoint import TrainingState, load_state, save_state
from labelbridge.segment.nnunet.dataset import DATASET, IGNORE
from labelbridge.segment.nnunet.environment import quiet
from labelbridge.segment.nnunet.plans import CONFIGURATION, PLANS
from labelbridge.segment.nnunet.settings import TrainSettings

__all__ = ["FoldTrainer"]

_SAVE_EVERY_S = 30.0
_REPORT_EVERY = 5


class FoldTrainer:
    """Trains one fold with nnU-Net's stock trainer.

    Used within `nnunet_environment`, after planning and preprocessing. States: made, running, finished; a stop asked
    for by the reporter saves and raises Cancelled, and the next FoldTrainer on the same folder goes on from there.

    Parameters
    ----------
    work
        Folder of the training run.
    fold
        ``all`` or a number.
    settings
        Training settings.
    device
        Where to compute.
    log
        File for what nnU-Net prints.
    """

    def __init__(self, work: Path, fold: str, settings: TrainSettings, device: torch.device, log: Path) -> None:
        self._fold = fold
        self._settings = settings
        self._state_file = work / f"fold_{fold}.pt"
        with quiet(log):
            self._trainer = _stock_trainer(work, fold, settings, device)
            self._trainer.initialize()
            _quicken(self._trainer.network, device)
            self._batches, self._validation_batches = self._trainer.get_dataloaders()
        self._iteration = 0
        self._metrics: dict[str, float] = {}

    @property
    def network(self) -> torch.nn.Module:
        """The network, on its device."""
        network: torch.nn.Module = self._trainer.network
        return network

    def start_from(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Take initial weights; raises InputError where they belong to another network."""
        try:
            self.network.load_state_dict(dict(weights))
        except RuntimeError as error:
            raise InputError(
                "got initial weights of a network of another shape, expected the same stages, channels and classes "
                "as in the training settings; take the preset that the initial model was trained with."
            ) from error

    def resume(self) -> bool:
        """Go on from the saved state; returns False where there is none."""
        state = load_state(self._state_file)
        if state is None:
            return False
        trainer = self._trainer
        trainer.network.load_state_dict(state.network)
        trainer.optimizer.load_state_dict(state.optimizer)
        if trainer.grad_scaler is not None and state.scaler is not None:
            trainer.grad_scaler.load_state_dict(state.scaler)
        self._iteration, self._metrics = state.iteration, state.metrics
        return True

    def run(self, reporter: Reporter) -> dict[str, float]:
        """Train to the last iteration and return its last loss and, of numbered folds, the last validation.

        Raises
        ------
        Cancelled
            Where the reporter asked to stop; the state is saved.
        LabelBridgeError
            Where the loss is not a number any more.
        """
        total, stage = self._settings.iterations, f"training (fold {self._fold})"
        losses: list[float] = []
        saved = time.monotonic()
        reporter.progress(self._iteration, total, stage)
        while self._iteration < total:
            if reporter.should_stop():
                self._save()
                reporter.checkpoint()
            losses.append(self._step())
            if self._iteration % _REPORT_EVERY == 0 or self._iteration == total:
                self._report(reporter, losses, stage)
                losses.clear()
            if self._iteration % self._settings.iterations_per_epoch == 0 or self._iteration == total:
                self._validate(reporter)
            if time.monotonic() - saved > _SAVE_EVERY_S:
                self._save()
                saved = time.monotonic()
        self._save()
        return self._metrics

    def close(self) -> None:
        """End the processes that prepare patches, if there are any."""
        for loader in (self._batches, self._validation_batches):
            finish: Callable[[], None] | None = getattr(loader, "_finish", None)
            if finish is not None:
                finish()

    def _step(self) -> float:
        trainer = self._trainer
        trainer.network.train()
        trainer.lr_scheduler.step(self._iteration / self._settings.iterations_per_epoch)
        loss = float(trainer.train_step(next(self._batches))["loss"])
        self._iteration += 1
        return loss

    def _report(self, reporter: Reporter, losses: list[float], stage: str) -> None:
        loss = float(np.mean(losses))
        if not np.isfinite(loss):
            raise LabelBridgeError(
                f"The training diverged at iteration {self._iteration} (loss {loss}); train with a lower learning rate."
            )
        self._metrics["loss"] = loss
        reporter.metrics(self._iteration, loss=loss)
        reporter.progress(self._iteration, self._settings.iterations, stage)

    def _validate(self, reporter: Reporter) -> None:
        if self._fold == "all":
            return
        trainer = self._trainer
        trainer.network.eval()
        with torch.no_grad():
            results = [
                trainer.validation_step(next(self._validation_batches))
                for _ in range(self._settings.validation_batches)
            ]
        measured = _summary(results, trainer.dataset_json["labels"])
        self._metrics |= measured
        reporter.metrics(self._iteration, **measured)

    def _save(self) -> None:
        trainer = self._trainer
        state = TrainingState(
            self._iteration,
            trainer.network.state_dict(),
            trainer.optimizer.state_dict(),
            trainer.grad_scaler.state_dict() if trainer.grad_scaler is not None else None,
            self._metrics,
        )
        save_state(state, self._state_file)


def _stock_trainer(work: Path, fold: str, settings: TrainSettings, device: torch.device) -> Any:
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer
    from nnunetv2.training.nnUNetTrainer.variants.optimizer.nnUNetTrainerAdam import nnUNetTrainerAdam

    folder = work / "preprocessed" / DATASET
    plans = {**json.loads((folder / f"{PLANS}.json").read_bytes()), "continue_training": False}
    dataset = json.loads((folder / "dataset.json").read_bytes())
    kind = {"sgd": nnUNetTrainer, "adam": nnUNetTrainerAdam}[settings.optimizer]
    trainer = kind(plans, CONFIGURATION, fold if fold == "all" else int(fold), dataset, device)
    trainer.initial_lr = settings.learning_rate
    trainer.num_epochs = settings.iterations / settings.iterations_per_epoch
    trainer.enable_deep_supervision = len(trainer.configuration_manager.pool_op_kernel_sizes) > 2
    return trainer


def _quicken(network: torch.nn.Module, device: torch.device) -> None:
    """Have a network compute in bfloat16 where a CPU is made for it; nnU-Net itself does the like on cards alone."""
    if device.type != "cpu" or not has_bfloat16(device):
        return
    exact = network.forward

    def forward(data: torch.Tensor) -> Any:
        with reduced_precision(device):
            outputs = exact(data)
        return [one.float() for one in outputs] if isinstance(outputs, list | tuple) else outputs.float()

    network.forward = forward


def _summary(results: list[dict[str, Any]], labels: dict[str, int]) -> dict[str, float]:
    """Pool validation batches: the mean loss and the Dice of each class over all their pixels."""
    hits, false, missed = (sum(result[key] for result in results) for key in ("tp_hard", "fp_hard", "fn_hard"))
    dice = 2 * hits / np.maximum(2 * hits + false + missed, 1)
    summary = {f"dice_{name}": float(dice[value - 1]) for name, value in labels.items() if value > 0 and name != IGNORE}
    return {"validation_loss": float(np.mean([result["loss"] for result in results])), **summary}
