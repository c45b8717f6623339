"""The child process as the window sees it."""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import psutil

from labelbridge.bootstrap.server.failures import InferenceFailed
from labelbridge.bootstrap.server.messages import Channel, ToChild

__all__ = ["ChildProcess", "Ended"]

_COMMAND = ("-P", "-X", "utf8", "-m", "labelbridge.bootstrap.server")
"""-P: nothing in the folder where the window was started may take the place of a library."""

_LAST_WORDS_BYTES = 20_000
_TERMINATE_S = 0.1
_KILL_S = 5.0


@dataclass(frozen=True)
class Ended:
    """The child is gone, with this exit code; negative numbers are those of signals."""

    exit_code: int


class ChildProcess:
    """A child that has been started; `end` must be called.

    Parameters
    ----------
    exchange
        Folder for parcels.
    idle_s
        Seconds without a request after which it ends by itself.

    Raises
    ------
    InferenceFailed
        Where the system does not start it.
    """

    def __init__(self, exchange: Path, idle_s: float) -> None:
        self._log = tempfile.TemporaryFile()
        command = [sys.executable, *_COMMAND, str(idle_s), str(exchange)]
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, **_apart()
            )
        except OSError as error:
            self._log.close()
            raise InferenceFailed(
                f"{sys.executable}: cannot start the computing process ({error.strerror}); install LabelBridge again.",
                str(error),
            ) from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._pipes = self._process.stdin, self._process.stdout
        self._channel = Channel(self._process.stdout, self._process.stdin)
        self._leaves_others = os.name == "posix"
        self._messages: SimpleQueue[object] = SimpleQueue()
        self._reader = Thread(target=self._read, name="labelbridge-inference", daemon=True)
        self._reader.start()

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._exit_code(0) is None

    def send(self, message: ToChild) -> None:
        """Send a small message; does nothing where the child is gone."""
        self._channel.send(message)

    def receive(self, timeout_s: float) -> object:
        """Return the next message, `Ended` as the last one, or None where there is none within the time."""
        try:
            return self._messages.get(timeout=timeout_s)
        except Empty:
            code = self._exit_code(0)
            return None if code is None else Ended(code)

    def last_words(self) -> str:
        """Return the end of what a child that is gone has printed."""
        with suppress(OSError, ValueError):  # ValueError: `end` was called
            size = self._log.seek(0, os.SEEK_END)
            self._log.seek(max(0, size - _LAST_WORDS_BYTES))
            return self._log.read().decode("utf-8", "replace").strip()
        return ""

    def end(self, patience_s: float) -> None:
        """Let the child end; after `patience_s` it is terminated, then killed, with all that it has started."""
        with suppress(OSError):
            self._pipes[0].close()
        if self._exit_code(patience_s) is None:
            family = _descendants(self._process.pid)
            self._process.terminate()
            if self._exit_code(_TERMINATE_S) is None:
                self._process.kill()
            for one in family:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
            self._exit_code(_KILL_S)
        self._reader.join(_KILL_S)
        self._pipes[1].close()
        self._log.close()

    def _read(self) -> None:
        with suppress(EOFError):
            self._channel.await_open()
            while True:
                self._messages.put(self._channel.receive())
        code = self._exit_code(None)
        assert code is not None
        self._messages.put(Ended(code))

    def _exit_code(self, timeout_s: float | None) -> int | None:
        """Wait for the end; whoever sees it first ends those whom the child has left behind."""
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        if self._leaves_others:
            self._leaves_others = False
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        return code


def _apart() -> dict[str, Any]:
    """Return how to start a process that Ctrl-C in the window's terminal does not reach, and that opens no terminal."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _descendants(process: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return list(psutil.Process(process).children(recursive=True))
    return []
