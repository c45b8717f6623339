"""Segmenters: from a grey image to class probabilities."""

from labelbridge.segment.models import find_models, read_card

__all__ = ["find_models", "read_card"]
