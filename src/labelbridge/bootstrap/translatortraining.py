"""Training a translator, and the task that a job runs for it."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, Field

from labelbridge.bootstrap.sources import Reading, Slices
from labelbridge.bootstrap.translatorimages import ImageFolders, TranslatorImages, read_sets, scale_images, split
from labelbridge.bootstrap.translatorjudging import HeldOutJudge
from labelbridge.core import Device, InputError, Reporter, TranslatorCard, resolve_device
from labelbridge.io import write_json
from labelbridge.translate.syndiff.checkpoints import Candidate, Checkpoints, disk_need_bytes
from labelbridge.translate.syndiff.dataset import Crops
from labelbridge.translate.syndiff.networks import check_compiler
from labelbridge.translate.syndiff.package import read_translator, write_translator
from labelbridge.translate.syndiff.settings import Preset, SynDiffSettings
from labelbridge.translate.syndiff.train import train_generators

__all__ = ["TranslatorTask", "check_task", "train_translator", "train_translator_task"]

_DATA = "images.json"


class TranslatorTask(BaseModel):
    """Settings of the job task ``train-translator``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labeled: Path
    """Folder of L: labels tell the fibre size and the polarity, and judge; images alone will do."""

    unlabeled: Path
    """Folder of U."""

    preset: Preset = "cpu"
    """Size of the networks and length of the run."""

    warm_start: bool = True
    """Whether the networks begin as the `intensity` mapping and are held to its edges; published: no."""

    seed: int = Field(default=0, ge=0, lt=2**32)
    """Start of the random numbers."""

    device: Device = "auto"
    """Where to train."""

    devices: int = Field(default=1, ge=1)
    """How many of them."""

    minutes: float | None = Field(default=None, gt=0)
    """Time for the training, or None for the preset's number of steps."""

    compiles: bool = False
    """Whether the networks are compiled first."""

    scale: float | None = None
    """U's fibre size over L's, or None to estimate it."""

    channel: str | int | None = None
    """Channel of U's images, or None for luminance."""

    slices: Slices = None
    """Planes of stacks among U's images."""

    @property
    def folders(self) -> ImageFolders:
        """Where the images are."""
        return ImageFolders(self.labeled, self.unlabeled, self.scale, Reading(self.channel, self.slices))

    def training(self) -> SynDiffSettings:
        """Return how to train; raises InputError where that cannot be."""
        settings = SynDiffSettings.from_preset(self.preset, seed=self.seed)
        return settings if self.warm_start else settings.as_published()


def check_task(task: TranslatorTask) -> None:
    """Raise InputError where the task's settings, device or images cannot be used: before anything is made for it."""
    device = resolve_device(task.device)
    if task.compiles:
        check_compiler(device)
    read_sets(task.folders, task.training().fibre_px)


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
    reporter.say(_check_room(work, settings))
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


def _check_room(work: Path, settings: SynDiffSettings) -> str:
    """Say what the checkpoints take; raises InputError where the disk has no room for them."""
    there = sum(file.stat().st_size for file in work.rglob("*") if file.is_file())
    need, free = max(0, disk_need_bytes(settings.architecture) - there), shutil.disk_usage(work).free
    if need > free:
        raise InputError(
            f"{work}: got {_gigabytes(free)} free, expected {_gigabytes(need)} for checkpoints; free some space, or "
            "choose a folder on a larger disk or a smaller --preset."
        )
    return f"checkpoints take up to {_gigabytes(need)}; {_gigabytes(free)} are free"


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.0f} MB"


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
