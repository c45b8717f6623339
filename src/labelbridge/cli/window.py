"""The window, which is a process of its own: this one may have loaded what no window should."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from labelbridge.cli.errors import CORRECT_ME
from labelbridge.core import InputError
from labelbridge.doctor.packages import DISTRIBUTION, QT_BINDINGS

__all__ = ["check_window", "has_screen", "show_window"]


def has_screen() -> bool:
    """Return True where a window can be seen: on Windows and macOS always, elsewhere where a display is named."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def check_window() -> None:
    """Raise InputError where napari or what draws its windows is missing, or there is no screen."""
    missing = [name for name in ("napari", "qtpy") if find_spec(name) is None]
    if not any(find_spec(name) for name in QT_BINDINGS):
        missing.append("Qt binding such as PyQt6")
    if missing:
        raise InputError(
            f'got no {" and no ".join(missing)}, expected what draws windows; run `pip install "{DISTRIBUTION}[all]"`.'
        )
    if not has_screen():
        raise InputError(
            "got no screen (DISPLAY is not set), expected one for a window; run this where there is one, or with "
            "`ssh -X`."
        )


def show_window(image: Path | None, *, masks: Path | None = None, picture: Path | None = None) -> None:
    """Open napari with an image and its masks, and wait until it is closed.

    Parameters
    ----------
    image
        The image, or None.
    masks
        Folder or file with its masks, or None.
    picture
        Where to save a picture of the window, which is then closed; None leaves that to the user.

    Raises
    ------
    InputError
        As `check_window` does, and where the window could not be opened or broke down.
    SystemExit
        Where the window has said what the user can correct.
    """
    check_window()
    command = [sys.executable, "-m", "labelbridge.plugin"]
    command += [] if image is None else [str(image)]
    command += [] if masks is None else ["--masks", str(masks)]
    command += [] if picture is None else ["--picture", str(picture)]
    code = subprocess.run(command, check=False).returncode
    if code == CORRECT_ME:
        raise SystemExit(code)
    if code:
        raise InputError(
            f"got the exit code {code} of the window, expected 0; the reason stands above: mostly it is a library that "
            "Qt expects of the system."
        )
