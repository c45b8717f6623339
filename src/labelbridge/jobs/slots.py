"""The places on this computer where jobs can compute: one for each graphics card, one or more for the CPU."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from labelbridge.core import InputError

__all__ = ["CPU_JOBS", "Slots", "slots_for"]

CPU_JOBS = "LABELBRIDGE_CPU_JOBS"
"""Environment variable: how many jobs compute on the CPU at a time; 1 where it is not set."""

_VISIBLE = "CUDA_VISIBLE_DEVICES"
_LOOK = "import torch; print(torch.cuda.device_count(), int(torch.backends.mps.is_available()))"
"""Asked of another Python: whoever waits should not hold torch in memory, nor CUDA before its cards are chosen."""


@dataclass(frozen=True)
class Slots:
    """Where a job may compute.

    Attributes
    ----------
    device
        ``cuda``, ``mps`` or ``cpu``.
    names
        Name of each place; of graphics cards as CUDA_VISIBLE_DEVICES lists them.
    needed
        How many of them the job takes at once.
    """

    device: str
    names: tuple[str, ...]
    needed: int = 1

    def take(self, names: list[str]) -> None:
        """Let this process see no graphics cards but those of the places that it was given."""
        if self.device == "cuda":
            os.environ[_VISIBLE] = ",".join(names)


def slots_for(settings: Mapping[str, object]) -> Slots:
    """Return where a job with these settings (``device``, ``devices``) may compute on this computer.

    Raises
    ------
    InputError
        Where LABELBRIDGE_CPU_JOBS is no number of jobs.
    """
    wanted = str(settings.get("device", "auto"))
    cards, has_mps = ((), False) if wanted == "cpu" else _look()
    if cards and wanted in ("auto", "cuda"):
        return Slots("cuda", cards, min(int(str(settings.get("devices", 1))), len(cards)))
    if has_mps and wanted in ("auto", "mps"):
        return Slots("mps", ("0",))
    return Slots("cpu", tuple(str(number) for number in range(_cpu_jobs())))


def _look() -> tuple[tuple[str, ...], bool]:
    """Return the names of the graphics cards that CUDA shows, and whether there is one of Apple's."""
    done = subprocess.run([sys.executable, "-P", "-c", _LOOK], capture_output=True, text=True, check=False)
    if done.returncode != 0:  # the task will say better what is wrong with this torch
        return (), False
    count, mps = done.stdout.split()[-2:]
    visible = [name.strip() for name in os.environ.get(_VISIBLE, "").split(",") if name.strip()]
    names = visible or [str(number) for number in range(int(count))]
    return tuple(names[: int(count)]), mps == "1"


def _cpu_jobs() -> int:
    text = os.environ.get(CPU_JOBS) or "1"
    if not text.isdecimal() or int(text) < 1:
        raise InputError(f"got {CPU_JOBS}={text}, expected the number of jobs that may use the CPU at a time, from 1.")
    return int(text)
