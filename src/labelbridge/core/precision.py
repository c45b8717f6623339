"""Computing in 16 bits, where a processor is made for it."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

__all__ = ["has_bfloat16", "reduced_precision"]

_CUDA_CAPABILITY = (8, 0)
_MATRIX_UNIT = "amx_bf16"


def has_bfloat16(device: "torch.device") -> bool:
    """Return whether a processor computes faster in bfloat16: cards from Ampere on, and CPUs with Intel's AMX."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= _CUDA_CAPABILITY
    return device.type == "cpu" and bool(torch.cpu.get_capabilities().get(_MATRIX_UNIT))


def reduced_precision(device: "torch.device") -> AbstractContextManager[object]:
    """Return what computes in 16 bits where that pays: bfloat16, or float16 on cards that lack it."""
    import torch

    if has_bfloat16(device):
        return torch.autocast(device.type, torch.bfloat16)
    return torch.autocast("cuda", torch.float16) if device.type == "cuda" else nullcontext()
