"""A new folder for a model: complete or not there."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labelbridge.core import InputError
from labelbridge.io.atomic import patiently, saying_why

__all__ = ["check_out", "new_folder"]


def check_out(out: Path) -> None:
    """Raise InputError unless `out` is free for a model folder: absent or empty."""
    if out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise InputError(f"{out}: got something that is there already, expected a new folder for the model.")


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """Give a fresh folder beside `out` to fill, which becomes `out` at the end, or vanishes after an error.

    Raises
    ------
    InputError
        Where `out` is not free, or the disk does not take the files.
    """
    check_out(out)
    with saying_why(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        building = out.with_name(f".{out.name}.part")
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        try:
            yield building
            check_out(out)
            if out.exists():
                out.rmdir()
            patiently(lambda: building.rename(out))
        finally:
            shutil.rmtree(building, ignore_errors=True)
