"""From labelled images to a model folder."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from labelbridge.core import AXON, MYELIN, Device, InputError, LabeledImage, ModelCard, Reporter
from labelbridge.segment.device import resolve_device
from labelbridge.segment.models import CARD
from labelbridge.segment.nnunet.dataset import DATASET, common_classes, subject_splits, write_raw
from labelbridge.segment.nnunet.environment import nnunet_environment, own_random_numbers
from labelbridge.segment.nnunet.plans import PLANS, make_plans, preprocess
from labelbridge.segment.nnunet.settings import TrainSettings

if TYPE_CHECKING:
    import torch

__all__ = ["train_segmenter"]

_RUN = "run.json"
_LOG = "nnunet.log"


def train_segmenter(
    samples: Sequence[LabeledImage],
    settings: TrainSettings,
    *,
    work: Path,
    out: Path,
    card: ModelCard,
    initial: Path | None = None,
    resume: bool = False,
    device: Device = "auto",
    reporter: Reporter | None = None,
) -> None:
    """Train nnU-Net on labelled images and write a model folder.

    Parameters
    ----------
    samples
        Images and labels at the network's scale, of any sizes, all with the same classes.
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
    _check_out(out)
    resolved = resolve_device(device)
    splits = subject_splits(samples, settings.seed) if set(settings.folds) != {"all"} else None
    if initial is not None:
        _check_initial(initial, samples)
    _begin(work, _fingerprint(samples, settings, initial), resume)
    _prepare(samples, settings, work, card.licence, splits, reporter)
    metrics: dict[str, float] = {}
    for fold in settings.folds:
        metrics |= _train_fold(fold, settings, work, initial, resolved, reporter)
    _write_model(work, out, _finished_card(card, samples, settings, metrics))


def _check_samples(samples: Sequence[LabeledImage]) -> None:
    common_classes(samples)
    for name in (AXON, MYELIN):
        if not any(sample.labels.mask(name).any() for sample in samples):
            raise InputError(
                f"got {len(samples)} labelled images without a pixel of {name}, expected some; check the label files."
            )


def _check_out(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out}: got a folder that is not empty, expected a new one for the model; choose another.")


def _check_initial(initial: Path, samples: Sequence[LabeledImage]) -> None:
    from labelbridge.segment.nnunet.loading import read_model

    got, expected = read_model(initial).classes.names, common_classes(samples).names
    if got != expected:
        raise InputError(
            f"{initial}: got a model of the classes {list(got)}, expected {list(expected)} as in the labels."
        )


def _fingerprint(samples: Sequence[LabeledImage], settings: TrainSettings, initial: Path | None) -> str:
    digest = hashlib.sha256(settings.model_dump_json().encode())
    if initial is not None:
        for weights in sorted(initial.glob("fold_*/model.safetensors")):
            digest.update(hashlib.sha256(weights.read_bytes()).digest())
    for sample in samples:
        digest.update(repr((sample.subject, sample.image.shape, sample.labels.classes.names)).encode())
        digest.update(sample.image.data.tobytes())
        digest.update(sample.labels.data.tobytes())
    return digest.hexdigest()


def _begin(work: Path, fingerprint: str, resume: bool) -> None:
    record = work / _RUN
    if not work.exists() or not any(work.iterdir()):
        work.mkdir(parents=True, exist_ok=True)
        _write_text(record, json.dumps({"fingerprint": fingerprint}))
        return
    if not resume or not record.is_file():
        raise InputError(
            f"{work}: got a folder with an earlier run or other files in it, expected an empty one; "
            "resume that run or choose another folder."
        )
    if json.loads(record.read_text())["fingerprint"] != fingerprint:
        raise InputError(
            f"{work}: got a run of other images or settings, expected the same to resume it; "
            "give those that it was started with or choose another folder."
        )


def _prepare(
    samples: Sequence[LabeledImage],
    settings: TrainSettings,
    work: Path,
    licence: str,
    splits: list[dict[str, list[str]]] | None,
    reporter: Reporter,
) -> None:
    log = work / _LOG
    with nnunet_environment(work, workers=1):
        _stage(work, "raw", lambda: write_raw(samples, work / "raw" / DATASET, licence, reporter))
        reporter.checkpoint()
        _stage(work, "planned", lambda: make_plans(work, settings, log))
        _stage(work, "preprocessed", lambda: preprocess(work, log, reporter))
    if splits is not None:
        _write_text(work / "preprocessed" / DATASET / "splits_final.json", json.dumps(splits))


def _stage(work: Path, name: str, do: Callable[[], None]) -> None:
    """Do a stage unless its mark is there, then leave the mark."""
    mark = work / f"{name}.done"
    if not mark.exists():
        do()
        mark.touch()


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
        folder.mkdir(exist_ok=True)
        write_weights(trainer.network, folder / "model.safetensors")
        _write_text(done, json.dumps(metrics))
    return {f"fold_{fold}_{name}": value for name, value in json.loads(done.read_text()).items()}


def _finished_card(
    card: ModelCard, samples: Sequence[LabeledImage], settings: TrainSettings, metrics: dict[str, float]
) -> ModelCard:
    made = {
        "settings": settings.model_dump(mode="json"),
        "images": len(samples),
        "trainer": "nnUNetTrainer",
        "versions": {name: version(name) for name in ("napari-labelbridge", "nnunetv2", "torch")},
    }
    return card.model_copy(
        update={
            "classes": common_classes(samples).names,
            "folds": settings.folds,
            "metrics": {**card.metrics, **metrics},
            "provenance": {**card.provenance, "training": made},
        }
    )


def _write_model(work: Path, out: Path, card: ModelCard) -> None:
    """Build the model folder beside `out`, then rename it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    building = out.with_name(f".{out.name}.part-{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    try:
        preprocessed = work / "preprocessed" / DATASET
        shutil.copyfile(preprocessed / f"{PLANS}.json", building / "plans.json")
        shutil.copyfile(preprocessed / "dataset.json", building / "dataset.json")
        for fold in card.folds:
            (building / f"fold_{fold}").mkdir()
            shutil.copyfile(
                work / f"fold_{fold}" / "model.safetensors", building / f"fold_{fold}" / "model.safetensors"
            )
        (building / CARD).write_text(card.model_dump_json(indent=2))
        if out.exists():
            out.rmdir()
        building.rename(out)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _write_text(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.part")
    temporary.write_text(text)
    os.replace(temporary, path)
