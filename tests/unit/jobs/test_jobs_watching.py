"""What others see of a job while it runs, and what they cannot do to it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from labelbridge.core import Cancelled, FloatArray, Reporter
from labelbridge.jobs import JobFolder, JobReporter, JobSpec, JobStatus, run_job, tasks
from labelbridge.jobs.entry import main as entry
from labelbridge.jobs.failures import explain

HERE = Path(__file__).parent
HELPER = "job_tasks_for_tests"
STARTER = f"""
import sys
sys.path.insert(0, sys.argv[1])
from labelbridge.jobs import tasks
from labelbridge.jobs.entry import main
tasks.TASKS.update({{name: f"{HELPER}:{{name}}" for name in ("count", "half", "bug")}})
sys.exit(main(sys.argv[2:]))
"""
LONG_AGO_S = 3600.0


class Deaf(Reporter):
    """A listener that fails at everything it is told."""

    def progress(self, done: float, total: float, stage: str) -> None:
        raise RuntimeError("the window is gone")

    def metrics(self, step: int, **values: float) -> None:
        raise RuntimeError("the window is gone")

    def preview(self, name: str, image: FloatArray) -> None:
        raise RuntimeError("the window is gone")


class Terminate(Reporter):
    """Sends this process a signal at its second step."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def progress(self, done: float, total: float, stage: str) -> None:
        if done == 2:
            os.kill(os.getpid(), self.number)


@pytest.fixture(autouse=True)
def _tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(HERE)
    for name in ("count", "half", "bug"):
        monkeypatch.setitem(tasks.TASKS, name, f"{HELPER}:{name}")


def job(path: Path, task: str = "count", **settings: object) -> JobFolder:
    return JobFolder.prepare(path, JobSpec.of(task, settings))


def test_status_is_whole_at_every_moment(tmp_path: Path) -> None:
    folder = job(tmp_path / "job")
    written = threading.Event()

    def write() -> None:
        reporter = JobReporter(folder)
        for stage in range(300):  # each stage is news, so each is written
            reporter.progress(stage, 300, f"stage {stage} " + "." * (stage % 7) * 500)
        written.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not written.is_set():
        status = JobStatus.model_validate_json(folder.status_file.read_bytes())
        seen.add(status.progress.stage if status.progress else "")
    writer.join()
    assert len(seen) > 3


def test_result_is_there_only_when_it_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = job(tmp_path / "job", "slow")
    seen = []

    def slow(settings: object, checkpoints: Path, result: Path, reporter: Reporter) -> None:
        result.mkdir()
        for name in ("first", "second"):
            (result / name).write_text(name)
            seen.append((folder.result.exists(), folder.status().ending))

    monkeypatch.setitem(tasks.TASKS, "slow", f"{HELPER}:slow")
    monkeypatch.setattr(import_module(HELPER), "slow", slow, raising=False)
    run_job(folder)
    assert seen == [(False, None), (False, None)]
    assert sorted(file.name for file in folder.result.iterdir()) == ["first", "second"]


def test_a_failing_listener_does_not_end_the_job(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", to=3)
    run_job(folder, Deaf())
    assert folder.status().ending == "finished"
    assert sum(event["event"] == "metrics" for event in folder.events()) == 3
    assert folder.log_file.read_text().count("the job goes on without it") == 1


def test_a_listener_may_cancel(tmp_path: Path) -> None:
    class Cancelling(Reporter):
        def progress(self, done: float, total: float, stage: str) -> None:
            self.checkpoint()

        def should_stop(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        JobReporter(job(tmp_path / "job"), Cancelling()).progress(1, 2, "train")


def test_preview_and_numpy_numbers_become_events(tmp_path: Path) -> None:
    folder = job(tmp_path / "job")
    reporter = JobReporter(folder)
    reporter.preview("styled", np.zeros((4, 4), np.float32))
    reporter.metrics(int(np.int64(2)), loss=np.float32("nan"), dice=np.float32(0.5))
    preview, metrics = folder.events()
    assert (preview["event"], preview["name"], preview["file"]) == ("preview", "styled", "previews/styled-000000.png")
    assert (metrics["step"], metrics["loss"], metrics["dice"]) == (2, None, 0.5)


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3)])
def test_a_preview_is_a_picture_that_stays_beside_the_next_of_its_name(tmp_path: Path, shape: tuple[int, ...]) -> None:
    folder = job(tmp_path / "job")
    reporter = JobReporter(folder)
    for grey in (0.2, 0.6):
        reporter.preview("styled", np.full(shape, grey, np.float32))
    files = sorted(folder.previews.iterdir())
    assert [file.name for file in files] == ["styled-000000.png", "styled-000001.png"]
    for file, grey in zip(files, (51, 153), strict=True):
        with PillowImage.open(file) as picture:
            assert np.array_equal(np.asarray(picture), np.full(shape, grey, np.uint8))


