"""Folders of translators, read without torch."""

from pathlib import Path

from labelbridge.core import InputError, TranslatorCard
from labelbridge.io.modelfolder import CARD, read_any_card

__all__ = ["read_translator_card"]


def read_translator_card(folder: Path) -> TranslatorCard:
    """Read the card of a translator's folder.

    Raises
    ------
    InputError
        Where the folder has no card or the card is not one of a translator; of the published code's weights it tells
        how to import them.
    """
    if not (folder / CARD).is_file() and (folder.is_file() or any(folder.glob("*.pth"))):
        raise InputError(
            f"{folder}: got no translator of LabelBridge; weights of the published SynDiff code become one by "
            f"`labelbridge models import {folder}`."
        )
    card = read_any_card(folder)
    if not isinstance(card, TranslatorCard):
        raise InputError(f"{folder}: got a model that segments, expected a translator; give it with --segmenter.")
    return card
