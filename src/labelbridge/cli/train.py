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

Detach = Annotated[
    bool, typer.Option("--detach", help="Train in a process of its own, which goes on when this terminal is closed.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue an interrupted training in --out.")]


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
    resume: Resume = False,
    classes: ClassesOption = "axon,myelin",
    seed: SeedOption = 0,
    device: DeviceOption = DeviceName.auto,
    channel: Channel = None,
    pixel_size: PixelSizeOption = None,
    detach: Detach = False,
    verbose: VerboseOption = False,
) -> None:
    """Train a segmenter on labelled images.

    DIR/result is the model. Ctrl-C saves the training; the same command with --resume continues it.

    Example: labelbridge train segmenter --labeled tem_labeled/ --preset cpu --out tem_model/
    """
    from labelbridge.bootstrap.training import SegmenterTask
    from labelbridge.cli.trainings import segmenter_spec, train_in

    task = SegmenterTask(
        labeled=labeled,
        classes=split_names(classes),
        preset=preset.value,
        folds=split_names(folds) if folds else None,
        seed=seed,
        device=device.value,
        channel=parse_channel(channel),
        pixel_size_um=pixel_size,
    )
    train_in(out, segmenter_spec(task), resume=resume, detach=detach)


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
            help="cpu: half an hour on two free cores; gpu: for 12 GB; paper: as published; tiny: to try out.",
        ),
    ] = TranslatorPresetName.cpu,
    resume: Resume = False,
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
    detach: Detach = False,
    verbose: VerboseOption = False,
) -> None:
    """Train a translator between two modalities (SynDiff), from images that need not be pairs.

    DIR/result is the translator, DIR/previews shows how it grows. Ctrl-C saves the training; the same command with
    --resume continues it.

    Example: labelbridge train translator --labeled my_tem/ --unlabeled my_sem/ --preset cpu --out tem_sem/
    """
    from labelbridge.bootstrap.translatortraining import TranslatorTask
    from labelbridge.cli.trainings import train_in, translator_spec

    task = TranslatorTask(
        labeled=labeled,
        unlabeled=unlabeled,
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
    train_in(out, translator_spec(task), resume=resume, detach=detach)
