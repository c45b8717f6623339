"""`labelbridge napari`: the window."""

from pathlib import Path
from typing import Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import VerboseOption

__all__ = ["napari"]


@at_the_edge
def napari(
    image: Annotated[Path | None, typer.Argument(help="Image to open.")] = None,
    masks: Annotated[
        Path | None, typer.Option("--masks", metavar="DIR", help="Folder or file with masks of the image.")
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", metavar="FILE", help="Save a picture of the window as PNG, and close it."),
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """Open napari with LabelBridge's docks, to bootstrap, correct and export masks.

    Example: labelbridge napari my_sem/image.tif --masks masks/
    """
    from labelbridge.cli.window import show_window

    show_window(image, masks=masks, picture=picture)
