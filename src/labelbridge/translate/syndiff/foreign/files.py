"""Which files of a folder or zip hold the generators of the published code."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from labelbridge.core import InputError
from labelbridge.io.sourcefiles import SourceFile, source_files, source_names

__all__ = ["GeneratorFiles", "choose_files", "holds_generators", "open_generators"]

_GENERATOR = re.compile(r"(?P<network>gen_diffusive_|netG)(?P<contrast>[12])_(?P<epoch>\d{1,9})\.pth")
"""``netG`` in the first version of the published code."""

_EXPECTED = "expected gen_diffusive_1_N.pth and gen_diffusive_2_N.pth of the same epoch N"


@dataclass(frozen=True)
class GeneratorFiles:
    """The diffusive generators of one epoch.

    Attributes
    ----------
    epoch
        Number in their names.
    contrast1, contrast2
        What makes images of the first contrast from those of the second, and the reverse.
    """

    epoch: int
    contrast1: SourceFile
    contrast2: SourceFile


def holds_generators(source: Path) -> bool:
    """Return True where a folder or zip has a file named as the published code names a generator.

    Raises
    ------
    InputError
        Where `source` is neither, or is an unsafe zip.
    """
    return any(_GENERATOR.fullmatch(name.name) for name in source_names(source))


def open_generators(source: Path, scratch: Path, epoch: int | None = None) -> GeneratorFiles:
    """Return the generators of one epoch in a folder, or in a zip, from which only they are unpacked.

    Parameters
    ----------
    source
        Folder or zip; they may lie in folders within.
    scratch
        Folder to unpack to; need not exist.
    epoch
        Which epoch; None takes the newest that has both.

    Raises
    ------
    InputError
        As `choose_files`, or where `source` is an unsafe zip.
    """
    chosen, names = choose_files(source_names(source), source, epoch)
    return GeneratorFiles(chosen, *source_files(source, names, scratch).values())


def choose_files(
    names: Iterable[PurePosixPath], source: Path, epoch: int | None = None
) -> tuple[int, tuple[PurePosixPath, PurePosixPath]]:
    """Return an epoch, and its files for contrast 1 and contrast 2.

    Parameters
    ----------
    names
        All files of a folder or zip, relative to it.
    source
        That folder or zip, for messages.
    epoch
        Which epoch; None takes the newest that has both.

    Raises
    ------
    InputError
        Where there are no two of the epoch, or they are of more than one training.
    """
    trainings: dict[tuple[PurePosixPath, str], dict[tuple[int, int], PurePosixPath]] = {}
    for name in sorted(names):
        if found := _GENERATOR.fullmatch(name.name):
            numbers = int(found["epoch"]), int(found["contrast"])
            trainings.setdefault((name.parent, found["network"]), {})[numbers] = name
    if len(trainings) > 1:
        folders = ", ".join(sorted({str(folder) for folder, _ in trainings}))
        raise InputError(f"{source}: got {len(trainings)} trainings ({folders}); import one of them.")
    files = next(iter(trainings.values()), {})
    whole = sorted(number for number, contrast in files if contrast == 1 and (number, 2) in files)
    if not whole:
        raise InputError(f"{source}: got {', '.join(name.name for name in files.values()) or 'none'}, {_EXPECTED}.")
    if epoch is not None and epoch not in whole:
        raise InputError(f"{source}: got no generators of epoch {epoch}, expected one of {whole}; say it with --epoch.")
    chosen = whole[-1] if epoch is None else epoch
    return chosen, (files[chosen, 1], files[chosen, 2])