def test_a_disk_that_takes_no_preview_does_not_end_the_job(tmp_path: Path) -> None:
    folder = job(tmp_path / "job")
    folder.previews.write_text("in the way")
    JobReporter(folder).preview("styled", np.zeros((4, 4), np.float32))
    assert list(folder.events()) == []


def test_what_is_said_is_among_the_events_and_in_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Listening(Reporter):
        def say(self, sentence: str) -> None:
            heard.append(sentence)

    heard: list[str] = []
    folder = job(tmp_path / "job")
    JobReporter(folder, Listening()).say("40 steps")
    assert [(event["event"], event["sentence"]) for event in folder.events()] == [("said", "40 steps")]
    assert capsys.readouterr().out == "40 steps\n"
    assert heard == ["40 steps"]


def test_repeated_ends_of_a_stage_are_told_once(tmp_path: Path) -> None:
    folder = job(tmp_path / "job")
    reporter = JobReporter(folder)
    for _ in range(500):
        reporter.progress(1, 1, "translate")
    assert len(list(folder.events())) < 20


def test_the_heart_beats_without_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = job(tmp_path / "job")
    reporter = JobReporter(folder)
    reporter.begin()
    reporter.should_stop()
    before = folder.status().heartbeat_s
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 5)
    reporter.should_stop()
    assert folder.status().heartbeat_s > before


def test_stop_file_is_seen_while_the_job_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = job(tmp_path / "job")
    reporter = JobReporter(folder)
    assert not reporter.should_stop()
    folder.ask_stop()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 5)
    assert reporter.should_stop()
    folder.stop_file.unlink()
    assert reporter.should_stop(), "a wish to stop was taken back"
    assert folder.status().state == "stopping"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_cancel_and_their_handlers_come_back(tmp_path: Path, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    folder = job(tmp_path / "job", to=5)
    with pytest.raises(Cancelled):
        run_job(folder, Terminate(number))
    assert folder.status().ending == "cancelled"
    assert json.loads((folder.checkpoints / "count.json").read_text())["done"] == 2
    assert signal.getsignal(number) is before


def test_a_job_runs_in_a_thread_too(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", to=2)
    thread = threading.Thread(target=run_job, args=[folder])
    thread.start()
    thread.join()
    assert folder.status().ending == "finished"


def test_silence_from_another_computer_is_an_end(tmp_path: Path) -> None:
    folder = job(tmp_path / "job")
    elsewhere = JobStatus.running_here().model_copy(update={"host": "another-computer.invalid"})
    folder.write_status(elsewhere)
    assert folder.status().state == "running"
    folder.write_status(elsewhere.model_copy(update={"heartbeat_s": time.time() - LONG_AGO_S}))
    assert folder.status().ending == "lost"
    JobFolder.prepare(folder.path, JobSpec.of("count", {}), resume=True)


@pytest.mark.parametrize(
    ("task", "code", "sentence"),
    [
        ("half", 2, "Error: got half of it, expected all; try again.\n"),
        ("bug", 1, f"Error: {explain(ZeroDivisionError('nothing to divide by'))}\n"),
    ],
)
def test_entry_tells_a_failure_to_whoever_started_it(tmp_path: Path, task: str, code: int, sentence: str) -> None:
    folder = job(tmp_path / "job", task)
    command = [sys.executable, "-c", STARTER, str(HERE), str(folder.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", sentence)
    assert "Traceback" in folder.log_file.read_text()
    assert not folder.result.exists()


def test_entry_ends_with_0_and_logs_what_the_task_says(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", to=1)
    command = [sys.executable, "-c", STARTER, str(HERE), str(folder.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "starting at 0" in folder.log_file.read_text()
    again = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert again.returncode == 2
    assert "finished" in again.stderr


def test_entry_says_when_the_log_is_in_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = job(tmp_path / "job", to=1)
    folder.log_file.mkdir()
    assert entry([str(folder.path)]) == 2
    assert "stdout.log" in capsys.readouterr().err
