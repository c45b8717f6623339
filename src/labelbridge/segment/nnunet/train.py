"""From labelled images to a model folder."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from labelbridge.core import AXON, MYELIN, Device, InputError, LabeledImage, ModelCard, Reporter, resolve_device
from labelbridge.io import write_json
from labelbridge.io.newfolder import check_out
from labelbridge.segment.nnunet.dataset import DATASET, common_classes, learnt_classes, subject_splits, write_raw
from labelbridge.segment.nnunet.environment import nnunet_environment, own_random_numbers
from labelbridge.segment.nnunet.package import finished_card, write_model
from labelbridge.segment.nnunet.plans import make_plans, preprocess, take_plans
from labelbridge.segment.nnunet.settings import TrainSettings
from labelbridge.segment.nnunet.workfolder import begin, do_stage, fingerprint

if TYPE_CHECKING:
    import torch

__all__ = ["train_segmenter"]

_LOG = "nnunet.log"
_UNCALIBRATED = "uncalibrated"


def train_segmenter(
    samples: Sequence[LabeledImage],
    settings: TrainSettings,
    *,
    work: Path,
    out: Path,
    card: ModelCard,
    initial: Path | None = None,
    keeps_plan: bool = False,
    calibration: Callable[[], Sequence[LabeledImage]] | None = None,
    resume: bool = False,
    device: Device = "auto",
    reporter: Reporter | None = None,
) -> None:
    """Train nnU-Net on labelled images and write a model folder.

    Parameters
    ----------
    samples
        Images and labels at the network's scale, of any sizes, all with the same classes. Pixels of the class `IGNORE`
        (nnunet/dataset.py) count neither in the loss nor where patches are chosen, and the model does not have it.
    settings
        How to train.
    work
        Folder of the run: data set, plans, preprocessed cases, training states and nnU-Net's log. It may be deleted
        once the model is written.
    out
        Model folder to write; must not exist or be empty. It appears complete at the end or not at all.
    card
        What is known of the model; classes, folds, provenance and metrics are filled in.
    initial
        Model folder whose weights the training starts from.
    keeps_plan
        Whether network, patches and batches stay as they are in `initial`, whatever the settings say.
    calibration
        Gives, once the network is trained, further images and labels at its scale, with the same classes, to which the
        model's temperature is fitted; without it that stays as `card` has it.
    resume
        Go on with an earlier run of the same samples and settings in `work`; where there is none, begin.
    device
        Where to compute.
    reporter
        Told of progress and metrics; asked whether to stop.

    Raises
    ------
    InputError
        Where samples, folders or the initial model cannot be used.
    Cancelled
        Where the reporter asked to stop; what is done is kept in `work`.
    """
    reporter = reporter or Reporter()
    _check_samples(samples)
    check_out(out)
    resolved = resolve_device(device)
    splits = subject_splits(samples, settings.seed) if set(settings.folds) != {"all"} else None
    if initial is not None:
        _check_initial(initial, samples, settings, keeps_plan=keeps_plan)
    begin(work, fingerprint(samples, settings, initial), resume)
    _prepare(samples, settings, work, card.licence, splits, initial if keeps_plan else None, reporter)
    metrics: dict[str, float] = {}
    for fold in settings.folds:
        metrics |= _train_fold(fold, settings, work, initial, resolved, reporter)
    finished = finished_card(card, samples, settings, metrics)
    if calibration:
        finished = _calibrated(finished, calibration(), work, device, reporter)
    write_model(work, out, finished)


def _calibrated(
    card: ModelCard, samples: Sequence[LabeledImage], work: Path, device: Device, reporter: Reporter
) -> ModelCard:
    """Return the card with the temperature fitted."""
    from labelbridge.segment.nnunet.calibrating import fitted_temperature

    uncalibrated = work / _UNCALIBRATED
    if not uncalibrated.exists():
        write_model(work, uncalibrated, card)
    return card.model_copy(update={"temperature": fitted_temperature(uncalibrated, samples, device, reporter)})


def _check_samples(samples: Sequence[LabeledImage]) -> None:
    common_classes(samples)
    for name in (AXON, MYELIN):
        if not any(sample.labels.mask(name).any() for sample in samples):
            raise InputError(
                f"got {len(samples)} labelled images without a pixel of {name}, expected some; check the label files."
            )


def _check_initial(
    initial: Path, samples: Sequence[LabeledImage], settings: TrainSettings, *, keeps_plan: bool
) -> None:
    from labelbridge.segment.nnunet.loading import read_model

    model, expected = read_model(initial), learnt_classes(samples).names
    if model.classes.names != expected:
        raise InputError(
            f"{initial}: got a model of the classes {list(model.classes.names)}, expected {list(expected)} "
            "as in the labels."
        )
    features = model.architecture["arch_kwargs"].get("features_per_stage")
    if not keeps_plan and settings.features is not None and features != list(settings.features):
        raise InputError(
            f"{initial}: got an initial model with {features} channels a stage, expected {list(settings.features)} "
            "as in the training settings; take the preset that it was trained with."
        )


def _prepare(
    samples: Sequence[LabeledImage],
    settings: TrainSettings,
    work: Path,
    licence: str,
    splits: list[dict[str, list[str]]] | None,
    planned: Path | None,
    reporter: Reporter,
) -> None:
    log = work / _LOG
    plan = (lambda: take_plans(planned, work)) if planned else (lambda: make_plans(work, settings, log))
    with nnunet_environment(work, workers=1):
        do_stage(work, "raw", lambda: write_raw(samples, work / "raw" / DATASET, licence, reporter))
        reporter.checkpoint()
        do_stage(work, "planned", plan)
        do_stage(work, "preprocessed", lambda: preprocess(work, log, reporter))
    if splits is not None:
        write_json(work / "preprocessed" / DATASET / "splits_final.json", splits, overwrite=True)


def _train_fold(
    fold: str, settings: TrainSettings, work: Path, initial: Path | None, device: "torch.device", reporter: Reporter
) -> dict[str, float]:
    from labelbridge.segment.nnunet.loading import read_weights, write_weights

    folder = work / f"fold_{fold}"
    done = folder / "metrics.json"
    if not done.exists():
        from labelbridge.segment.nnunet.trainer import FoldTrainer

        with nnunet_environment(work, settings.workers), own_random_numbers(settings.seed):
            trainer = FoldTrainer(work, fold, settings, device, work / _LOG)
            try:
                if not trainer.resume() and initial is not None:
                    trainer.start_from(read_weights(initial, fold))
                metrics = trainer.run(reporter)
            finally:
                trainer.close()
        write_weights(trainer.network, folder / "model.safetensors")
        write_json(done, metrics, overwrite=True)
    return {f"fold_{fold}_{name}": value for name, value in json.loads(done.read_bytes()).items()}
