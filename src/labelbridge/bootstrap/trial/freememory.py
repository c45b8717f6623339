"""How much memory there is for a computation, and how much it took."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import torch

__all__ = ["PeakMemory", "free_bytes", "taken_bytes"]

_EVERY_S = 0.02
_CARD_CONTEXT_BYTES = 600_000_000
"""What CUDA itself takes of a card for each process."""

_LIMIT, _USED = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
"""Where Linux tells what a container or a cluster's job may take, and takes."""


def free_bytes(device: torch.device) -> int:
    """Return how much memory is free: of the graphics card on ``cuda``, else of the computer or what it may take."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    available = int(psutil.virtual_memory().available)
    try:
        return min(available, int(_LIMIT.read_text("ascii")) - int(_USED.read_text("ascii")))
    except (OSError, ValueError):  # ValueError: no limit, which Linux calls "max"
        return available


def taken_bytes(device: torch.device) -> int:
    """Return how much memory this process takes: of the card on ``cuda``, else of the computer."""
    if device.type == "cuda":
        return torch.cuda.memory_reserved(device) + _CARD_CONTEXT_BYTES
    return int(psutil.Process().memory_info().rss)


class PeakMemory:
    """The most memory that this process takes within a block: of the card on ``cuda``, else of the computer.

    Parameters
    ----------
    device
        What is computed on.

    Attributes
    ----------
    peak_bytes
        So much.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="labelbridge-memory", daemon=True)
        self.peak_bytes = 0

    def __enter__(self) -> Self:
        self.peak_bytes = taken_bytes(self._device)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._ended.wait(_EVERY_S):
            self._look()

    def _look(self) -> None:
        self.peak_bytes = max(self.peak_bytes, taken_bytes(self._device))
