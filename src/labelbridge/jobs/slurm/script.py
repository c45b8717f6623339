"""The ten lines of shell that sbatch takes."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from labelbridge.core import InputError
from labelbridge.jobs.slurm.settings import SlurmSettings

__all__ = ["batch_script"]

_WARN_BEFORE_S = 300
"""Time that a job gets to save its work before its stay ends; SLURM may be a minute early."""


def batch_script(
    command: Sequence[str], folder: Path, log: Path, name: str, job: Mapping[str, object], settings: SlurmSettings
) -> str:
    """Return a script that becomes the process of a job, told by SIGUSR1 that its time will soon be over.

    Parameters
    ----------
    command
        What is run, with the folder as last argument.
    folder
        Of the job, as the cluster's computers see it.
    log
        Gets what SLURM and the job say, at its end.
    name
        What SLURM calls the job.
    job
        The job's own settings: ``device`` and ``devices`` count the graphics cards.
    settings
        What is asked of the cluster.

    Raises
    ------
    InputError
        Where fewer graphics cards are asked for than the job is to use, or a path has a line break in it.
    """
    if any(letter in str(folder) for letter in "\r\n"):
        raise InputError(f"{folder}: got a path with a line break in it; choose another folder.")
    options = _options(folder, log, name, _graphics_cards(job, settings), settings)
    lines = [
        "#!/bin/bash",
        *(f"#SBATCH {option}" for option in options),
        "trap '' USR1",  # what comes before the job listens must not end it: SIGTERM follows
        'export OMP_NUM_THREADS="${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}"',
        *settings.setup,
        f"exec {shlex.join([*command, str(folder)])}",
    ]
    return "\n".join(lines) + "\n"


def _options(folder: Path, log: Path, name: str, cards: int, settings: SlurmSettings) -> Iterator[str]:
    """Yield the options that are asked for."""
    yield from (f"--job-name={name}", "--nodes=1", "--ntasks=1", "--requeue", "--open-mode=append")
    yield f"--output={_quoted(str(log).replace('%', '%%'))}"
    yield f"--chdir={_quoted(str(folder))}"
    yield f"--signal=B:USR1@{_warn_before_s(settings.time_s)}"
    memory = None if settings.memory_gb is None else f"{round(settings.memory_gb * 1024)}M"
    wanted = {
        "partition": settings.partition,
        "account": settings.account,
        "qos": settings.qos,
        "time": settings.time,
        "cpus-per-task": settings.cpus,
        "mem": memory,
        "gres": f"gpu:{cards}" if cards else None,
    }
    yield from (f"--{option}={value}" for option, value in wanted.items() if value is not None)
    yield from settings.options


def _quoted(path: str) -> str:
    """Return a path as sbatch reads it: within double quotes, with backslashes before what is special there."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _graphics_cards(job: Mapping[str, object], settings: SlurmSettings) -> int:
    devices, device = int(str(job.get("devices", 1))), str(job.get("device", "auto"))
    if settings.gpus is None:
        return devices if device == "cuda" else 0
    if device != "cpu" and settings.gpus < devices and devices > 1:
        raise InputError(f"got a job on {devices} graphics cards and gpus = {settings.gpus}; ask for as many of both.")
    return settings.gpus


def _warn_before_s(time_s: int | None) -> int:
    """Return how long before its end a stay is told of it: a tenth of a short one."""
    return _WARN_BEFORE_S if time_s is None else max(10, min(_WARN_BEFORE_S, time_s // 10))
