"""Segmenters: from a grey image to class probabilities."""

from labelbridge.segment.models import copy_model, read_card

__all__ = ["copy_model", "read_card"]
