"""How much memory a step holds for its way back: on any device, and however much other memory comes and goes."""

import weakref
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor

__all__ = ["SavedTensors"]


class SavedTensors:
    """Counts what forward passes within a block keep for the backward ones; weights do not count.

    Attributes
    ----------
    peak_bytes
        The most that was kept at a time.
    """

    def __init__(self) -> None:
        self.peak_bytes = 0
        self._bytes = 0
        self._users: dict[int, int] = {}
        self._hooks: Any = torch.autograd.graph.saved_tensors_hooks(self._keep, _Kept.tensor_of)

    def __enter__(self) -> Self:
        self._hooks.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hooks.__exit__(kind, error, trace)

    def _keep(self, tensor: Tensor) -> "_Kept":
        kept, storage = _Kept(tensor), tensor.untyped_storage()
        if not isinstance(tensor, torch.nn.Parameter):
            self._change(storage.data_ptr(), storage.nbytes(), 1)
            weakref.finalize(kept, self._change, storage.data_ptr(), storage.nbytes(), -1).atexit = False
        return kept

    def _change(self, place: int, size: int, users: int) -> None:
        """Note that so many more use a piece of memory; several tensors may share one."""
        before = self._users.get(place, 0)
        self._users[place] = before + users
        if not self._users[place]:
            del self._users[place]
        self._bytes += size * ((before + users > 0) - (before > 0))
        self.peak_bytes = max(self.peak_bytes, self._bytes)


class _Kept:
    """A tensor that is kept."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor

    def tensor_of(self) -> Tensor:
        """Give it back."""
        return self.tensor
