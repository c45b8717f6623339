"""`labelbridge demo`: the main job on the sample data."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import VerboseOption

if TYPE_CHECKING:
    from labelbridge.bootstrap.demo import DemoResult

__all__ = ["demo"]


@at_the_edge
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")] = Path("labelbridge-demo"),
    headless: Annotated[bool, typer.Option("--headless", help="Never open a window.")] = False,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", metavar="FILE", help="Save a picture of the window as PNG, and close it."),
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """Run the three paths on the sample data, score them, and show the masks in napari.

    Example: labelbridge demo --out /tmp/labelbridge-demo
    """
    from labelbridge.bootstrap.demo import run_demo
    from labelbridge.cli.console import ConsoleReporter, say

    with ConsoleReporter() as reporter:
        result = run_demo(out, reporter, say)
    for path, dice in result.dice.items():
        say(f"{path:<11} Dice axon {dice['axon']:.3f}, myelin {dice['myelin']:.3f}")
    say(f"masks    {result.masks}\noverlay  {result.overlay}\nreport   {result.report}")
    if not headless:
        _show(result, picture)


def _show(result: "DemoResult", picture: Path | None) -> None:
    """Open napari with an image and its masks; where it is not installed, the overlay in the system's own viewer."""
    from labelbridge.cli.console import say
    from labelbridge.cli.window import check_window, has_screen, show_window
    from labelbridge.core import InputError

    if not has_screen():
        return
    try:
        check_window()
    except InputError as missing:
        say(str(missing))
        if sys.platform in ("win32", "darwin") or shutil.which("xdg-open"):
            typer.launch(str(result.overlay.resolve()))
        return
    say("Opening napari; close its window to end.")
    show_window(result.image, masks=result.masks, picture=picture)
