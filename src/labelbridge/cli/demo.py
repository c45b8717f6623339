"""`labelbridge demo`: the main job on the sample data."""

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import VerboseOption

__all__ = ["demo"]


@at_the_edge
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")] = Path("labelbridge-demo"),
    headless: Annotated[bool, typer.Option("--headless", help="Never open a window.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Run the three paths on the sample data, score them, and show the masks.

    Example: labelbridge demo --out /tmp/labelbridge-demo
    """
    from labelbridge.bootstrap.demo import run_demo
    from labelbridge.cli.console import ConsoleReporter, say

    with ConsoleReporter() as reporter:
        result = run_demo(out, reporter, say)
    for path, dice in result.dice.items():
        say(f"{path:<11} Dice axon {dice['axon']:.3f}, myelin {dice['myelin']:.3f}")
    say(f"masks    {result.masks}\noverlay  {result.overlay}\nreport   {result.report}")
    if not headless and _can_show():
        typer.launch(str(result.overlay.resolve()))


def _can_show() -> bool:
    """Return True where the system's own viewer can open a picture."""
    if sys.platform in ("win32", "darwin"):
        return True
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(screen) and shutil.which("xdg-open") is not None
