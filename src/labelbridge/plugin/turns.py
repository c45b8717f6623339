"""How long a thread keeps Python to itself while the window waits for it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

__all__ = ["SHORT_TURN_S", "short_turns"]

SHORT_TURN_S = 0.001
"""Longest turn of a thread while others want Python, in seconds; else it is five times as long.

Drawing calls the graphics driver a hundred times a frame, and after each call the window waits for its turn.
"""

_lock = Lock()
_wanted = 0
_usual_s = 0.0


@contextmanager
def short_turns() -> Iterator[None]:
    """Let all threads of the process take turns quickly; as before once nobody wants it any more."""
    _change(1)
    try:
        yield
    finally:
        _change(-1)


def _change(by: int) -> None:
    global _wanted, _usual_s
    with _lock:
        if _wanted == 0:
            _usual_s = sys.getswitchinterval()
        _wanted += by
        if _usual_s > SHORT_TURN_S:
            sys.setswitchinterval(SHORT_TURN_S if _wanted else _usual_s)
