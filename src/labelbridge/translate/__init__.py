"""Translators: the look of one modality from the images of another."""

from labelbridge.translate.models import read_translator_card

__all__ = ["read_translator_card"]
