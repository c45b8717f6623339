"""`labelbridge jobs`: long work that goes on without a window: begin, list, follow, stop, continue, judge, delete."""

import json
from pathlib import Path
from typing import Annotated

import typer

from labelbridge.cli.errors import at_the_edge
from labelbridge.cli.options import DeviceName, VerboseOption

__all__ = ["jobs"]

jobs = typer.Typer(help="Begin, list, follow, stop, continue, judge and delete jobs.", no_args_is_help=True)

Job = Annotated[str, typer.Argument(metavar="JOB", help="A job's folder, or its name in `labelbridge jobs list`.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]
On = Annotated[
    str,
    typer.Option("--on", metavar="local|slurm[:FILE]", help="Where to run it: here, or on a cluster as FILE says."),
]
OnAgain = Annotated[
    str | None,
    typer.Option("--on", metavar="local|slurm[:FILE]", help="Where to continue it. Default: where it was."),
]


@jobs.command("submit")
@at_the_edge
def _submit(
    spec_file: Annotated[
        Path, typer.Argument(metavar="SPEC", help="JSON with task and settings, as spec.json in a job's folder.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the job. Default: in the user data folder.")
    ] = None,
    on: On = "local",
    verbose: VerboseOption = False,
) -> None:
    """Begin a job from a file; with the spec.json of another job, that one again from its beginning.

    `labelbridge train ... --detach` and `labelbridge bootstrap ... --detach` begin one without a file.

    Example: labelbridge jobs submit tem_sem/spec.json --out tem_sem_again/
    """
    from labelbridge.cli.trainings import read_spec
    from labelbridge.jobs import JobStore, submit_job

    place = out or JobStore().root / spec_file.stem
    typer.echo(submit_job(read_spec(spec_file, place, on), out, on=on).path)


@jobs.command("list")
@at_the_edge
def _list(
    as_json: Json = False,
    verbose: VerboseOption = False,
) -> None:
    """List all jobs, the newest first.

    Example: labelbridge jobs list
    """
    from labelbridge.cli.jobtables import table_of, to_record
    from labelbridge.cli.tables import print_table
    from labelbridge.jobs import JobStore

    store = JobStore()
    infos = store.jobs()
    if as_json:
        typer.echo(json.dumps([to_record(info) for info in infos], indent=2))
    elif infos:
        print_table(table_of(infos))
    else:
        typer.echo(f"No jobs in {store.root}")


@jobs.command("show")
@at_the_edge
def _show(job: Job, as_json: Json = False, verbose: VerboseOption = False) -> None:
    """Tell what a job is and where it is.

    Example: labelbridge jobs show tem_sem/
    """
    from labelbridge.cli.jobtables import to_record
    from labelbridge.jobs import JobInfo, JobStore
    from labelbridge.jobs.words import describe

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
    from labelbridge.jobs import JobStore, runner_of, stop_job

    folder = JobStore().find(job)
    stop_job(folder)
    if now:
        runner_of(folder).end(folder)
        typer.echo("Ended; `labelbridge jobs resume` continues it from its last checkpoint.")
    elif (status := folder.status()).state == "ended":
        typer.echo(status.message)
    else:
        typer.echo("It stops as soon as its work is saved; `--now` does not wait for that.")


@jobs.command("resume")
@at_the_edge
def _resume(
    job: Job,
    on: OnAgain = None,
    device: Annotated[
        DeviceName | None, typer.Option("--device", help="Processor to compute on from now on. Default: as before.")
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """Continue a job that was stopped, has failed or is lost, from its last checkpoint.

    Example: labelbridge jobs resume tem_sem/
    """
    from labelbridge.jobs import JobStore, resume_job, runner_named

    store = JobStore()
    folder = store.find(job)
    store.remember(folder.path)
    resume_job(folder, runner_named(on) if on else None, device=device.value if device else None)
    typer.echo(f"Follow it with: labelbridge jobs watch {folder.path}")


@jobs.command("use")
@at_the_edge
def _use(
    job: Job,
    step: Annotated[
        int | None,
        typer.Argument(help="Steps after which the model was kept. Default: list those that are there."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Also of a job that could be resumed: with a result it is finished.")
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """List the models that a training has kept with their scores, or make one of them its result.

    Example: labelbridge jobs use tem_sem/ 4000
    """
    from labelbridge.cli.jobtables import checkpoint_table
    from labelbridge.cli.tables import print_table
    from labelbridge.jobs import JobStore, checkpoint_after, checkpoints_of, use_checkpoint, used_step

    folder = JobStore().find(job)
    if step is not None:
        use_checkpoint(folder, checkpoint_after(folder, step), ends=yes)
        typer.echo(f"The result is in {folder.result}")
    elif found := checkpoints_of(folder):
        print_table(checkpoint_table(found, used_step(folder)))
    else:
        typer.echo("This job has kept no models to choose from.")


@jobs.command("report")
@at_the_edge
def _report(
    job: Job,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The zip to write. Default: JOB-report.zip here.")
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """Write a zip about a job to send along with a question: settings, events, log and versions, no image, no model.

    Example: labelbridge jobs report tem_sem/
    """
    from labelbridge.jobs import JobStore, default_report_name, write_report

    folder = JobStore().find(job)
    typer.echo(write_report(folder, out or Path(default_report_name(folder))))


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
    from labelbridge.jobs import JobStore, delete_job

    store = JobStore()
    folder = store.find(job)
    delete_job(folder, with_result=yes)
    store.forget(folder.path)
    typer.echo(f"Deleted {folder.path}")
