"""A job's process on a computer of a cluster: SIGUSR1 before its time is over, SIGTERM to make room or to end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from slurm_for_tests import FakeSlurm

from labelbridge.jobs import JobFolder, JobPlace, JobSpec, JobStatus

if os.name == "nt":
    pytest.skip("SLURM's signals are not Windows'", allow_module_level=True)

STARTER = Path(__file__).parent / "job_starter_for_tests.py"
TICKET = "labelbridge-mine"
Starting = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def job(tmp_path: Path) -> JobFolder:
    """A job that SLURM is about to begin, so early that sbatch has not told its number yet."""
    folder = JobFolder.prepare(tmp_path / "job", JobSpec.of("count", {"to": 10_000, "pause_s": 0.02}))
    folder.write_place(JobPlace(runner="slurm", ticket=TICKET, cluster="here"))
    return folder


@pytest.fixture
def start(job: JobFolder, slurm: FakeSlurm) -> Starting:
    """Begin the job as SLURM does, as number 12 and for the first time."""
    variables = {**os.environ, "SLURM_JOB_NAME": TICKET, "SLURM_JOB_ID": "12"}
    return lambda: subprocess.Popen([sys.executable, str(STARTER), str(job.path)], env=variables)


def steps_of(folder: JobFolder) -> int:
    return sum(event["event"] == "metrics" for event in folder.events())


def wait_until_it_counts(folder: JobFolder, after: int = 0) -> None:
    deadline = time.monotonic() + 60
    while steps_of(folder) <= after:
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def interrupt(start: Starting, job: JobFolder, number: signal.Signals) -> JobStatus:
    """Send a signal to the job while it counts, and return what its folder says in the end."""
    steps, process = steps_of(job), start()
    try:
        wait_until_it_counts(job, after=steps)
        process.send_signal(number)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    assert (job.checkpoints / "count.json").is_file()
    return JobStatus.model_validate_json(job.status_file.read_bytes())


def test_before_its_time_is_over_it_saves_and_queues_again(job: JobFolder, slurm: FakeSlurm, start: Starting) -> None:
    status = interrupt(start, job, signal.SIGUSR1)
    assert (status.state, status.pid) == ("queued", None)
    assert status.message.startswith("It had to leave the place where it ran; its work is saved")
    assert status.progress is not None
    assert slurm.calls("scontrol")[-1] == "requeue 12"
    place = job.place()
    assert place is not None
    assert place.id == "12"


def test_where_slurm_does_not_take_it_back_it_was_stopped(job: JobFolder, slurm: FakeSlurm, start: Starting) -> None:
    refusal = "Requested operation is presently disabled for job 12\n"
    slurm.says("scontrol", error=refusal, code=1)
    status = interrupt(start, job, signal.SIGUSR1)
    assert status.ending == "cancelled"
    assert "did not queue it again (Requested operation is presently disabled for job 12)" in status.message


def test_when_it_makes_room_slurm_has_queued_it_again(job: JobFolder, slurm: FakeSlurm, start: Starting) -> None:
    slurm.says("scontrol", "   JobState=COMPLETING Requeue=1 Restarts=1 BatchFlag=1\n")
    assert interrupt(start, job, signal.SIGTERM).state == "queued"
    assert slurm.calls("scontrol") == ["show job 12"]


def test_scancel_ends_it_for_good(job: JobFolder, slurm: FakeSlurm, start: Starting) -> None:
    slurm.says("scontrol", "   JobState=COMPLETING Requeue=1 Restarts=0 BatchFlag=1\n")
    assert interrupt(start, job, signal.SIGTERM).ending == "cancelled"


def test_a_user_who_stops_it_does_not_want_it_back(job: JobFolder, slurm: FakeSlurm, start: Starting) -> None:
    slurm.says("scontrol", "   Restarts=1\n")
    process = start()
    wait_until_it_counts(job)
    job.ask_stop()
    assert process.wait(60) == 0
    assert job.status().ending == "cancelled"
    assert slurm.calls("scontrol") == []


def test_it_goes_on_after_a_stay_that_was_cut_short(job: JobFolder, slurm: FakeSlurm, start: Starting) -> None:
    """Only SLURM knows that the process before is gone: its computer cannot be asked, its heart has just beaten."""
    job.write_status(JobStatus(state="running", pid=1, host="node-that-failed", process_start_s=1.0))
    interrupt(start, job, signal.SIGUSR1)
    interrupt(start, job, signal.SIGUSR1)
    assert sum(event["event"] == "started" for event in job.events()) == 2
    assert '"starts": [0, ' in (job.checkpoints / "count.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("place", [None, JobPlace(runner="slurm", ticket="labelbridge-newer", id="13")])
def test_what_was_handed_over_anew_is_not_begun_twice(job: JobFolder, start: Starting, place: JobPlace | None) -> None:
    job.place_file.unlink()
    if place:
        job.write_place(place)
    process = start()
    assert process.wait(60) == 2
    assert "handed over anew since SLURM got it as labelbridge-mine" in job.log_file.read_text(encoding="utf-8")
    assert job.place() == place
    assert not job.checkpoints.exists()
