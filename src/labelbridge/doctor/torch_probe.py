"""What torch says of itself, found out in a process of its own: `python -m labelbridge.doctor.torch_probe`.

A broken torch, or a driver that hangs, can take its process along; this one is there to be lost.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass

from labelbridge.doctor.finding import first_line

__all__ = ["Gpu", "TorchFacts", "look_at_torch"]

_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Gpu:
    """A graphics card that torch sees."""

    name: str
    memory_bytes: int


@dataclass(frozen=True)
class TorchFacts:
    """What torch is made for and what it finds.

    Attributes
    ----------
    version
        Of torch, None where it cannot be imported.
    error
        Why it cannot be imported.
    cuda, rocm
        Version of CUDA or ROCm that it is built for, None where it is not.
    mps
        Whether it is built for Apple's graphics.
    gpus
        The graphics cards it sees.
    gpu_error
        What a small computation on the graphics card failed with, None where it worked or none was tried.
    device
        What ``--device auto`` takes.
    threads
        How many it computes with on the processor.
    """

    version: str | None = None
    error: str | None = None
    cuda: str | None = None
    rocm: str | None = None
    mps: bool = False
    gpus: tuple[Gpu, ...] = ()
    gpu_error: str | None = None
    device: str = "cpu"
    threads: int | None = None


def look_at_torch() -> TorchFacts:
    """Ask torch, in another process."""
    command = [sys.executable, "-P", "-W", "ignore", "-m", __name__]
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=_TIMEOUT_S, check=False
        )
        said = json.loads(done.stdout.strip().splitlines()[-1])
        return TorchFacts(**{**said, "gpus": tuple(Gpu(**gpu) for gpu in said["gpus"])})
    except subprocess.TimeoutExpired:
        return TorchFacts(error=f"it did not answer within {_TIMEOUT_S:.0f} s")
    except OSError as error:
        return TorchFacts(error=first_line(error))
    except (LookupError, ValueError, TypeError):
        return TorchFacts(error=f"its process ended with {done.returncode}: {_last_line(done.stderr)}")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"


def _ask_torch() -> TorchFacts:
    try:
        import torch
    except Exception as error:  # noqa: BLE001 - whatever a broken installation raises is what we ask for
        return TorchFacts(error=first_line(error))
    device = _device()
    return TorchFacts(
        version=torch.__version__,
        cuda=torch.version.cuda,
        rocm=torch.version.hip,
        mps=torch.backends.mps.is_built(),
        gpus=_gpus(),
        gpu_error=_try_gpu(device),
        device=device,
        threads=torch.get_num_threads(),
    )


def _device() -> str:
    from labelbridge.core import resolve_device

    return str(resolve_device("auto"))


def _gpus() -> tuple[Gpu, ...]:
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    properties = [torch.cuda.get_device_properties(index) for index in range(count)]
    return tuple(Gpu(one.name, one.total_memory) for one in properties)


def _try_gpu(device: str) -> str | None:
    """Compute a little on the card that would be used or, where torch is built for one and finds none, ask why."""
    import torch

    if device == "cpu" and torch.version.cuda is None and torch.version.hip is None:
        return None
    try:
        kernel = torch.ones(1, 1, 3, 3, device="cuda" if device == "cpu" else device)
        torch.nn.functional.conv2d(torch.ones_like(kernel), kernel).cpu()
    except Exception as error:  # noqa: BLE001 - as above
        return first_line(error)
    return None


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_ask_torch())) + "\n")
