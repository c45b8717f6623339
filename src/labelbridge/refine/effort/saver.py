"""The thread that brings sessions to the disk, some seconds after they have changed."""

import threading
from pathlib import Path

from labelbridge.core import InputError
from labelbridge.refine.effort.session import EffortSession, write_session

__all__ = ["Saver"]


class Saver:
    """Saves the latest state of each session, in a thread of its own; where the disk refuses, again and again.

    Parameters
    ----------
    every_s
        Seconds between one saving and the next.

    Attributes
    ----------
    problem
        One sentence while the disk refuses, else None.
    """

    def __init__(self, every_s: float) -> None:
        self.problem: str | None = None
        self._every_s = every_s
        self._waiting: dict[Path, EffortSession] = {}
        self._lock = threading.Lock()
        self._is_closing = threading.Event()
        self._thread: threading.Thread | None = None

    def put(self, path: Path, session: EffortSession) -> None:
        """Take the latest state of a session for its file; returns at once. The first one starts the thread."""
        with self._lock:
            self._waiting[path] = session
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="labelbridge-effort", daemon=True)
            self._thread.start()

    def close(self, timeout_s: float) -> None:
        """Save what waits and end the thread, or give up after `timeout_s`."""
        self._is_closing.set()
        if self._thread:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._is_closing.wait(self._every_s)
            self._save()

    def _save(self) -> None:
        with self._lock:
            taken, self._waiting = self._waiting, {}
        try:
            for path, session in taken.items():
                write_session(path, session)
        except InputError as error:
            self.problem = str(error)
            with self._lock:
                self._waiting = taken | self._waiting
        else:
            self.problem = None
