"""Which processor to compute on, by name; resolved where torch is at hand."""

from typing import Literal

__all__ = ["Device"]

Device = Literal["auto", "cpu", "cuda", "mps"]
"""``auto`` takes cuda, then mps, then cpu."""
