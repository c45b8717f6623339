"""Memory that comes back again and again.

Glibc gives the memory of an array above 32 MB back to the system as soon as it is freed, and takes it anew for the next
one, page by page. Where a network's activations are that large, this takes nearly as long as the computing.
"""

import ctypes
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from threading import Lock

__all__ = ["memory_kept"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
"""Names of glibc's options in malloc.h."""

_KEEPING = {_MMAP_MAX: 0, _TRIM_THRESHOLD: 2**31 - 1}
_USUAL = {_MMAP_MAX: 65536, _MMAP_THRESHOLD: 32 * 2**20, _TRIM_THRESHOLD: 64 * 2**20}
"""What glibc begins with, and the thresholds to which it adapts itself where arrays are large."""

_lock = Lock()
_users = 0


@contextmanager
def memory_kept() -> Iterator[None]:
    """Keep what is freed for the next array, and give it back to the system at the end; may be nested.

    Does nothing where the C library is not glibc, and works for the main thread only.
    """
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(change: int) -> None:
    """Let one more or one less keep the memory; the first and the last one tell glibc."""
    global _users
    libc = _glibc()
    with _lock:
        before, _users = _users, _users + change
        if libc is None or (before > 0) == (_users > 0):
            return
        _set(libc, _KEEPING if _users else _USUAL)
        if not _users:
            libc.malloc_trim(0)


def _set(libc: ctypes.CDLL, options: Mapping[int, int]) -> None:
    for option, value in options.items():
        libc.mallopt(option, value)


@cache
def _glibc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
