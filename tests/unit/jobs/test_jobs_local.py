"""Jobs in processes of their own: they wait for their turn, outlive who started them, and are seen when they die."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from labelbridge.core import InputError
from labelbridge.jobs import JobFolder, JobSpec, JobStore, LocalRunner, resume_job, stop_job

HERE = Path(__file__).parent
COMMAND = (sys.executable, str(HERE / "job_starter_for_tests.py"), "--in-turn")
SUBMIT = f"""
import sys
from pathlib import Path
from labelbridge.jobs import JobFolder, LocalRunner
LocalRunner({COMMAND!r}).submit(JobFolder(Path(sys.argv[1])))
"""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue for each test."""
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))


@pytest.fixture
def new_job() -> Iterator[Callable[..., JobFolder]]:
    """Make jobs, and leave no process behind."""
    made: list[JobFolder] = []

    def make(task: str = "count", **settings: object) -> JobFolder:
        made.append(JobStore().new_job(JobSpec.of(task, {"device": "cpu", **settings})))
        return made[-1]

    yield make
    for folder in made:
        if process := folder.status().process():
            with suppress(psutil.Error):
                process.kill()
                process.wait()


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def has_ended(folder: JobFolder) -> bool:
    return folder.status().state == "ended"


def has_stepped(folder: JobFolder) -> bool:
    return any(event["event"] == "metrics" for event in folder.events())


def test_one_job_at_a_time_and_the_next_begins_when_it_dies(new_job: Callable[..., JobFolder]) -> None:
    runner = LocalRunner(COMMAND)
    first = new_job(to=10_000, pause_s=0.02)
    runner.submit(first)
    wait_for(lambda: has_stepped(first))
    second = new_job(to=10_000, pause_s=0.02)
    runner.submit(second)
    wait_for(lambda: second.status().message.startswith("Waits until the cpu is free"))
    assert (first.status().state, second.status().state) == ("running", "queued")
    assert runner.is_alive(second)
    with pytest.raises(InputError, match="is queued"):
        resume_job(second, runner)

    third = new_job(to=1)
    runner.submit(third)
    wait_for(lambda: "queued before it: 1" in third.status().message)

    process = first.status().process()
    assert process is not None
    process.kill()
    wait_for(lambda: first.status().ending == "lost", 10)
    wait_for(lambda: second.status().state == "running", 10)
    assert third.status().state == "queued"

    stop_job(third)
    wait_for(lambda: has_ended(third))
    assert third.status().ending == "cancelled"
    assert not third.checkpoints.exists()

    stop_job(second)
    wait_for(lambda: has_ended(second))
    assert second.status().ending == "cancelled"

    assert not runner.is_alive(first)
    resume_job(first, runner)
    wait_for(lambda: sum(event["event"] == "started" for event in first.events()) == 2)
    wait_for(lambda: first.status().state == "running")
    runner.end(first)
    assert first.status().ending == "cancelled"
    assert "last checkpoint" in first.status().message
    assert (first.checkpoints / "count.json").is_file()


def test_a_job_outlives_who_submitted_it(new_job: Callable[..., JobFolder]) -> None:
    folder = new_job(to=20, pause_s=0.05)
    subprocess.run([sys.executable, "-c", SUBMIT, str(folder.path)], check=True, timeout=60)
    assert not has_ended(folder)
    wait_for(lambda: has_ended(folder))
    assert folder.status().ending == "finished"
    assert (folder.result / "count.json").is_file()
    if os.name != "nt":
        assert "starting at 0" in folder.log_file.read_text(encoding="utf-8")


def test_the_real_entry_says_why_a_training_cannot_be(new_job: Callable[..., JobFolder], tmp_path: Path) -> None:
    folder = new_job("train-segmenter", labeled=tmp_path / "nothing")
    LocalRunner().submit(folder)
    wait_for(lambda: has_ended(folder), 60)
    assert folder.status().ending == "failed"
    assert "nothing" in folder.status().message
    assert "Traceback" not in folder.status().message
    assert "Traceback" in folder.log_file.read_text(encoding="utf-8")


def test_a_job_elsewhere_cannot_be_ended_from_here(new_job: Callable[..., JobFolder]) -> None:
    folder = new_job(to=1)
    with pytest.raises(InputError, match="no computer yet"):
        LocalRunner().end(folder)
