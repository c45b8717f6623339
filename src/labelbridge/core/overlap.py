"""How much neighbouring tiles of an image share, whichever network works on them."""

from labelbridge.core.errors import InputError

__all__ = ["MOST_OVERLAP", "check_overlap"]

MOST_OVERLAP = 0.75
"""Above it, the tiles of an image are more than sixteen times as many as without overlap."""


def check_overlap(overlap: float | None) -> None:
    """Raise InputError unless tiles can share such a part of their side; None, what each network takes, they can."""
    if overlap is not None and not 0 <= overlap <= MOST_OVERLAP:
        raise InputError(
            f"got a tile overlap of {overlap:g}, expected a part of a tile's side from 0 to {MOST_OVERLAP:g}; 0.5 is "
            "usual to segment, 0.25 to translate."
        )
