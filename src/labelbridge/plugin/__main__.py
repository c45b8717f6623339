"""The window as a process of its own: `python -m labelbridge.plugin [IMAGE] [--masks DIR] [--picture FILE]`."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from labelbridge.core import LabelBridgeError
from labelbridge.plugin.window import open_window, unsaved_since

__all__ = ["main"]


def main() -> int:
    """Open the window; return 0 when it was closed, or 2 after a sentence on what the user can correct."""
    parser = argparse.ArgumentParser(prog="python -m labelbridge.plugin", description="Open napari with LabelBridge.")
    parser.add_argument("image", type=Path, nargs="?", help="image to show")
    parser.add_argument("--masks", type=Path, help="folder or file with its masks")
    parser.add_argument("--picture", type=Path, help="save a picture of the window here, and close it")
    options = parser.parse_args()
    opened = datetime.now(UTC)
    try:
        open_window(options.image, masks=options.masks, picture=options.picture)
    except LabelBridgeError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 2
    if notice := unsaved_since(opened):
        sys.stderr.write(f"{notice}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
