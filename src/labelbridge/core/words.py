"""Numbers as people read them."""

__all__ = ["counted", "size_in_words"]


def counted(number: int, noun: str) -> str:
    """Return so many of something, such as ``1 image`` and ``1,234 images``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size_in_words(size: int) -> str:
    """Return a size in bytes in GB (10^9 bytes), or in MB where it is small."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.0f} MB"
