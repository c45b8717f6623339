"""Folders of models of every kind, read without torch."""

import json
import re
from pathlib import Path

from pydantic import ValidationError

from labelbridge.core import InputError, ModelCard, TranslatorCard

__all__ = ["CARD", "WEIGHTS", "default_name", "find_models", "read_any_card"]

CARD = "config.json"
"""Name of the card in a model folder."""

WEIGHTS = "model.safetensors"
"""Name of the weights: beside the card of a translator, in each ``fold_*/`` of a segmenter."""


def find_models(folder: Path) -> list[Path]:
    """Return the model folders in `folder`, sorted: itself, or those below it (at most three levels deep).

    Raises
    ------
    InputError
        Where `folder` is not a folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: got no folder there, expected a folder of models; check the path.")
    if _is_model(folder):
        return [folder]
    cards = (card for depth in ("*", "*/*", "*/*/*") for card in folder.glob(f"{depth}/{CARD}"))
    return sorted(card.parent for card in cards if _is_model(card.parent))


def default_name(source: Path, name: str | None = None) -> str:
    """Return a name for a model's folder: `name`, or that of its file or folder, without spaces and signs.

    Raises
    ------
    InputError
        Where `name` has neither letter nor digit.
    """
    base = source.resolve()
    if "__" in base.name:  # nnUNetTrainer__nnUNetPlans__2d says how it was trained, the folder around it what it is
        base = base.parent
    text = name if name is not None else base.stem if base.is_file() else base.name
    safe = re.sub(r"[^\w.-]+", "-", text).strip("-._")
    if not safe:
        raise InputError(f"got the name '{text}', expected one with letters or digits; choose it with --name.")
    return safe


def read_any_card(folder: Path) -> ModelCard | TranslatorCard:
    """Read the card of a model folder, a segmenter's or a translator's.

    Raises
    ------
    InputError
        Where the folder has no card or the card is not one.
    """
    path = folder / CARD
    if not path.is_file():
        got = f"got no {CARD} in it" if folder.is_dir() else "there is no such folder"
        raise InputError(f"{folder}: {got}, expected a model folder as `labelbridge models list` names them.")
    content = path.read_bytes()
    try:
        if _kind(content) == "translator":
            return TranslatorCard.model_validate_json(content)
        return ModelCard.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(
            f"{path}: got a model card that cannot be read ({where}: {first['msg']}); copy it again."
        ) from error


def _kind(content: bytes) -> object:
    """Return what a card says that it is; None where it is no card, or one that does not say."""
    try:
        card = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return card.get("kind") if isinstance(card, dict) else None


def _is_model(folder: Path) -> bool:
    weights = (WEIGHTS, f"fold_*/{WEIGHTS}")
    return (folder / CARD).is_file() and any(any(folder.glob(place)) for place in weights)
