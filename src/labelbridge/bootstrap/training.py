"""Training L's own model, and the task that a job runs for it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from labelbridge.bootstrap.calibrating import labeled_draws
from labelbridge.bootstrap.settings import NETWORK_FIBRE_PX, Preset
from labelbridge.bootstrap.survey import look_at_labeled
from labelbridge.core import AXON, BACKGROUND, MYELIN, Device, LabeledImage, ModelCard, Reporter, resolve_device
from labelbridge.io import hash_images, make_provenance, read_labeled_set

__all__ = ["SegmenterTask", "check_segmenter", "train_labeled_segmenter", "train_segmenter_task", "training_record"]


class SegmenterTask(BaseModel):
    """Settings of the job task ``train-segmenter``."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    labeled: Path
    """Folder of the labelled set."""

    classes: tuple[str, ...] = (AXON, MYELIN)
    """Classes to learn; others count as background."""

    preset: Preset = "cpu"
    """Training preset of nnU-Net."""

    folds: tuple[str, ...] | None = None
    """Folds to train, or None for the preset's."""

    seed: int = 0
    """Seed of the training."""

    device: Device = "auto"
    """Where to train: auto takes a graphics card where there is one."""

    channel: str | int | None = None
    """Channel of colour images, or None for luminance."""

    pixel_size_um: float | None = None
    """Pixel size in um, or None for what the files say."""


def check_segmenter(task: SegmenterTask, out: Path | None = None) -> None:
    """Raise InputError where the task's settings, device or images cannot be used; `out` does not matter."""
    from labelbridge.segment.nnunet import TrainSettings

    resolve_device(task.device)
    TrainSettings.from_preset(task.preset, seed=task.seed, **({"folds": task.folds} if task.folds else {}))
    _read(task)


def train_segmenter_task(settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter) -> None:
    """Run the job task: read L, train, leave the model in `result`; resumes from `checkpoints`."""
    task = SegmenterTask.model_validate(dict(settings))
    train_labeled_segmenter(
        _read(task),
        checkpoints,
        result,
        preset=task.preset,
        folds=task.folds,
        seed=task.seed,
        device=task.device,
        reporter=reporter,
    )


def _read(task: SegmenterTask) -> list[LabeledImage]:
    return read_labeled_set(task.labeled, classes=task.classes, channel=task.channel, pixel_size_um=task.pixel_size_um)


def train_labeled_segmenter(
    samples: Sequence[LabeledImage],
    work: Path,
    out: Path,
    *,
    preset: Preset = "cpu",
    folds: tuple[str, ...] | None = None,
    seed: int = 0,
    device: Device = "auto",
    fibre_px: float = NETWORK_FIBRE_PX,
    features: tuple[int, ...] | None = None,
    reporter: Reporter | None = None,
) -> None:
    """Train nnU-Net on L, resampled to the network's structure size; the model remembers L's look.

    Parameters
    ----------
    samples
        Labelled images at the size of their files.
    work
        Folder for stages and checkpoints; an earlier, interrupted run there is continued.
    out
        Folder of the model; appears when the training has ended.
    preset, folds, seed, device
        As in `SegmenterTask`.
    fibre_px
        Fibre diameter in px that L is resampled to.
    features
        Feature maps of each stage, or None for the preset's.
    reporter
        Receives progress and may ask to stop.
    """
    from labelbridge.segment.nnunet import TrainSettings
    from labelbridge.segment.nnunet.train import train_segmenter

    look = look_at_labeled(samples, fibre_px)
    chosen = {"seed": seed, "folds": folds, "features": features}
    settings = TrainSettings.from_preset(preset, **{name: value for name, value in chosen.items() if value is not None})
    card = ModelCard(
        kind="segmenter",
        name=f"segmenter-{preset}",
        classes=(BACKGROUND, *samples[0].labels.classes.foreground),
        structure_size_px=look.style.structure_size_px,
        labeled_structure_size_px=look.size_px,
        style=look.style,
        provenance=training_record(samples, {"training": settings.model_dump(mode="json")}),
    )
    factor = look.style.structure_size_px / look.size_px
    scaled = [sample.resampled(factor) for sample in samples]
    train_segmenter(
        scaled,
        settings,
        work=work,
        out=out,
        card=card,
        calibration=lambda: labeled_draws(samples, look.style.polarity, factor, seed, reporter or Reporter()),
        resume=True,
        device=device,
        reporter=reporter,
    )


def training_record(samples: Sequence[LabeledImage], settings: Mapping[str, object]) -> dict[str, object]:
    """Return the provenance of a model: its images, the hash of all with their labels, settings and versions."""
    record = make_provenance([sample.image for sample in samples], settings=settings)
    return record | {"labeled_sha256": hash_images(samples)}
