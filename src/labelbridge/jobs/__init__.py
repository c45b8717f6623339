"""Jobs: long work whose whole truth is a folder."""

from labelbridge.jobs.control import delete_job, resume_job, stop_job
from labelbridge.jobs.events import EventReader, last_events
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.reporter import JobReporter
from labelbridge.jobs.run import run_job
from labelbridge.jobs.runners import RUNNERS, LocalRunner, Runner
from labelbridge.jobs.spec import JobSpec
from labelbridge.jobs.status import Ending, JobProgress, JobState, JobStatus
from labelbridge.jobs.stopping import stop_on_signals
from labelbridge.jobs.store import JobInfo, JobStore

__all__ = [
    "RUNNERS",
    "Ending",
    "EventReader",
    "JobFolder",
    "JobInfo",
    "JobProgress",
    "JobReporter",
    "JobSpec",
    "JobState",
    "JobStatus",
    "JobStore",
    "LocalRunner",
    "Runner",
    "delete_job",
    "last_events",
    "resume_job",
    "run_job",
    "stop_job",
    "stop_on_signals",
]
