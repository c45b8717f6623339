"""Training a translator, and the task that a job runs for it."""

import json
from collections.abc import Mapping
from pathlib import Path

import torch

from labelbridge.bootstrap.tasks.diskroom import check_room
from labelbridge.bootstrap.translators.images import TranslatorImages, read_sets, scale_images, split
from labelbridge.bootstrap.translators.judging import HeldOutJudge
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.core import InputError, Reporter, TranslatorCard, resolve_device
from labelbridge.io import write_json
from labelbridge.translate.syndiff.checkpoints import Candidate, Checkpoints, disk_need_bytes
from labelbridge.translate.syndiff.dataset import Crops
from labelbridge.translate.syndiff.networks import check_compiler
from labelbridge.translate.syndiff.package import read_translator, write_translator
from labelbridge.translate.syndiff.settings import SynDiffSettings
from labelbridge.translate.syndiff.train import train_generators

__all__ = ["check_task", "train_translator", "train_translator_task"]

_DATA = "images.json"
_ROOM_FOR = "checkpoints"


def check_task(task: TranslatorTask, out: Path | None = None) -> None:
    """Look at all that the task is to use, before anything is made for it.

    Parameters
    ----------
    task
        The task.
    out
        Folder of the job, whose disk must have room, or None where that is not known.

    Raises
    ------
    InputError
        Where its settings, device, images or the disk do not do.
    """
    device, settings = resolve_device(task.device), task.training()
    if task.compiles:
        check_compiler(device)
    read_sets(task.folders, settings.fibre_px)
    if out is not None:
        check_room(out, disk_need_bytes(settings.architecture), _ROOM_FOR)


def train_translator_task(settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter) -> None:
    """Run the job task: train, leave the best translator in `result`; resumes from `checkpoints`."""
    train_translator(TranslatorTask.model_validate(dict(settings)), checkpoints, result, reporter)


def train_translator(task: TranslatorTask, work: Path, out: Path, reporter: Reporter) -> None:
    """Read both modalities, train on them, and leave the translator that does best on held-out images.

    Parameters
    ----------
    task
        What to train on, and how.
    work
        Folder for states and candidates; an earlier, interrupted run there is continued.
    out
        Folder of the translator; appears when the training has ended.
    reporter
        Receives progress, sentences, losses, scores and previews, and may ask to stop.

    Raises
    ------
    InputError
        Where the images, the settings, the device or the disk do not do, or `work` holds a run on other images.
    Cancelled
        Where the reporter asked to stop; the work lies in `work`.
    LabelBridgeError
        Where the training diverged or the memory is not enough.
    """
    settings, device = task.training(), resolve_device(task.device)
    reporter.progress(0, 1, "comparing the modalities")
    images = scale_images(read_sets(task.folders, settings.fibre_px), settings.fibre_px, reporter)
    parts = split(images, settings.held_out, settings.seed)
    crops = Crops(parts.labeled, parts.unlabeled, settings)
    _begin(work, images)
    for sentence in (*images.survey.sentences(), *parts.sentences(), *crops.sentences(), _length(settings, task)):
        reporter.say(sentence)
    reporter.say(check_room(work, disk_need_bytes(settings.architecture), _ROOM_FOR))
    card = _card(task, settings, images, crops.crop_px)
    judge = HeldOutJudge(images, parts)
    best = train_generators(
        parts.labeled,
        parts.unlabeled,
        settings,
        Checkpoints(work, card),
        judge,
        device=device,
        devices=task.devices,
        minutes=task.minutes,
        compiles=task.compiles,
        reporter=reporter,
    )
    reporter.say(f"the translator after {best.step:,} steps is the best")
    references = {f"intensity_{name}": value for name, value in judge.intensity().items()}
    for what, metrics in judge.real().items():
        references |= {f"{what.replace(' ', '_')}_{name}": value for name, value in metrics.items()}
    _publish(best, references, out)


def _begin(work: Path, images: TranslatorImages) -> None:
    """Note which images this run is of, or make sure that they are those that it was begun with."""
    record = work / _DATA
    if not record.is_file():
        write_json(record, images.hashes, overwrite=True)
    elif json.loads(record.read_bytes()) != images.hashes:
        raise InputError(
            f"{work}: got a training that was begun on other images or labels; give it those, or train in a new folder."
        )


def _length(settings: SynDiffSettings, task: TranslatorTask) -> str:
    begin = f"{settings.warmup_steps:,} of warm start" if settings.warmup_steps else "a start from random weights"
    limit = f", or as many as {task.minutes:g} minutes have room for" if task.minutes else ""
    return f"training: {settings.steps:,} steps after {begin}{limit}"


def _card(task: TranslatorTask, settings: SynDiffSettings, images: TranslatorImages, crop_px: int) -> TranslatorCard:
    found = images.survey
    chosen = {"training": settings.model_dump(mode="json"), "findings": found.sentences(), "scale": task.scale}
    return TranslatorCard(
        name=f"syndiff-{task.preset}",
        architecture=settings.architecture.model_dump(mode="json"),
        structure_size_px=images.fibre_px,
        labeled_structure_size_px=found.labeled.size_px,
        crop_px=crop_px,
        labeled_style=found.labeled.style,
        unlabeled_style=found.unlabeled_style,
        provenance=images.inputs | images.hashes | {"settings": chosen},
    )


def _publish(best: Candidate, references: Mapping[str, float], out: Path) -> None:
    """Write the candidate as the result, in the 16 bits that it has."""
    card, generators = read_translator(best.folder, torch.device("cpu"))
    weights = {
        direction: {name: tensor.half() for name, tensor in generator.state_dict().items()}
        for direction, generator in generators.items()
    }
    write_translator(weights, card.model_copy(update={"metrics": {**card.metrics, **references}}), out)
