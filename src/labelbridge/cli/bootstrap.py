"""`labelbridge bootstrap`: masks for images of the new modality."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import (
    Channel,
    ClassesOption,
    DeviceName,
    DeviceOption,
    LabeledOption,
    OutOption,
    OverwriteOption,
    PixelSizeOption,
    PresetName,
    PresetOption,
    ScaleOption,
    SeedOption,
    SlicesOption,
    TileOverlapOption,
    TranslatorOption,
    UnlabeledOption,
    VerboseOption,
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
        PathName,
        typer.Option(
            help="direct: L's model on the image as it is; adaptation: the image is made to look like L first; "
            "tutorship: L is made to look like the image, and a model is trained on that."
        ),
    ] = PathName.tutorship,
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
    preset: PresetOption = PresetName.cpu,
    device: DeviceOption = DeviceName.auto,
    seed: SeedOption = 0,
    bids: Annotated[bool, typer.Option("--bids", help="Write the masks as BIDS derivatives too.")] = False,
    overwrite: OverwriteOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Give first axon and myelin masks to images of a new modality.

    What had to be trained is kept and used again for the same data and settings.

    Example: labelbridge bootstrap new_sem/ --path tutorship --labeled my_tem/ --out masks/
    """
    from labelbridge.bootstrap import TutorshipSettings
    from labelbridge.bootstrap.files import FileRequest, bootstrap_files
    from labelbridge.bootstrap.sources import Reading
    from labelbridge.cli.console import ConsoleReporter, say

    request = FileRequest(
        images=images,
        out=out,
        path=path.value,
        labeled=labeled,
        unlabeled=unlabeled,
        segmenter=segmenter,
        tutored=tutored,
        translator=translator,
        scale=scale,
        tile_overlap=tile_overlap,
        reading=Reading(parse_channel(channel), parse_slices(slices), pixel_size),
        bids=bids,
        overwrite=overwrite,
        settings=TutorshipSettings(
            preset=preset.value,
            seed=seed,
            device=device.value,
            classes=split_names(classes),
        ),
    )
    with ConsoleReporter() as reporter:
        written = bootstrap_files(request, reporter, say)
    say(f"{len(written)} files in {out}")
