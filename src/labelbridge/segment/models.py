"""Folders of segmenters, read without torch."""

import shutil
from pathlib import Path

from labelbridge.core import InputError, ModelCard
from labelbridge.io.modelfolder import CARD, read_any_card
from labelbridge.io.newfolder import new_folder

__all__ = ["copy_model", "read_card"]


def copy_model(model: Path, out: Path, card: ModelCard) -> None:
    """Copy a segmenter's folder to `out` with another card; it appears complete at the end or not at all."""
    with new_folder(out) as building:
        shutil.copytree(model, building, dirs_exist_ok=True)
        (building / CARD).write_text(card.model_dump_json(indent=2), encoding="utf-8")


def read_card(folder: Path) -> ModelCard:
    """Read the card of a segmenter's folder.

    Raises
    ------
    InputError
        Where the folder has no card or the card is not one of a segmenter; of a stock nnU-Net model it tells how to
        import it.
    """
    if not (folder / CARD).is_file() and _is_stock(folder):
        raise InputError(
            f"{folder}: got a model as nnU-Net keeps it, expected one of LabelBridge; run "
            f"`labelbridge models import {folder}` first."
        )
    card = read_any_card(folder)
    if not isinstance(card, ModelCard):
        raise InputError(f"{folder}: got a translator, expected a model that segments; give it with --translator.")
    return card


def _is_stock(folder: Path) -> bool:
    """Return True for a zip, and for a folder with nnU-Net's checkpoints in it or in a folder within."""
    if folder.is_file():
        return folder.suffix.lower() == ".zip"
    return any(any(folder.glob(f"{inner}fold_*/checkpoint_*.pth")) for inner in ("", "*/", "*/*/"))
