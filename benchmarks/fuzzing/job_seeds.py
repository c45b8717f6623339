"""The folder of a job, which a killed computer may leave damaged."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from fuzzing.image_seeds import files_in
from fuzzing.mutations import Files
from labelbridge.jobs import JobFolder, JobSpec, JobStatus

__all__ = ["JOB_SEEDS"]


def _job() -> Files:
    with TemporaryDirectory() as folder:
        job = JobFolder.prepare(Path(folder, "job"), JobSpec.of("train-segmenter", {"labeled": "tem", "seed": 0}))
        job.write_status(JobStatus.running_here())
        job.add_event("progress", done=1.0, total=2.0, stage="training")
        return files_in(Path(folder))


JOB_SEEDS: dict[str, Callable[[], Files]] = {"job": _job}
"""Makers of jobs."""
