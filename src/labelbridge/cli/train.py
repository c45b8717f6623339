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
    SeedOption,
    VerboseOption,
    parse_channel,
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
