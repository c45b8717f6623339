"""Names of the files that are kept of an image."""

import re
from datetime import UTC, datetime
from uuid import uuid4

__all__ = ["new_file_name"]

_LETTERS = 60


def new_file_name(image: str, time: datetime, ending: str) -> str:
    """Return a name that no other file has: the image's as far as every system takes it, the time in UTC, the ending.

    Parameters
    ----------
    image
        Name of the image, for the user.
    time
        With its time zone.
    ending
        With its dot.
    """
    name = re.sub(r"[^\w.-]+", "_", image)[:_LETTERS].strip("._") or "image"
    return f"{name}-{time.astimezone(UTC):%Y%m%d-%H%M%S}-{uuid4().hex[:6]}{ending}"
