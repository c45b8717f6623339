"""`labelbridge advise`: which path to take."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import (
    Channel,
    DeviceName,
    DeviceOption,
    LabeledOption,
    PixelSizeOption,
    PresetName,
    PresetOption,
    ScaleOption,
    SeedOption,
    SlicesOption,
    StyledImagesOption,
    TranslatorOption,
    UnlabeledOption,
    VerboseOption,
    parse_channel,
    parse_slices,
)

if TYPE_CHECKING:
    from labelbridge.bootstrap.advice.found import Advice

__all__ = ["advise"]


@at_the_edge
def advise(
    images: Annotated[list[Path], typer.Argument(help="Images of the new modality (U), or folders of them.")],
    labeled: LabeledOption = None,
    unlabeled: UnlabeledOption = None,
    segmenter: Annotated[Path | None, typer.Option(help="L's model.")] = None,
    tutored: Annotated[Path | None, typer.Option(help="Model of a finished tutorship.")] = None,
    translator: TranslatorOption = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            metavar="M",
            help="Train models that are missing, for so many minutes at most. Default: only what is here is tried.",
        ),
    ] = None,
    scale: ScaleOption = None,
    pixel_size: PixelSizeOption = None,
    channel: Channel = None,
    slices: SlicesOption = None,
    preset: PresetOption = PresetName.cpu,
    styled_images: StyledImagesOption = 400,
    device: DeviceOption = DeviceName.auto,
    seed: SeedOption = 0,
    verbose: VerboseOption = False,
) -> None:
    """Try the paths that labels and models allow on a few tiles, and recommend one, or none.

    No label of the new modality is used, and nothing is written but models that are trained, which `labelbridge
    bootstrap` then takes for the same images and settings.

    Example: labelbridge advise new_sem/ --labeled my_tem/ --segmenter tem_model/result
    """
    from labelbridge.bootstrap.advice.advising import advise as advise_on
    from labelbridge.bootstrap.files import read_plan, sources_of
    from labelbridge.bootstrap.tasks.bootstrap import BootstrapTask
    from labelbridge.cli.console import ConsoleReporter, say

    task = BootstrapTask(
        images=tuple(images),
        path="adaptation",
        labeled=labeled,
        unlabeled=unlabeled,
        segmenter=segmenter,
        tutored=tutored,
        translator=translator,
        scale=scale,
        pixel_size_um=pixel_size,
        channel=parse_channel(channel),
        slices=parse_slices(slices),
        preset=preset.value,
        styled_images=styled_images,
        device=device.value,
        seed=seed,
    )
    request = task.request(Path())
    stock, known = read_plan(request, sources_of(request))
    with ConsoleReporter() as reporter:
        advice = advise_on(stock, known, reporter, minutes=minutes)
    _print_table(advice)
    for one in advice.paths:
        say(f"{one.name}: {one.sentence}")
    say(advice.sentence)


def _print_table(advice: "Advice") -> None:
    """Print what was measured of the paths that were tried, a line each."""
    from labelbridge.bootstrap.advice.words import SIGNS, numbers_of
    from labelbridge.cli.tables import new_table, print_table

    table = new_table("path", *SIGNS)
    for one in advice.paths:
        table.add_row(one.name, *numbers_of(one))
    print_table(table)
