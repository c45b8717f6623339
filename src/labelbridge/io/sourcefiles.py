"""Some files out of a folder or a zip of a stranger."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from labelbridge.core import InputError
from labelbridge.io.archive import open_archive

__all__ = ["SourceFile", "source_files", "source_names"]

_DEPTH = 5


@dataclass(frozen=True)
class SourceFile:
    """A file, and the name that the user knows it by (it may come out of a zip)."""

    path: Path
    shown: Path


def source_names(source: Path) -> list[PurePosixPath]:
    """Return the files in a folder (down to five folders within) or zip, relative to it.

    Raises
    ------
    InputError
        Where `source` is neither, or is an unsafe zip.
    """
    if source.is_dir():
        return list(_walk(source))
    if not source.is_file():
        raise InputError(f"{source}: got nothing there, expected a folder or a zip; check the path.")
    with open_archive(source) as archive:
        return archive.names


def source_files(source: Path, names: Sequence[PurePosixPath], scratch: Path) -> dict[PurePosixPath, SourceFile]:
    """Return some of the files of a folder, or of a zip, from which only they are unpacked.

    Parameters
    ----------
    source
        Folder or zip.
    names
        Those of `source_names` that are wanted.
    scratch
        Folder to unpack to; need not exist.

    Raises
    ------
    InputError
        Where `source` is an unsafe zip, or one that cannot be unpacked.
    """
    if source.is_dir():
        return {name: SourceFile(source / name, source / name) for name in names}
    inside = {name: scratch / str(number) / name.name for number, name in enumerate(names)}
    with open_archive(source) as archive:
        archive.extract(inside)
    return {name: SourceFile(path, source / name) for name, path in inside.items()}


def _walk(folder: Path) -> Iterator[PurePosixPath]:
    for here, folders, files in os.walk(folder):
        inside = Path(here).relative_to(folder)
        if len(inside.parts) >= _DEPTH:
            folders.clear()
        yield from (PurePosixPath(inside.as_posix()) / name for name in files)
