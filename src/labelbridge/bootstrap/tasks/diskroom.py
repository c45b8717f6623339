"""Whether a disk has room for what is to come."""

import shutil
from pathlib import Path

from labelbridge.core import InputError, size_in_words

__all__ = ["check_room"]


def check_room(place: Path, need_bytes: float, what: str) -> str:
    """Say what is needed and what is free.

    Parameters
    ----------
    place
        Folder of the work; it and those above it need not be there yet. What lies in it is part of what is needed.
    need_bytes
        How much room the work needs from its beginning on.
    what
        What takes it, in the plural.

    Raises
    ------
    InputError
        Where less is free.
    """
    there = next(folder for folder in (place.absolute(), *place.absolute().parents) if folder.is_dir())
    done = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    need, free = max(0, int(need_bytes) - done), shutil.disk_usage(there).free
    if need > free:
        raise InputError(
            f"{place}: got {size_in_words(free)} free, expected {size_in_words(need)} for {what}; free some space, or "
            "choose a folder on a larger disk or a smaller --preset."
        )
    return f"{what} take up to {size_in_words(need)}; {size_in_words(free)} are free"
