"""`labelbridge bootstrap`: masks for images of the new modality."""

from enum import StrEnum
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
    LabeledOption,
    OnOption,
    OutOption,
    OverwriteOption,
    PixelSizeOption,
    PresetName,
    PresetOption,
    RoundsOption,
    ScaleOption,
    SeedOption,
    SlicesOption,
    StyledImagesOption,
    TileOverlapOption,
    TranslatorOption,
    UnlabeledOption,
    VerboseOption,
    parse_absent,
    parse_channel,
    parse_slices,
    split_names,
)

__all__ = ["PathName", "bootstrap"]


class PathName(StrEnum):
    """The paths."""

    direct = "direct"
    adaptation = "adaptation"
    tutorship = "tutorship"


@at_the_edge
def bootstrap(
    images: Annotated[list[Path], typer.Argument(help="Images of the new modality (U), or folders of them.")],
    out: OutOption,
    path: Annotated[
        PathName | None,
        typer.Option(
            help="direct: L's model on the image as it is; adaptation: the image is made to look like L first; "
            "tutorship: L is made to look like the image, and a model is trained on that. Default: the best that "
            "labels and models allow in the time given."
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            metavar="M",
            help="Time for a tutorship's training and masks: the best that fits is chosen. Default: 10 without --path "
            "and another --preset, else as long as the preset takes.",
        ),
    ] = None,
    labeled: LabeledOption = None,
    unlabeled: UnlabeledOption = None,
    segmenter: Annotated[
        Path | None, typer.Option(help="L's model; for tutorship the weights that training starts from.")
    ] = None,
    tutored: Annotated[Path | None, typer.Option(help="Model of a finished tutorship, to be used again.")] = None,
    translator: TranslatorOption = None,
    scale: ScaleOption = None,
    pixel_size: PixelSizeOption = None,
    channel: Channel = None,
    slices: SlicesOption = None,
    tile_overlap: TileOverlapOption = None,
    classes: ClassesOption = "axon,myelin",
    absent: AbsentOption = None,
    preset: PresetOption = PresetName.cpu,
    styled_images: StyledImagesOption = 400,
    rounds: RoundsOption = None,
    device: DeviceOption = DeviceName.auto,
    seed: SeedOption = 0,
    bids: Annotated[bool, typer.Option("--bids", help="Write the masks as BIDS derivatives too.")] = False,
    overwrite: OverwriteOption = False,
    detach: DetachOption = False,
    on: OnOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Give first axon and myelin masks to images of a new modality.

    What had to be trained is kept and used again for the same data and settings. With --detach, DIR is a job: its masks
    are in DIR/result, and `labelbridge jobs resume DIR` goes on after an interruption.

    Example: labelbridge bootstrap new_sem/ --labeled my_tem/ --minutes 20 --out masks/
    """
    from labelbridge.bootstrap.files import bootstrap_files
    from labelbridge.bootstrap.tasks.bootstrap import BootstrapTask
    from labelbridge.cli.console import ConsoleReporter, say
    from labelbridge.cli.trainings import job_spec, run_in

    absent_classes, absent_from = parse_absent(absent or ())
    task = BootstrapTask(
        images=tuple(images),
        path=path.value if path else None,
        minutes=minutes,
        labeled=labeled,
        unlabeled=unlabeled,
        segmenter=segmenter,
        tutored=tutored,
        translator=translator,
        scale=scale,
        pixel_size_um=pixel_size,
        channel=parse_channel(channel),
        slices=parse_slices(slices),
        tile_overlap=tile_overlap,
        classes=split_names(classes),
        absent=absent_classes,
        absent_from=absent_from,
        preset=preset.value,
        styled_images=styled_images,
        rounds=rounds,
        device=device.value,
        seed=seed,
        bids=bids,
    )
    if detach or on:
        _refuse_overwriting(overwrite)
        run_in(out, job_spec("bootstrap", task.model_dump(), out, on), detach=True, on=on)
        return
    with ConsoleReporter() as reporter:
        written = bootstrap_files(task.request(out, overwrite=overwrite), reporter, say)
    say(f"{len(written)} files in {out}")


def _refuse_overwriting(overwrite: bool) -> None:
    if overwrite:
        from labelbridge.core import InputError

        raise InputError(
            "got --overwrite for a job, which has a folder of its own: leave --overwrite out and choose a new --out."
        )
