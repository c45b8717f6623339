"""Folders of jobs as trainings leave them, many and long ones, in no time; for benchmarks, tests and pictures."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labelbridge.jobs import JobFolder, JobProgress, JobSpec, JobStatus, JobStore

__all__ = ["make_jobs", "telling_on", "write_events"]

_OTHERS_EVENTS = 100
_TELL_EVERY_S = 0.05
_TELL = """
import itertools, sys, time
from pathlib import Path
from labelbridge.jobs import JobFolder
folder, first, every_s = JobFolder(Path(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3])
for step in itertools.count(first):
    folder.add_event("metrics", step=step, loss=0.5, cycle=0.1)
    time.sleep(every_s)
"""
_ENDINGS = ("finished", "cancelled", "failed")


def make_jobs(root: Path, number: int, events: int) -> JobFolder:
    """Make so many jobs, of which the newest runs in this process and has told so many events; return that one."""
    store = JobStore(root)
    for place in range(number - 1):
        folder = store.new_job(JobSpec.of("train-translator", {"seed": place}))
        write_events(folder, _OTHERS_EVENTS)
        folder.write_status(JobStatus().ended(_ENDINGS[place % len(_ENDINGS)], "What a job says at its end."))
    running = store.new_job(JobSpec.of("train-translator", {"seed": number}))
    write_events(running, events)
    progress = JobProgress(done=events, total=2 * events, stage="training", left_s=3600)
    running.write_status(JobStatus.running_here().model_copy(update={"progress": progress}))
    return running


def write_events(folder: JobFolder, number: int) -> None:
    """Write the numbers of so many training steps into a job's events."""
    with folder.events_file.open("w", encoding="utf-8") as file:
        for step in range(number):
            part = step / number
            numbers = {"loss": math.exp(-3 * part) + 0.05 * math.sin(step), "cycle": 0.3 * math.exp(-2 * part)}
            if step % max(1, number // 50) == 0:
                numbers["score"] = 0.6 * (1 - math.exp(-4 * part)) + 0.02 * math.cos(7 * step)
            file.write(json.dumps({"time_s": 1.7e9 + step, "event": "metrics", "step": step, **numbers}) + "\n")


@contextmanager
def telling_on(folder: JobFolder, step: int) -> Iterator[None]:
    """Let another process tell of twenty training steps a second, from this step on, as a job of a quick training."""
    command = [sys.executable, "-c", _TELL, str(folder.path), str(step), str(_TELL_EVERY_S)]
    with subprocess.Popen(command) as process:
        try:
            yield
        finally:
            process.kill()
