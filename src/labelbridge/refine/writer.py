"""The thread that brings a journal's records to the disk."""

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from labelbridge.core import InputError
from labelbridge.io.atomic import saying_why
from labelbridge.refine.appendfile import AppendFile
from labelbridge.refine.records import Kind, to_bytes

__all__ = ["Entry", "JournalWriter"]

_logger = logging.getLogger(__name__)

_SAVE_AFTER_S = 0.5
_RETRY_AFTER_S = 1.0


@dataclass(frozen=True)
class Entry:
    """A record to be written.

    Attributes
    ----------
    kind
        What it holds.
    payload
        Gives its content; called in the writer's thread.
    time_s
        When it was made, seconds since 1970.
    """

    kind: Kind
    payload: Callable[[], bytes]
    time_s: float = field(default_factory=time.time)


@dataclass(frozen=True)
class _Wish:
    """Somebody waits until all before it was tried to be saved."""

    is_last: bool = False
    tried: threading.Event = field(default_factory=threading.Event)


class JournalWriter:
    """Writes entries as they come, in a thread of its own, and has the disk confirm them within a second.

    Where the disk refuses, what it did not confirm stays in memory and is written again each second.

    Parameters
    ----------
    file
        What to append to; closed by `stop`.
    tell
        Called in the writer's thread with one sentence when the disk begins to refuse or says something else, and with
        None when it takes everything again.
    """

    def __init__(self, file: AppendFile, tell: Callable[[str | None], None]) -> None:
        self.problem: str | None = None
        self._file = file
        self._tell = tell
        self._queue: SimpleQueue[Entry | _Wish] = SimpleQueue()
        self._due_s = math.inf
        self._thread = threading.Thread(target=self._run, name="labelbridge-journal", daemon=True)
        self._thread.start()

    def put(self, entry: Entry) -> None:
        """Take an entry; returns at once."""
        self._queue.put(entry)

    def drain(self, timeout_s: float) -> bool:
        """Try to bring to the disk all that was put so far; return whether that was tried within the time."""
        return self._wait_for(_Wish(), timeout_s)

    def stop(self, timeout_s: float) -> bool:
        """Drain once more, end the thread and close the file; return whether all that was done within the time."""
        is_done = self._wait_for(_Wish(is_last=True), timeout_s)
        self._thread.join(timeout_s if is_done else 0.0)
        return is_done

    def _wait_for(self, wish: _Wish, timeout_s: float) -> bool:
        self._queue.put(wish)
        return wish.tried.wait(timeout_s)

    def _run(self) -> None:
        try:
            while True:
                request = self._next()
                if isinstance(request, Entry):
                    self._file.add(to_bytes(request.kind, request.time_s, request.payload()))
                self._write(must_save=isinstance(request, _Wish))
                if isinstance(request, _Wish):
                    request.tried.set()
                    if request.is_last:
                        break
        except BaseException as error:
            self._say(f"{self._file.path}: nothing more is kept on the disk ({type(error).__name__}: {error}).")
            raise
        finally:
            self._file.close()

    def _next(self) -> Entry | _Wish | None:
        """Return what comes next, or None where it is time to save or to try again."""
        wait_s = None if math.isinf(self._due_s) else max(0.0, self._due_s - time.monotonic())
        try:
            return self._queue.get(timeout=wait_s)
        except Empty:
            return None

    def _write(self, *, must_save: bool) -> None:
        is_due = must_save or time.monotonic() >= self._due_s
        try:
            with saying_why(self._file.path):
                if is_due:
                    self._file.save()
                elif self.problem is None:
                    self._file.write()
        except InputError as error:
            self._due_s = time.monotonic() + _RETRY_AFTER_S
            self._say(f"{str(error).removesuffix('.')}; the latest edits stay in memory until it works again.")
            return
        if self._file.is_saved:
            self._due_s = math.inf
            self._say(None)
        else:
            self._due_s = min(self._due_s, time.monotonic() + _SAVE_AFTER_S)

    def _say(self, problem: str | None) -> None:
        if problem == self.problem:
            return
        self.problem = problem
        try:
            self._tell(problem)
        except Exception:
            _logger.exception("a listener failed")
