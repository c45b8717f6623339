"""`labelbridge train`: train models."""

from pathlib import Path
from typing import Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import (
    AbsentOption,
    Channel,
    ClassesOption,
    DetachOption,
    DeviceName,
    DeviceOption,
    OnOption,
    OutOption,
    PixelSizeOption,
    PresetName,
    PresetOption,
    ResumeOption,
    RoundsOption,
    ScaleOption,
    SeedOption,
    SlicesOption,
    StyledImagesOption,
    TileOverlapOption,
    TranslatorOption,
    TranslatorPresetName,
    VerboseOption,
    parse_absent,
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
    resume: ResumeOption = False,
    classes: ClassesOption = "axon,myelin",
    seed: SeedOption = 0,
    device: DeviceOption = DeviceName.auto,
    channel: Channel = None,
    pixel_size: PixelSizeOption = None,
    detach: DetachOption = False,
    on: OnOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Train a segmenter on labelled images.

    DIR/result is the model. Ctrl-C saves the training; the same command with --resume continues it.

    Example: labelbridge train segmenter --labeled tem_labeled/ --preset cpu --out tem_model/
    """
    from labelbridge.cli.trainings import job_spec, run_in

    settings = {
        "labeled": labeled,
        "classes": split_names(classes),
        "preset": preset.value,
        "folds": split_names(folds) if folds else None,
        "seed": seed,
        "device": device.value,
        "channel": parse_channel(channel),
        "pixel_size_um": pixel_size,
    }
    run_in(out, job_spec("train-segmenter", settings, out, on), resume=resume, detach=detach, on=on)


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
    resume: ResumeOption = False,
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
    detach: DetachOption = False,
    on: OnOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Train a translator between two modalities (SynDiff), from images that need not be pairs.

    DIR/result is the translator, DIR/previews shows how it grows. Ctrl-C saves the training; the same command with
    --resume continues it.

    Example: labelbridge train translator --labeled my_tem/ --unlabeled my_sem/ --preset cpu --out tem_sem/
    """
    from labelbridge.cli.trainings import job_spec, run_in

    settings = {
        "labeled": labeled,
        "unlabeled": unlabeled,
        "preset": preset.value,
        "warm_start": warm_start,
        "seed": seed,
        "device": device.value,
        "devices": devices,
        "minutes": minutes,
        "compiles": compiles,
        "scale": scale,
        "channel": parse_channel(channel),
        "slices": parse_slices(slices),
    }
    run_in(out, job_spec("train-translator", settings, out, on), resume=resume, detach=detach, on=on)


@train.command("tutorship")
@at_the_edge
def _tutorship(
    labeled: Annotated[
        Path, typer.Option("--labeled", metavar="DIR", help="Folder of the labelled modality (L): images and masks.")
    ],
    unlabeled: Annotated[
        Path,
        typer.Option("--unlabeled", metavar="DIR", help="Folder of images of the new modality (U); all get masks."),
    ],
    out: OutOption,
    translator: TranslatorOption = None,
    translator_preset: Annotated[
        TranslatorPresetName | None,
        typer.Option("--translator-preset", help="Train a translator first, with this preset. Default: none."),
    ] = None,
    translator_minutes: Annotated[
        float | None,
        typer.Option("--translator-minutes", metavar="M", help="Time for that training, if shorter than the preset's."),
    ] = None,
    preset: PresetOption = PresetName.cpu,
    resume: ResumeOption = False,
    styled_images: StyledImagesOption = 400,
    rounds: RoundsOption = None,
    classes: ClassesOption = "axon,myelin",
    absent: AbsentOption = None,
    scale: ScaleOption = None,
    pixel_size: PixelSizeOption = None,
    channel: Channel = None,
    slices: SlicesOption = None,
    tile_overlap: TileOverlapOption = None,
    seed: SeedOption = 0,
    device: DeviceOption = DeviceName.auto,
    detach: DetachOption = False,
    on: OnOption = None,
    verbose: VerboseOption = False,
) -> None:
    """From labels of one modality to masks of another: a translator, a model trained on what it makes, and the masks.

    DIR/result/masks has the masks, DIR/result/model the model that made them. Ctrl-C saves the work; the same command
    with --resume goes on with the stage that was interrupted.

    Example: labelbridge train tutorship --labeled my_tem/ --unlabeled my_sem/ --translator-preset cpu --out sem_masks/
    """
    from labelbridge.cli.trainings import job_spec, run_in

    absent_classes, absent_from = parse_absent(absent or ())
    settings = {
        "labeled": labeled,
        "unlabeled": unlabeled,
        "translator": translator,
        "translator_preset": translator_preset.value if translator_preset else None,
        "translator_minutes": translator_minutes,
        "preset": preset.value,
        "styled_images": styled_images,
        "rounds": rounds,
        "classes": split_names(classes),
        "absent": absent_classes,
        "absent_from": absent_from,
        "scale": scale,
        "pixel_size_um": pixel_size,
        "channel": parse_channel(channel),
        "slices": parse_slices(slices),
        "tile_overlap": tile_overlap,
        "seed": seed,
        "device": device.value,
    }
    run_in(out, job_spec("tutorship", settings, out, on), resume=resume, detach=detach, on=on)


@train.command("corrected")
@at_the_edge
def _corrected(
    model: Annotated[Path, typer.Option("--model", metavar="DIR", help="Model to start from; it stays as it is.")],
    out: OutOption,
    project: Annotated[
        Path | None,
        typer.Option("--project", metavar="DIR", help="Project: images that are done, fibres accepted or corrected."),
    ] = None,
    corrected: Annotated[
        list[Path] | None,
        typer.Option(
            "--corrected", metavar="DIR", help="Exported masks with their record; may be given several times."
        ),
    ] = None,
    images: Annotated[
        Path | None, typer.Option("--images", metavar="DIR", help="Their images. Default: where the masks are.")
    ] = None,
    verified: Annotated[
        bool, typer.Option("--verified", help="Every pixel of --corrected is right, whatever the record says.")
    ] = False,
    journals: Annotated[
        Path | None,
        typer.Option(
            "--journals", metavar="DIR", help="Journals of the corrections. Default: in the user data folder."
        ),
    ] = None,
    labeled: Annotated[
        Path | None,
        typer.Option("--labeled", metavar="DIR", help="Labels that the model has learnt from; some are learnt again."),
    ] = None,
    preset: PresetOption = PresetName.cpu,
    resume: ResumeOption = False,
    scale: ScaleOption = None,
    seed: SeedOption = 0,
    device: DeviceOption = DeviceName.auto,
    channel: Channel = None,
    detach: DetachOption = False,
    on: OnOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Train a model on with corrected masks: only what somebody has verified counts.

    A part is held out and tells at the end whether the new model, DIR/result, is better than the one before.

    Example: labelbridge train corrected --project my_sem_project/ --model tutored/ --out retrained/
    """
    from labelbridge.cli.trainings import job_spec, run_in

    settings = {
        "model": model,
        "project": project,
        "corrected": tuple(corrected or ()),
        "images": images,
        "verified": verified,
        "journals": journals,
        "labeled": labeled,
        "preset": preset.value,
        "scale": scale,
        "seed": seed,
        "device": device.value,
        "channel": parse_channel(channel),
    }
    run_in(out, job_spec("retrain", settings, out, on), resume=resume, detach=detach, on=on)
