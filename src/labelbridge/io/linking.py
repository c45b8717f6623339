"""A second name for files that are large, or a copy where the disk knows no such thing."""

import os
import shutil
from pathlib import Path

from labelbridge.io.atomic import saying_why

__all__ = ["link_folder"]


def link_folder(source: Path, target: Path) -> None:
    """Let a folder appear in another place as well, at once and without room on the disk: its files get second names.

    For files that are replaced and never changed, as ours are. Where the disk knows no second names they are copied.

    Parameters
    ----------
    source
        A folder with files in any depth.
    target
        A folder that is not there.

    Raises
    ------
    InputError
        Where the disk does not take it.
    """
    with saying_why(target):
        target.mkdir(parents=True)
        for path in sorted(source.rglob("*")):
            place = target / path.relative_to(source)
            if path.is_dir():
                place.mkdir()
            else:
                _link(path, place)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
