"""Segmenters: from a grey image to class probabilities."""

from labelbridge.segment.models import default_name, find_models, read_card

__all__ = ["default_name", "find_models", "read_card"]
