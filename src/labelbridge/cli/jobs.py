"""`labelbridge jobs`: long work that goes on without a window: begin, list, follow, stop, continue, delete."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import VerboseOption

__all__ = ["jobs"]


class RunnerName(StrEnum):
    """As `labelbridge.jobs.RUNNERS`, which is not imported here: help must not wait for it."""

    local = "local"


jobs = typer.Typer(help="Begin, list, follow, stop, continue and delete jobs.", no_args_is_help=True)

Job = Annotated[str, typer.Argument(metavar="JOB", help="A job's folder, or its name in `labelbridge jobs list`.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]
On = Annotated[RunnerName, typer.Option("--on", help="Where to run it; local: on this computer.")]


@jobs.command("submit")
@at_the_edge
def _submit(
    spec_file: Annotated[
        Path, typer.Argument(metavar="SPEC", help="JSON with task and settings, as spec.json in a job's folder.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the job. Default: in the user data folder.")
    ] = None,
    on: On = RunnerName.local,
    verbose: VerboseOption = False,
) -> None:
    """Begin a job from a file; with the spec.json of another job, that one again from its beginning.

    `labelbridge train ... --detach` begins one without a file.

    Example: labelbridge jobs submit tem_sem/spec.json --out tem_sem_again/
    """
    from labelbridge.cli.trainings import read_spec
    from labelbridge.jobs import RUNNERS, JobStore

    folder = JobStore().new_job(read_spec(spec_file), out)
    RUNNERS[on]().submit(folder)
    typer.echo(folder.path)


@jobs.command("list")
@at_the_edge
def _list(
    as_json: Json = False,
    verbose: VerboseOption = False,
) -> None:
    """List all jobs, the newest first.

    Example: labelbridge jobs list
    """
    from rich.console import Console

    from labelbridge.cli.jobtables import table_of, to_record
    from labelbridge.jobs import JobStore

    store = JobStore()
    infos = store.jobs()
    if as_json:
        typer.echo(json.dumps([to_record(info) for info in infos], indent=2))
    elif infos:
        Console(width=None if sys.stdout.isatty() else 200).print(table_of(infos))
    else:
        typer.echo(f"No jobs in {store.root}")


@jobs.command("show")
@at_the_edge
def _show(job: Job, as_json: Json = False, verbose: VerboseOption = False) -> None:
    """Tell what a job is and where it is.

    Example: labelbridge jobs show tem_sem/
    """
    from labelbridge.cli.jobtables import describe, to_record
    from labelbridge.jobs import JobInfo, JobStore

    folder = JobStore().find(job)
    info = JobInfo.of(folder)
    if as_json:
        settings = {} if info.problem else folder.spec().settings
        typer.echo(json.dumps({**to_record(info), "settings": settings}, indent=2))
        return
    for key, value in describe(info).items():
        typer.echo(f"{key}: {value}")


@jobs.command("watch")
@at_the_edge
def _watch(job: Job, verbose: VerboseOption = False) -> None:
    """Follow a job until it ends; Ctrl-C ends the watching, not the job.

    Example: labelbridge jobs watch tem_sem/
    """
    from labelbridge.cli.watching import watch
    from labelbridge.jobs import JobStore

    watch(JobStore().find(job))


@jobs.command("stop")
@at_the_edge
def _stop(
    job: Job,
    now: Annotated[
        bool, typer.Option("--now", help="Do not wait for the work to be saved: lose what came after the checkpoint.")
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Ask a job to save its work and end.

    Example: labelbridge jobs stop tem_sem/
    """
    from labelbridge.jobs import JobStore, LocalRunner, stop_job

    folder = JobStore().find(job)
    stop_job(folder)
    if now:
        LocalRunner().end(folder)
        typer.echo("Ended; `labelbridge jobs resume` continues it from its last checkpoint.")
    else:
        typer.echo("It stops as soon as its work is saved; `--now` does not wait for that.")


@jobs.command("resume")
@at_the_edge
def _resume(job: Job, on: On = RunnerName.local, verbose: VerboseOption = False) -> None:
    """Continue a job that was stopped, has failed or is lost, from its last checkpoint.

    Example: labelbridge jobs resume tem_sem/
    """
    from labelbridge.jobs import RUNNERS, JobStore, resume_job

    store = JobStore()
    folder = store.find(job)
    store.remember(folder.path)
    resume_job(folder, RUNNERS[on]())
    typer.echo(f"Follow it with: labelbridge jobs watch {folder.path}")


@jobs.command("delete")
@at_the_edge
def _delete(
    job: Job,
    yes: Annotated[bool, typer.Option("--yes", help="Delete its result, too.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Delete a job that has ended.

    Example: labelbridge jobs delete tem_sem/
    """
    from labelbridge.jobs import JobStore, LocalRunner, delete_job

    store = JobStore()
    folder = store.find(job)
    delete_job(folder, LocalRunner(), with_result=yes)
    store.forget(folder.path)
    typer.echo(f"Deleted {folder.path}")
