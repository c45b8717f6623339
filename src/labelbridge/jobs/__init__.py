"""Jobs: long work whose whole truth is a folder."""

from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.reporter import JobReporter
from labelbridge.jobs.runner import run_job
from labelbridge.jobs.spec import JobSpec
from labelbridge.jobs.status import Ending, JobProgress, JobState, JobStatus
from labelbridge.jobs.stopping import stop_on_signals

__all__ = [
    "Ending",
    "JobFolder",
    "JobProgress",
    "JobReporter",
    "JobSpec",
    "JobState",
    "JobStatus",
    "run_job",
    "stop_on_signals",
]
