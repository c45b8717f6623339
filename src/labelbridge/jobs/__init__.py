"""Jobs: long work whose whole truth is a folder."""

from labelbridge.jobs.checkpoints import Checkpoint, checkpoint_after, checkpoints_of, use_checkpoint, used_step
from labelbridge.jobs.control import delete_job, resume_job, stop_job
from labelbridge.jobs.events import EventReader, last_events
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.history import JobHistory, ShownPreview
from labelbridge.jobs.logtail import LogTail
from labelbridge.jobs.place import JobPlace
from labelbridge.jobs.report import default_report_name, write_report
from labelbridge.jobs.reporter import JobReporter
from labelbridge.jobs.run import run_job
from labelbridge.jobs.runners import RUNNERS, LocalRunner, Runner, SlurmRunner, runner_named, runner_of
from labelbridge.jobs.spec import JobSpec
from labelbridge.jobs.status import Ending, JobProgress, JobState, JobStatus
from labelbridge.jobs.stopping import stop_on_signals
from labelbridge.jobs.store import JobInfo, JobStore
from labelbridge.jobs.submitting import submit_job
from labelbridge.jobs.watch import JobWatch

__all__ = [
    "RUNNERS",
    "Checkpoint",
    "Ending",
    "EventReader",
    "JobFolder",
    "JobHistory",
    "JobInfo",
    "JobPlace",
    "JobProgress",
    "JobReporter",
    "JobSpec",
    "JobState",
    "JobStatus",
    "JobStore",
    "JobWatch",
    "LocalRunner",
    "LogTail",
    "Runner",
    "ShownPreview",
    "SlurmRunner",
    "checkpoint_after",
    "checkpoints_of",
    "default_report_name",
    "delete_job",
    "last_events",
    "resume_job",
    "run_job",
    "runner_named",
    "runner_of",
    "stop_job",
    "stop_on_signals",
    "submit_job",
    "use_checkpoint",
    "used_step",
    "write_report",
]
