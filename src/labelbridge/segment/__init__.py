"""Segmenters: from a grey image to class probabilities."""

from labelbridge.segment.models import read_card

__all__ = ["read_card"]
