"""`labelbridge translate`: images with the look of the other modality."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import (
    Channel,
    OutOption,
    OverwriteOption,
    ScaleOption,
    SlicesOption,
    VerboseOption,
    parse_channel,
    parse_slices,
)

__all__ = ["translate"]


class Target(StrEnum):
    """Whose look the images get."""

    labeled = "labeled"
    unlabeled = "unlabeled"


@at_the_edge
def translate(
    images: Annotated[list[Path], typer.Argument(help="Images, or folders of them, of the other modality.")],
    to: Annotated[Target, typer.Option(help="Whose look the images get.")],
    labeled: Annotated[Path, typer.Option(help="Folder with the labelled images (L).")],
    unlabeled: Annotated[Path, typer.Option(help="Folder with images of the new modality (U).")],
    out: OutOption,
    scale: ScaleOption = None,
    channel: Channel = None,
    slices: SlicesOption = None,
    overwrite: OverwriteOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Give images the look of the other modality, by intensities alone.

    Images of U keep their size; images of L are brought to U's scale. Written as 16-bit TIFF.

    Example: labelbridge translate new_sem/ --to labeled --labeled my_tem/ --unlabeled new_sem/ --out as_tem/
    """
    from labelbridge.bootstrap.sources import Reading
    from labelbridge.bootstrap.translating import translate_files
    from labelbridge.cli.console import ConsoleReporter, say

    with ConsoleReporter() as reporter:
        written = translate_files(
            images,
            to=to.value,
            labeled=labeled,
            unlabeled=unlabeled,
            out=out,
            scale=scale,
            reading=Reading(parse_channel(channel), parse_slices(slices)),
            overwrite=overwrite,
            reporter=reporter,
            tell=say,
        )
    say(f"{len(written)} files in {out}")
