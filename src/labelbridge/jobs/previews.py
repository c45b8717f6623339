"""Pictures that a job has shown, kept over time: of many of one name, an even selection."""

import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

__all__ = ["keep_selection", "next_preview"]

_MOST = 50
"""Pictures of one name that are kept, about; the first and the last are always among them."""

_FILE = re.compile(r"(?P<name>.+)-(?P<number>\d{6})\.png")


def next_preview(folder: Path, name: str) -> Path:
    """Return the file for the next picture of a name."""
    return folder / f"{name}-{max(_numbered(folder, name), default=-1) + 1:06d}.png"


def keep_selection(folder: Path, name: str, most: int = _MOST) -> None:
    """Remove pictures of a name, so that at most so many and the last one stay, evenly spread over time."""
    files = _numbered(folder, name)
    kept = _selection(files, most)
    for number, file in files.items():
        if number not in kept:
            with suppress(OSError):  # on Windows, one that somebody looks at stays until the next time
                file.unlink(missing_ok=True)


def _numbered(folder: Path, name: str) -> dict[int, Path]:
    """Return the pictures of a name by their number."""
    if not folder.is_dir():
        return {}
    matches = ((_FILE.fullmatch(file.name), file) for file in folder.iterdir())
    return {int(match["number"]): file for match, file in matches if match and match["name"] == name}


def _selection(numbers: Collection[int], most: int) -> set[int]:
    last, every = max(numbers, default=0), 1
    while last // every >= most:
        every *= 2
    return {number for number in numbers if number % every == 0 or number == last}
