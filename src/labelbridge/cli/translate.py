"""`labelbridge translate`: images with the look of the other modality."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import (
    Channel,
    DeviceName,
    DeviceOption,
    OutOption,
    OverwriteOption,
    ScaleOption,
    SeedOption,
    SlicesOption,
    TileOverlapOption,
    TranslatorOption,
    VerboseOption,
    parse_channel,
    parse_slices,
)

__all__ = ["translate"]


class Target(StrEnum):
    """Whose look the images get."""

    labeled = "labeled"
    unlabeled = "unlabeled"


class Form(StrEnum):
    """What the results are written as."""

    tif = "tif"
    ome_zarr = "ome-zarr"


@at_the_edge
def translate(
    images: Annotated[list[Path], typer.Argument(help="Images, or folders of them, of the other modality.")],
    to: Annotated[Target, typer.Option(help="Whose look the images get.")],
    out: OutOption,
    labeled: Annotated[
        Path | None,
        typer.Option("--labeled", metavar="DIR", help="Folder with the labelled images (L); a translator knows them."),
    ] = None,
    unlabeled: Annotated[
        Path | None,
        typer.Option(
            "--unlabeled", metavar="DIR", help="Folder with images of the new modality (U); a translator knows them."
        ),
    ] = None,
    translator: TranslatorOption = None,
    samples: Annotated[
        int,
        typer.Option(
            "--samples", metavar="N", min=1, help="Translate each image N times by the translator: mean and spread."
        ),
    ] = 1,
    seed: SeedOption = 0,
    device: DeviceOption = DeviceName.auto,
    scale: ScaleOption = None,
    channel: Channel = None,
    slices: SlicesOption = None,
    tile_overlap: TileOverlapOption = None,
    form: Annotated[
        Form, typer.Option("--format", help="TIFF, or OME-Zarr for images that are too large for other programs.")
    ] = Form.tif,
    overwrite: OverwriteOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Give images the look of the other modality, by a trained translator or by intensities alone.

    Images of U keep their size; images of L are brought to U's scale. Written with 16 bits.

    Example: labelbridge translate new_sem/ --to labeled --labeled my_tem/ --unlabeled new_sem/ --out as_tem/

    Example: labelbridge translate new_sem/ --to labeled --translator tem_sem/result --out as_tem/
    """
    from labelbridge.bootstrap.sources import Reading
    from labelbridge.bootstrap.translating import TranslateRequest, translate_files
    from labelbridge.cli.console import ConsoleReporter, say

    request = TranslateRequest(
        images=images,
        to=to.value,
        out=out,
        labeled=labeled,
        unlabeled=unlabeled,
        translator=translator,
        samples=samples,
        seed=seed,
        device=device.value,
        scale=scale,
        tile_overlap=tile_overlap,
        reading=Reading(parse_channel(channel), parse_slices(slices)),
        format=form.value,
        overwrite=overwrite,
    )
    with ConsoleReporter() as reporter:
        written = translate_files(request, reporter, say)
    say(f"{len(written)} files in {out}")
