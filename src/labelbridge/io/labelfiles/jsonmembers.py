"""Large JSON collections, read one feature after the other: as a whole they take twenty times the memory."""

import json
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["read_members"]

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")


def read_members(text: str, apart: str) -> Iterator[tuple[str, Any]]:
    """Give the members of a JSON object by name and value, but each element of the list `apart` by its own.

    Where the text is a bare list, its elements are given as those of `apart`.

    Raises
    ------
    ValueError
        Where the text is neither, or is damaged.
    """
    cursor = _Cursor(text)
    if cursor.takes("["):
        yield from ((apart, element) for element in cursor.elements())
    elif cursor.takes("{"):
        yield from cursor.members(apart)
    else:
        raise ValueError("neither an object nor a list")


class _Cursor:
    """A place in a JSON text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def takes(self, mark: str) -> bool:
        """Pass over blanks and `mark` where it comes next."""
        self._pass_blanks()
        found = self._text.startswith(mark, self._place)
        self._place += found
        return found

    def elements(self) -> Iterator[Any]:
        """Give the elements of a list that has been opened."""
        while not self.takes("]"):
            yield self._value()
            self._end_of_item("]")

    def members(self, apart: str) -> Iterator[tuple[str, Any]]:
        """Give the members of an object that has been opened."""
        while not self.takes("}"):
            name = str(self._value())
            if not self.takes(":"):
                raise ValueError(f"a colon is missing at character {self._place}")
            if name == apart and self.takes("["):
                yield from ((name, element) for element in self.elements())
            else:
                yield name, self._value()
            self._end_of_item("}")

    def _value(self) -> Any:
        self._pass_blanks()
        value, self._place = _DECODER.raw_decode(self._text, self._place)
        return value

    def _end_of_item(self, closing: str) -> None:
        if not self.takes(",") and not self._text.startswith(closing, self._place):
            raise ValueError(f"a comma is missing at character {self._place}")

    def _pass_blanks(self) -> None:
        blanks = _BLANK.match(self._text, self._place)
        self._place = blanks.end() if blanks else self._place
