"""Model folders, read without torch."""

from pathlib import Path

from pydantic import ValidationError

from labelbridge.core import InputError, ModelCard

__all__ = ["CARD", "find_models", "read_card"]

CARD = "config.json"
"""Name of the card in a model folder."""


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


def read_card(folder: Path) -> ModelCard:
    """Read the card of a model folder.

    Raises
    ------
    InputError
        Where the folder has no card or the card is not one.
    """
    path = folder / CARD
    if not path.is_file():
        raise InputError(f"{folder}: got no {CARD} in it, expected a model folder made by `labelbridge train`.")
    try:
        return ModelCard.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(
            f"{path}: got a model card that cannot be read ({where}: {first['msg']}); copy it again."
        ) from error


def _is_model(folder: Path) -> bool:
    return (folder / CARD).is_file() and any(folder.glob("fold_*/model.safetensors"))
