"""From a task and its settings to a job that runs when its turn comes."""

from pathlib import Path

from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.runners import runner_named
from labelbridge.jobs.spec import JobSpec
from labelbridge.jobs.store import JobStore

__all__ = ["submit_job"]


def submit_job(spec: JobSpec, path: Path | None = None, *, on: str = "local") -> JobFolder:
    """Make a job and hand it over; it outlives this process.

    Parameters
    ----------
    spec
        The job.
    path
        A new or empty folder; by default one in the user data folder, named after the day and the task.
    on
        Where it runs: ``local``, ``slurm`` or ``slurm:FILE``.

    Raises
    ------
    InputError
        Where there is no such place, the folder holds something already or cannot be made, or the place refuses.
    """
    runner = runner_named(on)
    folder = JobStore().new_job(spec, path)
    runner.submit(folder)
    return folder
