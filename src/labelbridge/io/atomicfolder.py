"""Folders that appear whole or not at all."""

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from labelbridge.io.atomic import check_absent, patiently, saying_why

__all__ = ["atomic_folder"]


@contextmanager
def atomic_folder(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give an empty folder to fill, which becomes `target` at the end, or vanishes after an error.

    A folder that is replaced steps aside first and is removed last, so one of the two always exists.

    Raises
    ------
    InputError
        Where `target` exists and `overwrite` is False, or the disk does not take the files.
    """
    if not overwrite:
        check_absent([target])
    with saying_why(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in target.parent.glob(f".{glob.escape(target.name)}.*.tmp"):
            shutil.rmtree(left, ignore_errors=True)
        fresh, aside = _beside(target, "tmp"), _beside(target, "old")
        fresh.mkdir()
        try:
            yield fresh
            if overwrite and os.path.lexists(target):
                patiently(lambda: os.rename(target, aside))
            else:
                check_absent([target])
            patiently(lambda: os.rename(fresh, target))
        except BaseException:
            if os.path.lexists(aside) and not os.path.lexists(target):
                os.rename(aside, target)
            raise
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        _remove(aside)


def _beside(target: Path, ending: str) -> Path:
    return target.with_name(f".{target.name}.{uuid4().hex[:8]}.{ending}")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
