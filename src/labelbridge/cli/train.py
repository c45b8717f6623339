"""`labelbridge train`: train models."""

from pathlib import Path
from typing import Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import (
    Channel,
    ClassesOption,
    DeviceName,
    DeviceOption,
    OutOption,
    PixelSizeOption,
    PresetName,
    PresetOption,
    ScaleOption,
    SeedOption,
    SlicesOption,
    TranslatorPresetName,
    VerboseOption,
    parse_channel,
    parse_slices,
    split_names,
)

__all__ = ["train"]

train = typer.Typer(help="Train models.", no_args_is_help=True)


@train.callback()
def _train() -> None:
    """Train models."""


@train.command("segmenter")
@at_the_edge
def _segmenter(
    labeled: Annotated[
        Path, typer.Option("--labeled", metavar="DIR", help="Folder of the labelled modality (L): images and masks.")
    ],
    out: OutOption,
    preset: PresetOption = PresetName.cpu,
    folds: Annotated[
        str | None,
        typer.Option(
            "--folds", metavar="NAMES", help="all, or some of 0 to 4 with commas between. Default: the preset's."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an interrupted training in --out.")] = False,
    classes: ClassesOption = "axon,myelin",
    seed: SeedOption = 0,
    device: DeviceOption = DeviceName.auto,
    channel: Channel = None,
    pixel_size: PixelSizeOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Train a segmenter on labelled images.

    DIR/result is the model. Ctrl-C saves the training; the same command with --resume continues it.

    Example: labelbridge train segmenter --labeled tem_labeled/ --preset cpu --out tem_model/
    """
    from labelbridge.bootstrap.training import SegmenterTask
    from labelbridge.cli.console import ConsoleReporter
    from labelbridge.io import read_labeled_set
    from labelbridge.jobs import JobFolder, JobSpec, run_job
    from labelbridge.segment.nnunet import TrainSettings

    task = SegmenterTask(
        labeled=labeled.resolve(),
        classes=split_names(classes),
        preset=preset.value,
        folds=split_names(folds) if folds else None,
        seed=seed,
        device=device.value,
        channel=parse_channel(channel),
        pixel_size_um=pixel_size,
    )
    # What the user got wrong must be said before there is a job.
    TrainSettings.from_preset(preset.value, seed=seed, **({"folds": task.folds} if task.folds else {}))
    read_labeled_set(labeled, classes=task.classes, channel=parse_channel(channel), pixel_size_um=pixel_size)
    folder = JobFolder.prepare(out, JobSpec.of("train-segmenter", task.model_dump(mode="json")), resume=resume)
    with ConsoleReporter() as reporter:
        run_job(folder, reporter)
    typer.echo(f"The model is in {folder.result}")


@train.command("translator")
@at_the_edge
def _translator(
    labeled: Annotated[
        Path,
        typer.Option("--labeled", metavar="DIR", help="Folder of the labelled modality (L); images alone will do."),
    ],
    unlabeled: Annotated[
        Path, typer.Option("--unlabeled", metavar="DIR", help="Folder of images of the new modality (U).")
    ],
    out: OutOption,
    preset: Annotated[
        TranslatorPresetName,
        typer.Option(
            "--preset",
            help="cpu: an hour or two on two cores; gpu: for 12 GB; paper: as published; tiny: to try out.",
        ),
    ] = TranslatorPresetName.cpu,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an interrupted training in --out.")] = False,
    minutes: Annotated[
        float | None,
        typer.Option("--minutes", metavar="M", help="Time for the training, if shorter than the preset's."),
    ] = None,
    warm_start: Annotated[
        bool,
        typer.Option(
            "--warm-start/--no-warm-start",
            help="Begin as the mapping of intensities and keep its edges; without, as published, from random weights.",
        ),
    ] = True,
    seed: SeedOption = 0,
    device: DeviceOption = DeviceName.auto,
    devices: Annotated[int, typer.Option("--devices", min=1, help="How many graphics cards to train on.")] = 1,
    compiles: Annotated[
        bool, typer.Option("--compile", help="Compile the networks first (torch.compile): minutes, for long runs.")
    ] = False,
    scale: ScaleOption = None,
    channel: Channel = None,
    slices: SlicesOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Train a translator between two modalities (SynDiff), from images that need not be pairs.

    DIR/result is the translator, DIR/previews shows how it grows. Ctrl-C saves the training; the same command with
    --resume continues it.

    Example: labelbridge train translator --labeled my_tem/ --unlabeled my_sem/ --preset cpu --out tem_sem/
    """
    from labelbridge.bootstrap.translatortraining import TranslatorTask, check_task
    from labelbridge.cli.console import ConsoleReporter
    from labelbridge.jobs import JobFolder, JobSpec, run_job

    task = TranslatorTask(
        labeled=labeled.resolve(),
        unlabeled=unlabeled.resolve(),
        preset=preset.value,
        warm_start=warm_start,
        seed=seed,
        device=device.value,
        devices=devices,
        minutes=minutes,
        compiles=compiles,
        scale=scale,
        channel=parse_channel(channel),
        slices=parse_slices(slices),
    )
    check_task(task)  # what the user got wrong must be said before there is a job
    folder = JobFolder.prepare(out, JobSpec.of("train-translator", task.model_dump(mode="json")), resume=resume)
    with ConsoleReporter() as reporter:
        run_job(folder, reporter)
    typer.echo(f"The translator is in {folder.result}")
