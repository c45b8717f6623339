"""Trainings and other tasks as jobs: checked before there is one, run here or handed over."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from labelbridge.core import InputError

if TYPE_CHECKING:
    from labelbridge.jobs import JobSpec

__all__ = ["job_spec", "read_spec", "run_in"]


def job_spec(task: str, settings: Mapping[str, object], out: Path | None = None, on: str | None = None) -> "JobSpec":
    """Return the job of a task that can be carried out, as far as that can be told.

    Parameters
    ----------
    task
        Name of the task.
    settings
        What it is told.
    out
        Folder of the job, whose disk must have room, or None where that is not known.
    on
        Where it runs, as for `run_in`, or None for this computer.

    Raises
    ------
    InputError
        Where there is no such task, or settings, device, files or the disk do not do.
    ValidationError
        Where a setting has a wrong name or value.
    """
    from labelbridge.bootstrap.tasks.kinds import checked_task
    from labelbridge.jobs import JobSpec

    checked = checked_task(task, settings, out, elsewhere=on not in (None, "local"))
    return JobSpec.of(task, checked.model_dump(mode="json"))


def read_spec(file: Path, out: Path | None = None, on: str | None = None) -> "JobSpec":
    """Read a job's task and settings from a file like ``spec.json`` of a job, and check them as `job_spec` does.

    Raises
    ------
    InputError
        Where the file or what it asks for cannot be used.
    ValidationError
        Where a setting has a wrong name or value.
    """
    from pydantic import ValidationError

    from labelbridge.jobs import JobSpec

    try:
        spec = JobSpec.model_validate_json(file.read_bytes())
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise InputError(
            f'{file}: got {reason}, expected JSON with "task" and "settings", as in a spec.json.'
        ) from error
    return job_spec(spec.task, spec.settings, out, on)


def run_in(out: Path, spec: "JobSpec", *, resume: bool = False, detach: bool = False, on: str | None = None) -> None:
    """Do the work in this process and say what the result is, or hand it over and say how to follow it.

    Parameters
    ----------
    out
        Folder of the job.
    spec
        The job.
    resume
        Whether to continue an interrupted one in `out`.
    detach
        Whether a process of its own does it.
    on
        Where that runs, ``local``, ``slurm`` or ``slurm:FILE``; a place means `detach`, too.

    Raises
    ------
    InputError
        Where the folder or the place cannot be used, or as the task says.
    Cancelled
        Where the work was stopped in this process.
    """
    from labelbridge.cli.console import ConsoleReporter, say
    from labelbridge.jobs import JobFolder, JobStore, run_job, runner_named
    from labelbridge.jobs.outcomes import outcome_of

    runner = runner_named(on or "local") if detach or on else None
    if runner:
        JobStore().remember(out)
    folder = JobFolder.prepare(out, spec, resume=resume)
    if runner:
        runner.submit(folder)
        say(f"{folder.path} is a job now; follow it with: labelbridge jobs watch {folder.path}")
        return
    with ConsoleReporter() as reporter:
        run_job(folder, reporter)
    outcome = outcome_of(folder)
    say(outcome.sentence)
    if outcome.command:
        say(f"Go on with: {outcome.command}")
