"""Tables that say which classes images do not have."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from labelbridge.core import InputError
from labelbridge.io.names import IMAGE_ENDINGS, ZARR_ENDING, image_stem

__all__ = ["TABLE_ENDINGS", "read_absent_table"]

TABLE_ENDINGS = (".csv", ".tsv")
"""Endings of tables, in lower case."""

_IMAGE, _ABSENT = "image", "absent"
_EXPECTED = f"expected the columns '{_IMAGE}' and '{_ABSENT}', such as '{_IMAGE},{_ABSENT}' above 'a.tif,myelin'"
_MAX_BYTES = 10**7


def read_absent_table(path: Path) -> dict[str, tuple[str, ...]]:
    """Read which classes images do not have.

    The table has a line of headings, among them ``image`` and ``absent``, and a line or more for each image. A CSV file
    has commas or semicolons between its columns, a TSV file tabs. Images are named by their files, with the ending or
    without, and several classes of a line have spaces, commas or semicolons between them.

    Returns
    -------
    dict
        The classes by the name of the image, which is its file's without the ending; each class once.

    Raises
    ------
    InputError
        Where the file cannot be read or is no such table.
    """
    found: dict[str, tuple[str, ...]] = {}
    for image, classes in _lines(path, _text(path)):
        named = (name for name in re.split(r"[\s,;]+", classes) if name)
        found[image] = tuple(dict.fromkeys((*found.get(image, ()), *named)))
    return found


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{path}: got more than {_MAX_BYTES / 1e6:.0f} MB, {_EXPECTED}.")
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(f"{path}: cannot be read ({reason}), {_EXPECTED}.") from error


def _lines(path: Path, text: str) -> Iterator[tuple[str, str]]:
    """Give the name of the image and the classes of each line that names one."""
    heading, *_ = [*text.splitlines(), ""]
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ";" if ";" in heading else ","
    try:
        rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
    except csv.Error as error:
        raise InputError(f"{path}: cannot be read ({error}), {_EXPECTED}.") from error
    headings = [name.strip().lower() for name in rows[0]] if rows else []
    if not {_IMAGE, _ABSENT} <= set(headings):
        got = ", ".join(f"'{name}'" for name in headings[:5]) or "an empty file"
        raise InputError(f"{path}: got {got}, {_EXPECTED}.")
    image, absent = headings.index(_IMAGE), headings.index(_ABSENT)
    for row in rows[1:]:
        cells = [*row, *[""] * len(headings)]
        if name := _name(cells[image]):
            yield name, cells[absent]


def _name(cell: str) -> str:
    file = Path(cell.strip())
    has_ending = file.suffix.lower() in (*IMAGE_ENDINGS, ZARR_ENDING)
    return image_stem(file) if has_ending else file.name
