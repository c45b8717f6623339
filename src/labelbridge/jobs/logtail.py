"""The end of a job's log, read on as it grows."""

import codecs
import os
from pathlib import Path

__all__ = ["LogTail"]

_BYTES = 1 << 16


class LogTail:
    """Keeps the last lines of a log; begins anew where the file does.

    Parameters
    ----------
    file
        The log; there may be none yet.
    most_bytes
        About how much is kept.

    Attributes
    ----------
    text
        The last lines, as they were read last.
    """

    def __init__(self, file: Path, most_bytes: int = _BYTES) -> None:
        self._file, self._most = file, most_bytes
        self._offset, self.text = 0, ""
        self._decoder = _new_decoder()

    def read(self) -> bool:
        """Read what has come since the last time, and return whether there was anything.

        Raises
        ------
        OSError
            Where the file is there but cannot be read.
        """
        try:
            with self._file.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                if size < self._offset:
                    self._offset, self.text = 0, ""
                    self._decoder = _new_decoder()
                is_cut = size - self._offset > self._most
                file.seek(size - self._most if is_cut else self._offset)
                data = file.read()
                self._offset = file.tell()
        except FileNotFoundError:
            return False
        if is_cut:
            self._decoder = _new_decoder()
            self.text, data = "", data[data.find(b"\n") + 1 :]
        self._add(self._decoder.decode(data))
        return bool(data)

    def _add(self, text: str) -> None:
        whole = self.text + text.replace("\r\n", "\n").replace("\r", "\n")
        if len(whole) > self._most:
            whole = whole[-self._most :]
            whole = whole[whole.find("\n") + 1 :]
        self.text = whole


def _new_decoder() -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("utf-8")(errors="replace")
