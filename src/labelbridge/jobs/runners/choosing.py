"""Which runner a name means, and which one has a job."""

import shutil
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from labelbridge.core import InputError
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.runners.local import LocalRunner
from labelbridge.jobs.runners.protocol import Runner
from labelbridge.jobs.runners.slurm import SlurmRunner
from labelbridge.jobs.slurm.settings import SlurmSettings, read_slurm_settings

__all__ = ["RUNNERS", "runner_named", "runner_of"]

RUNNERS: dict[str, Callable[[], Runner]] = {"local": LocalRunner, "slurm": SlurmRunner}
"""The places by the names that users give them."""


def runner_named(name: str) -> Runner:
    """Return the runner that a user means by ``local``, ``slurm`` or ``slurm:FILE``.

    Raises
    ------
    InputError
        Where there is no such runner, this computer belongs to no cluster, or the file cannot be used.
    """
    kind, has_file, file = name.partition(":")
    if kind not in RUNNERS or (has_file and (kind != "slurm" or not file)):
        raise InputError(f"got '{name}' as the place for a job, expected local, slurm or slurm:FILE.")
    settings = read_slurm_settings(Path(file).expanduser()) if file else None
    if kind == "slurm" and shutil.which("sbatch") is None:
        raise InputError("got no `sbatch` on this computer, expected one of a cluster with SLURM; run this there.")
    return SlurmRunner(settings) if settings else RUNNERS[kind]()


def runner_of(folder: JobFolder) -> Runner:
    """Return the runner that a job was handed to last, with the settings that it had.

    Raises
    ------
    InputError
        Where the folder names one that this labelbridge does not know, or settings that cannot be used.
    """
    place = folder.place()
    if place is None:
        return RUNNERS["local"]()
    try:
        if place.runner == "slurm":
            return SlurmRunner(SlurmSettings.model_validate(place.settings))
    except ValidationError as error:
        raise InputError(
            f"{folder.place_file}: got settings that cannot be used; delete this file once SLURM has ended the job."
        ) from error
    raise InputError(f"{folder.path}: got a job that runs by '{place.runner}'; update labelbridge.")
