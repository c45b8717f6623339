"""What can be done to a job from outside: stop, end, resume, delete."""

import os
import shutil
from contextlib import ExitStack, suppress
from pathlib import Path
from uuid import uuid4

from labelbridge.core import Device, InputError
from labelbridge.io.atomic import patiently, saying_why
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.runners import Runner, runner_of

__all__ = ["delete_job", "resume_job", "stop_job"]

_OF_THE_SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini"}
_LEFT_OVER = (".tmp", ".old", ".part")
"""Ends of hidden names that a killed process leaves."""


def stop_job(folder: JobFolder) -> None:
    """Ask a job to save its work and end, wherever it runs; one that waits for its turn will not begin.

    One that waits in the queue of a cluster is taken out of that, if it can be reached.

    Raises
    ------
    InputError
        Where it has ended, or its folder cannot be written to.
    """
    status = folder.status()
    if status.state == "ended":
        raise InputError(f"{folder.path}: this job does not run any more, it is {status.ending}.")
    with saying_why(folder.stop_file):
        folder.ask_stop()
    if status.state == "queued" and folder.place() is not None:
        with suppress(InputError):
            runner_of(folder).end(folder)


def resume_job(folder: JobFolder, runner: Runner | None = None, *, device: Device | None = None) -> None:
    """Continue a stopped, failed or lost job from its last checkpoint, when its turn comes.

    Parameters
    ----------
    folder
        The job.
    runner
        Where to continue it; by default where it was.
    device
        What to compute on from now on; by default what it was told to. It does not matter to one that computes nothing.

    Raises
    ------
    InputError
        Where it is finished, or runs, or waits to run.
    """
    _check_resumable(folder, runner)
    with folder.held():
        after = _check_resumable(folder, runner)
        JobFolder.prepare(folder.path, folder.spec().on_device(device), resume=True)
        after.submit(folder)


def delete_job(folder: JobFolder, runner: Runner | None = None, *, with_result: bool = False) -> None:
    """Delete a job's folder.

    Parameters
    ----------
    folder
        The job.
    runner
        The place that it was submitted to; by default the one that its folder names.
    with_result
        Whether its result may go with it.

    Raises
    ------
    InputError
        Where it runs or waits to run, holds a result that may not go, is no job's folder or holds files of others, or
        the disk refuses.
    """
    _check_deletable(folder, runner, with_result)
    with ExitStack() as held:
        held.enter_context(folder.held())
        _check_deletable(folder, runner, with_result)
        if os.name == "nt":  # which moves no folder with an open file in it, so nobody can resume the job meanwhile
            held.close()
        aside = _move_aside(folder.path)
    _remove(aside)


def _check_resumable(folder: JobFolder, runner: Runner | None) -> Runner:
    """Return where a job will be continued; raises InputError where it cannot be."""
    folder.spec()
    folder.check_startable()
    before = runner_of(folder)
    after = runner or before
    for place in (before, after):
        _check_not_alive(folder, place)
    return after


def _check_deletable(folder: JobFolder, runner: Runner | None, with_result: bool) -> None:
    folder.spec()
    if folder.path.is_symlink():
        raise InputError(f"{folder.path}: got a link to a job's folder; name the folder itself.")
    if folder.status().state != "ended":
        raise InputError(f"{folder.path}: this job is {folder.status().state}; stop it first.")
    _check_not_alive(folder, runner or runner_of(folder))
    if foreign := _foreign(folder):
        raise InputError(
            f"{folder.path}: got {foreign.name}, which is not of this job, in its folder; move it elsewhere first."
        )
    if folder.result.exists() and not with_result:
        raise InputError(f"{folder.path}: this job has a result; say that it may be deleted, too (--yes).")


def _check_not_alive(folder: JobFolder, runner: Runner) -> None:
    if runner.is_alive(folder):
        raise InputError(f"{folder.path}: a process still works on this job; stop it first.")


def _foreign(folder: JobFolder) -> Path | None:
    """Return something in the folder that no job puts there, or None."""
    own = {path for path in vars(folder).values() if isinstance(path, Path)}
    with saying_why(folder.path):
        there = list(folder.path.iterdir())
    for path in there:
        is_left_over = path.name.startswith(".") and path.name.endswith(_LEFT_OVER)
        if path not in own and not is_left_over and path.name not in _OF_THE_SYSTEM:
            return path
    return None


def _move_aside(path: Path) -> Path:
    """Give a folder another name: what of it refuses to go must not look like a job."""
    aside = path.with_name(f".{path.name}.{uuid4().hex[:8]}.old")
    with saying_why(path):
        patiently(lambda: os.rename(path, aside))
    return aside


def _remove(aside: Path) -> None:
    shutil.rmtree(aside, ignore_errors=True)
    if aside.exists():
        raise InputError(f"{aside}: cannot be deleted as a whole; close what has it open, then delete it by hand.")
