"""Several windows and several jobs at the same moment, and clocks that are set."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from labelbridge.core import InputError
from labelbridge.jobs import (
    JobFolder,
    JobSpec,
    JobStatus,
    JobStore,
    LocalRunner,
    delete_job,
    resume_job,
    status,
    stop_job,
)

HERE = Path(__file__).parent
COMMAND = (sys.executable, str(HERE / "job_starter_for_tests.py"), "--in-turn")
WINDOW = f"""
import sys
import time
from pathlib import Path
from labelbridge.jobs import JobFolder, JobHistory, JobStore, JobWatch, LocalRunner
folders = [JobFolder(Path(name)) for name in sys.argv[1:]]
for folder in folders:
    LocalRunner({COMMAND!r}).submit(folder)
    while folders[0].status().state == "queued":
        time.sleep(0.01)
watch = JobWatch(JobStore())
print("submitted", flush=True)
while True:
    watch.look()
    for folder in folders:
        folder.status()
        JobHistory(folder).read(1.0)
"""
AN_HOUR_S = 3600.0


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))


@pytest.fixture
def new_job() -> Iterator[Callable[..., JobFolder]]:
    """Make jobs, and leave no process behind."""
    made: list[JobFolder] = []

    def make(**settings: object) -> JobFolder:
        made.append(JobStore().new_job(JobSpec.of("count", {"device": "cpu", **settings})))
        return made[-1]

    yield make
    for folder in made:
        if folder.path.is_dir() and (process := folder.status().process()):
            with suppress(psutil.Error):
                process.kill()
                process.wait()


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def steps_of(folder: JobFolder) -> int:
    return sum(event["event"] == "metrics" for event in folder.events())


def at_once(*acts: Callable[[], None]) -> list[str]:
    """Do all at the same moment, each in a thread; return the sentences of those that were refused."""
    together, refused = threading.Barrier(len(acts)), list[str]()

    def do(act: Callable[[], None]) -> None:
        together.wait()
        try:
            act()
        except InputError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


class Place:
    """A place with one process for a job."""

    def __init__(self) -> None:
        self.submitted = 0

    def submit(self, folder: JobFolder) -> None:
        time.sleep(0.01)
        self.submitted += 1

    def is_alive(self, folder: JobFolder) -> bool:
        return self.submitted > 0

    def end(self, folder: JobFolder) -> None:
        raise AssertionError


def stopped_job(path: Path) -> JobFolder:
    folder = JobFolder.prepare(path, JobSpec.of("count", {"to": 3}))
    folder.checkpoints.mkdir()
    (folder.checkpoints / "count.json").write_text('{"done": 2, "starts": [0]}', encoding="utf-8")
    folder.write_status(JobStatus().ended("cancelled"))
    return folder


@pytest.mark.parametrize("round_", range(10))
def test_of_two_windows_that_resume_a_job_one_does(round_: int, tmp_path: Path) -> None:
    path, place = stopped_job(tmp_path / "job").path, Place()
    refused = at_once(*[lambda: resume_job(JobFolder(path), place)] * 2)
    assert place.submitted == 1
    assert len(refused) == 1
    assert str(path) in refused[0]


@pytest.mark.parametrize("round_", range(10))
def test_of_two_windows_that_delete_a_job_one_does(round_: int, tmp_path: Path) -> None:
    path = stopped_job(tmp_path / "job").path
    refused = at_once(*[lambda: delete_job(JobFolder(path), Place())] * 2)
    assert len(refused) == 1
    assert str(path) in refused[0]
    assert list(tmp_path.glob("*job*")) == []


@pytest.mark.parametrize("round_", range(10))
def test_a_job_is_deleted_or_resumed_and_never_half_of_each(round_: int, tmp_path: Path) -> None:
    path, place = stopped_job(tmp_path / "job").path, Place()
    acts = [lambda: resume_job(JobFolder(path), place), lambda: delete_job(JobFolder(path), place)]
    refused = at_once(*(acts if round_ % 2 else acts[::-1]))
    assert len(refused) == 1, refused
    if place.submitted:
        assert (path / "checkpoints" / "count.json").is_file()
        assert JobFolder(path).status().state == "queued"
    else:
        assert not path.exists()


def test_two_windows_at_a_job_that_runs(new_job: Callable[..., JobFolder]) -> None:
    runner, job = LocalRunner(COMMAND), new_job(to=200, pause_s=0.02)
    runner.submit(job)
    wait_for(lambda: steps_of(job) > 2)

    def again() -> JobFolder:
        return JobFolder(job.path)

    refused = at_once(
        lambda: resume_job(again(), runner),
        lambda: delete_job(again(), runner, with_result=True),
        lambda: stop_job(again()),
        lambda: stop_job(again()),
    )
    assert len(refused) == 2
    assert all("running" in sentence or "stopping" in sentence for sentence in refused)
    wait_for(lambda: job.status().state == "ended")
    assert job.status().ending == "cancelled"
    wait_for(lambda: not runner.is_alive(job))

    refused = at_once(*[lambda: resume_job(again(), runner)] * 2)
    assert len(refused) == 1
    wait_for(lambda: job.status().ending == "finished")
    counted = json.loads((job.result / "count.json").read_text(encoding="utf-8"))
    assert counted["done"] == 200
    assert len(counted["starts"]) == 2, "it was begun once and resumed once"
    assert [event["event"] for event in job.events()].count("started") == 2


def test_the_queue_goes_on_without_the_window_and_without_a_job_that_waits(
    new_job: Callable[..., JobFolder], begin: Callable[..., "subprocess.Popen[str]"]
) -> None:
    first, second, third = new_job(to=1_000_000, pause_s=0.02), new_job(to=5), new_job(to=5)
    command = [sys.executable, "-c", WINDOW, *(str(job.path) for job in (first, second, third))]
    window = begin(command, stdout=subprocess.PIPE, text=True)
    assert window.stdout is not None
    assert window.stdout.readline() == "submitted\n"
    wait_for(lambda: "Waits until" in second.status().message and "Waits until" in third.status().message)
    window.kill()
    window.wait()
    waiting = second.status().process()
    assert waiting is not None
    waiting.kill()
    wait_for(lambda: second.status().ending == "lost", 10)
    assert first.status().state == "running"
    stop_job(first)
    wait_for(lambda: third.status().state == "ended")
    assert [job.status().ending for job in (first, second, third)] == ["cancelled", "lost", "finished"]
    resume_job(second, LocalRunner(COMMAND))
    wait_for(lambda: second.status().ending == "finished")


@pytest.mark.parametrize("set_by_s", [AN_HOUR_S, -AN_HOUR_S])
def test_a_clock_that_is_set_loses_no_job_that_lives(
    set_by_s: float, new_job: Callable[..., JobFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, job = LocalRunner(COMMAND), new_job(to=10_000, pause_s=0.02)
    runner.submit(job)
    wait_for(lambda: steps_of(job) > 2)
    process = job.status().process()
    assert process is not None
    started = psutil.Process.create_time
    monkeypatch.setattr(status, "time", SimpleNamespace(time=lambda: time.time() + set_by_s))
    # Linux counts back to it from the time of now.
    monkeypatch.setattr(psutil.Process, "create_time", lambda one: started(one) + set_by_s)
    assert job.status().state == "running"
    with pytest.raises(InputError, match="is running"):
        resume_job(job, runner)
    process.kill()
    wait_for(lambda: job.status().ending == "lost", 10)


def test_another_process_of_the_same_number_is_not_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = JobFolder.prepare(tmp_path / "job", JobSpec.of("count", {}))
    other = JobStatus.running_here().model_copy(update={"process_start_s": 1.0, "heartbeat_s": time.time() - 11})
    folder.write_status(other)
    assert folder.status().ending == "lost"
    with JobFolder(folder.path).held():
        assert folder.status().state == "running", "somebody works on it"


def test_a_job_that_dies_before_it_has_said_anything_is_seen_at_once(new_job: Callable[..., JobFolder]) -> None:
    job = new_job(to=1)
    LocalRunner((sys.executable, "-c", "import time; time.sleep(600)")).submit(job)
    process = job.status().process()
    assert process is not None
    assert process.pid != os.getpid()
    assert job.status().state == "queued"
    process.kill()
    wait_for(lambda: job.status().ending == "lost", 10)
