"""Ctrl-C and SIGTERM as a request to stop at the next safe point."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

__all__ = ["stop_on_signals"]

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name))
"""SIGBREAK is Windows' Ctrl-Break, and the only signal that can be sent to another process there without killing it."""

_WORDS = b"\nStopping at the next safe point; press Ctrl-C again to stop at once.\n"


@contextmanager
def stop_on_signals(ask_stop: Callable[[], None]) -> Iterator[None]:
    """Call `ask_stop` at the first SIGINT or SIGTERM; a second one raises KeyboardInterrupt.

    Only the main thread may set signal handlers: elsewhere this does nothing. Processes that are forked within the
    block inherit the handlers and must not obey them: whoever ends a worker with SIGTERM waits for it to die.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False
    owner = os.getpid()

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if os.getpid() != owner:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
            return
        if asked:
            raise KeyboardInterrupt
        asked = True
        ask_stop()
        if number == signal.SIGINT:
            with suppress(OSError):
                os.write(2, _WORDS)  # unlike print, allowed inside a signal handler

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
