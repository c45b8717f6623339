"""Which files of a folder or zip make an nnU-Net model."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from labelbridge.core import InputError
from labelbridge.io.sourcefiles import SourceFile, source_files, source_names

__all__ = ["CHECKPOINTS", "StockFiles", "choose_files", "open_stock"]

CHECKPOINTS = ("checkpoint_best.pth", "checkpoint_final.pth")
"""Weights of a fold, the preferred first."""

_FOLD = re.compile(r"fold_(all|\d{1,2})")
_EXPECTED = (
    "expected a trained nnU-Net v2 model: plans.json and dataset.json, and beside them fold_*/checkpoint_best.pth "
    "or checkpoint_final.pth"
)


@dataclass(frozen=True)
class StockFiles:
    """What a trained nnU-Net model consists of.

    Attributes
    ----------
    plans, dataset
        plans.json and dataset.json.
    folds
        The checkpoint of each fold, by ``all`` or the fold's number.
    """

    plans: SourceFile
    dataset: SourceFile
    folds: dict[str, SourceFile]


def open_stock(source: Path, scratch: Path) -> StockFiles:
    """Return the files of a model in a folder, or in a zip, from which only they are unpacked.

    Parameters
    ----------
    source
        Folder or zip; the model may lie in folders within.
    scratch
        Folder to unpack to; need not exist.

    Raises
    ------
    InputError
        Where `source` holds no model, or more than one, or is an unsafe zip.
    """
    return _stock(source_files(source, choose_files(source_names(source), source), scratch))


def choose_files(names: Iterable[PurePosixPath], source: Path) -> list[PurePosixPath]:
    """Return plans.json, dataset.json and one checkpoint a fold.

    Parameters
    ----------
    names
        All files of a folder or zip, relative to it.
    source
        That folder or zip, for messages.

    Raises
    ------
    InputError
        Where they are not those of one model.
    """
    there = set(names)
    roots = sorted(name.parent for name in there if name.name == "plans.json")
    if len(roots) > 1:
        roots = [root for root in roots if root.name.endswith("__2d")] or roots
    if not roots:
        more = "; there is a zip in it: unpack that" if any(name.suffix == ".zip" for name in there) else ""
        raise InputError(f"{source}: got no plans.json in it, {_EXPECTED}{more}.")
    if len(roots) > 1:
        raise InputError(f"{source}: got {len(roots)} models ({', '.join(map(str, roots))}); import one of them.")
    root = roots[0]
    if root / "dataset.json" not in there:
        raise InputError(f"{source}: got no dataset.json beside plans.json, {_EXPECTED}.")
    checkpoints = _checkpoints(root, there)
    if not checkpoints:
        raise InputError(f"{source}: got no weights beside plans.json, {_EXPECTED}.")
    return [root / "plans.json", root / "dataset.json", *checkpoints]


def _checkpoints(root: PurePosixPath, there: set[PurePosixPath]) -> list[PurePosixPath]:
    folds = {name.parent for name in there if name.parent.parent == root and _FOLD.fullmatch(name.parent.name)}
    found = (next((fold / name for name in CHECKPOINTS if fold / name in there), None) for fold in sorted(folds))
    return [checkpoint for checkpoint in found if checkpoint is not None]


def _stock(files: dict[PurePosixPath, SourceFile]) -> StockFiles:
    plans, dataset, *checkpoints = files
    folds = {fold: files[name] for name in checkpoints if (fold := _fold_of(name)) is not None}
    return StockFiles(files[plans], files[dataset], folds)


def _fold_of(name: PurePosixPath) -> str | None:
    found = _FOLD.fullmatch(name.parent.name)
    return found[1] if found and name.name in CHECKPOINTS else None
