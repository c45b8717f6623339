import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from labelbridge.core import Cancelled, InputError, Reporter
from labelbridge.jobs import JobFolder, JobSpec, run_job, tasks
from labelbridge.jobs.entry import main as entry

HERE = Path(__file__).parent
HELPER = "job_tasks_for_tests"
STARTER = f"""
import sys
sys.path.insert(0, sys.argv[1])
from labelbridge.jobs import tasks
from labelbridge.jobs.entry import main
tasks.TASKS["count"] = "{HELPER}:count"
sys.exit(main(sys.argv[2:]))
"""


class StopAt(Reporter):
    """Asks to stop after a number of steps."""

    def __init__(self, step: int) -> None:
        self.step, self.seen = step, 0.0

    def progress(self, done: float, total: float, stage: str) -> None:
        self.seen = done

    def should_stop(self) -> bool:
        return self.seen >= self.step


@pytest.fixture(autouse=True)
def _tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(HERE)
    for name in ("count", "half", "bug"):
        monkeypatch.setitem(tasks.TASKS, name, f"{HELPER}:{name}")


def job(path: Path, task: str = "count", *, resume: bool = False, **settings: object) -> JobFolder:
    return JobFolder.prepare(path, JobSpec.of(task, settings), resume=resume)


def starter(folder: JobFolder) -> list[str]:
    """Return the command that `python -m labelbridge.jobs.entry FOLDER` would be, with the tests' tasks known to it."""
    return [sys.executable, "-c", STARTER, str(HERE), str(folder.path)]


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def steps_done(folder: JobFolder) -> int:
    return sum(event["event"] == "metrics" for event in folder.events())


def counted(folder: JobFolder) -> dict[str, object]:
    return json.loads((folder.result / "count.json").read_text())


def test_a_finished_job_has_result_status_events_and_log(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", to=3)
    assert folder.status().state == "queued"
    run_job(folder)
    status = folder.status()
    assert (status.state, status.ending) == ("ended", "finished")
    assert status.progress is not None
    assert (status.progress.done, status.progress.total, status.progress.stage) == (3, 3, "counting")
    assert counted(folder) == {"done": 3, "starts": [0]}
    events = list(folder.events())
    assert events[0]["event"] == "started"
    assert [event["loss"] for event in events if event["event"] == "metrics"] == [1, 1 / 2, 1 / 3]
    assert events[-1]["ending"] == "finished"
    assert "starting at 0" in folder.log_file.read_text()
    assert not folder.partial_result.exists()


def test_cancel_is_its_own_ending_and_resume_continues(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", to=5)
    with pytest.raises(Cancelled):
        run_job(folder, StopAt(2))
    assert folder.status().ending == "cancelled"
    assert not folder.result.exists()
    folder = job(tmp_path / "job", to=5, resume=True)
    run_job(folder)
    assert counted(folder) == {"done": 5, "starts": [0, 2]}


def test_stop_file_ends_the_job_and_is_gone_after_resume(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", to=5)
    folder.ask_stop()
    with pytest.raises(Cancelled):
        run_job(folder)
    assert folder.status().ending == "cancelled"
    folder = job(tmp_path / "job", to=5, resume=True)
    assert not folder.stop_file.exists()
    run_job(folder)
    assert folder.status().ending == "finished"


def test_failure_says_one_sentence_and_leaves_no_result(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", "half")
    with pytest.raises(InputError):
        run_job(folder)
    assert folder.status().ending == "failed"
    assert folder.status().message == "got half of it, expected all; try again."
    assert not folder.result.exists()

    folder = job(tmp_path / "bug", "bug")
    with pytest.raises(ZeroDivisionError):
        run_job(folder)
    assert "(ZeroDivisionError: nothing to divide by); resume the job" in folder.status().message
    assert "Traceback" in folder.log_file.read_text()


def test_unknown_task_fails(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", "dance")
    with pytest.raises(InputError, match="'dance', expected one of"):
        run_job(folder)
    assert folder.status().ending == "failed"


def test_result_of_a_killed_run_is_not_mistaken_for_one(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", to=2)
    folder.partial_result.mkdir()
    (folder.partial_result / "rubbish").touch()
    folder.events_file.write_text('{"event": "metr')
    run_job(folder)
    assert [file.name for file in folder.result.iterdir()] == ["count.json"]
    assert next(folder.events())["event"] == "started"


def test_kill_in_the_middle_then_resume(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", to=200, pause_s=0.02)
    process = subprocess.Popen(starter(folder))
    try:
        wait_for(lambda: steps_done(folder) >= 3)
        assert folder.status().state == "running"
        assert folder.status().pid == process.pid
        with pytest.raises(InputError, match="is running"):
            job(tmp_path / "job", to=200, pause_s=0.02, resume=True)
    finally:
        process.kill()
        process.wait()
    status = folder.status()
    assert (status.state, status.ending) == ("ended", "lost")
    assert "resume" in status.message
    assert not folder.result.exists()

    done = json.loads((folder.checkpoints / "count.json").read_text())["done"]
    settings = folder.spec().settings
    folder = JobFolder.prepare(folder.path, JobSpec.of("count", settings), resume=True)
    folder.ask_stop()  # leave the rest uncounted: one step is enough to see where it began
    with pytest.raises(Cancelled):
        run_job(folder)
    folder = JobFolder.prepare(folder.path, JobSpec.of("count", settings), resume=True)
    with pytest.raises(Cancelled):
        run_job(folder, StopAt(done + 1))
    assert json.loads((folder.checkpoints / "count.json").read_text())["starts"] == [0, done]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
@pytest.mark.parametrize("way", ["SIGTERM", "SIGINT", "STOP"])
def test_entry_ends_with_0_after_a_checkpoint(tmp_path: Path, way: str) -> None:
    folder = job(tmp_path / "job", to=1000, pause_s=0.02)
    process = subprocess.Popen(starter(folder), start_new_session=True)
    try:
        wait_for(lambda: steps_done(folder) >= 2)
        if way == "STOP":
            folder.ask_stop()
        else:
            process.send_signal(getattr(signal, way))
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
    assert folder.status().ending == "cancelled"
    assert not folder.result.exists()


def test_entry_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry([]) == 2
    assert entry([str(tmp_path / "nothing")]) == 2
    assert "expected the folder of a job" in capsys.readouterr().err


def test_a_process_of_another_start_is_not_the_job(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", to=1)
    with pytest.raises(Cancelled):
        run_job(folder, StopAt(1))
    here = psutil.Process()
    living = folder.status().model_copy(
        update={"state": "running", "ending": None, "pid": here.pid, "process_start_s": here.create_time()}
    )
    folder.write_status(living)
    assert folder.status().state == "running"
    another = living.model_copy(update={"process_start_s": here.create_time() - 60})
    folder.write_status(another)
    assert folder.status().state == "running", "it writes: the clock was set"
    folder.write_status(another.model_copy(update={"heartbeat_s": time.time() - 11}))
    assert folder.status().ending == "lost"
