"""Images that are compared pixel by pixel."""

from labelbridge.core import InputError

__all__ = ["require_same_shape"]


def require_same_shape(source: tuple[int, ...], translated: tuple[int, ...]) -> None:
    """Raise InputError where a translation has another shape than its source."""
    if source != translated:
        raise InputError(
            f"got a translation of {translated} for an image of {source} (height, width), expected one shape; bring "
            "translations back to the size of their source."
        )
