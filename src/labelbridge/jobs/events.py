"""events.jsonl of a job: a line for each thing that happened, appended, and read on from where one was."""

import json
import math
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic_core import from_json

__all__ = ["EventReader", "add_event", "end_last_line", "last_events"]

_BLOCK_BYTES = 1 << 16


def add_event(file: Path, kind: str, /, **values: float | str | None) -> None:
    """Append an event with the time of now; numbers that are not finite become null.

    Raises
    ------
    OSError
        Where the disk does not take it.
    """
    plain = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}
    line = json.dumps({"time_s": round(time.time(), 3), "event": kind, **plain}, ensure_ascii=False)
    with file.open("a", encoding="utf-8", newline="\n") as events:
        events.write(line + "\n")


def end_last_line(file: Path) -> None:
    """End a line that a killed run left half-written, so that the next event begins one of its own."""
    if not file.is_file() or not file.stat().st_size:
        return
    with file.open("r+b") as events:
        events.seek(-1, os.SEEK_END)
        if events.read(1) != b"\n":
            events.write(b"\n")


class EventReader:
    """Reads a job's events as they come, each once; damaged lines, as a killed run leaves them, are passed over.

    Parameters
    ----------
    file
        The events; there may be none yet.
    offset
        Byte to begin at, as an earlier reader's `offset` tells it.
    """

    def __init__(self, file: Path, offset: int = 0) -> None:
        self._file = file
        self.offset = offset

    def read(self, most_bytes: int | None = None) -> list[dict[str, object]]:
        """Return the events since the last call; a line that is being written waits for the next.

        Parameters
        ----------
        most_bytes
            About how much to read at once, or None for all: a window that stays quick asks several times.

        Raises
        ------
        OSError
            Where the file is there but cannot be read.
        """
        try:
            with self._file.open("rb") as file:
                if file.seek(0, os.SEEK_END) < self.offset:  # another file of this name: the job was begun anew
                    self.offset = 0
                file.seek(self.offset)
                lines = file.readlines(-1 if most_bytes is None else most_bytes)
        except FileNotFoundError:
            return []
        if lines and not lines[-1].endswith(b"\n"):
            lines.pop()
        self.offset += sum(map(len, lines))
        return list(_parse(lines))


def last_events(file: Path, count: int) -> list[dict[str, object]]:
    """Return the last events, at most `count`, in their order, without reading those before.

    Raises
    ------
    OSError
        Where the file is there but cannot be read.
    """
    try:
        with file.open("rb") as events:
            begin = events.seek(0, os.SEEK_END)
            tail = b""
            while begin and tail.count(b"\n") <= count:
                step = min(begin, _BLOCK_BYTES)
                begin = events.seek(begin - step)
                tail = events.read(step) + tail
    except FileNotFoundError:
        return []
    lines = tail.split(b"\n")[1 if begin else 0 : -1]
    return list(_parse(lines))[-count:] if count > 0 else []


def _parse(lines: Iterable[bytes]) -> Iterator[dict[str, object]]:
    for line in lines:
        try:
            event = from_json(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event
