"""Which processor to compute on: by name, and from its name to the device."""

from typing import TYPE_CHECKING, Literal

from labelbridge.core.errors import InputError

if TYPE_CHECKING:
    import torch

__all__ = ["Device", "resolve_device"]

Device = Literal["auto", "cpu", "cuda", "mps"]
"""``auto`` takes cuda, then mps, then cpu."""


def resolve_device(device: Device) -> "torch.device":
    """Return the device to compute on; loads torch.

    Parameters
    ----------
    device
        ``auto`` takes cuda, then mps, then cpu.

    Raises
    ------
    InputError
        Where cuda or mps is asked for and this computer (or this torch) has none.
    """
    import torch

    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device == "auto":
        return torch.device(next(name for name, there in present.items() if there))
    if device not in present:
        raise InputError(f"got device '{device}', expected auto, cpu, cuda or mps.")
    if not present[device]:
        raise InputError(
            f"got device '{device}', which PyTorch does not find on this computer; use auto or cpu, "
            "or install a PyTorch made for it."
        )
    return torch.device(device)
