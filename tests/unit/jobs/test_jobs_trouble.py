"""Jobs whose disk, folder or process goes away."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

from labelbridge.core import Cancelled, InputError, Reporter
from labelbridge.io import atomic
from labelbridge.io.filelock import try_lock
from labelbridge.jobs import JobFolder, JobReporter, JobSpec, JobStatus, run_job, tasks
from labelbridge.jobs import folder as folders
from labelbridge.jobs import reporter as reporting
from labelbridge.jobs.timeleft import TimeLeft

HERE = Path(__file__).parent
HELPER = "job_tasks_for_tests"


@pytest.fixture(autouse=True)
def _tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(HERE)
    for name in ("count", "full", "quiet"):
        monkeypatch.setitem(tasks.TASKS, name, f"{HELPER}:{name}")


def job(path: Path, task: str, **settings: object) -> JobFolder:
    return JobFolder.prepare(path, JobSpec.of(task, settings))


def test_a_full_disk_is_a_sentence_and_leaves_earlier_checkpoints(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", "full")
    with pytest.raises(OSError, match="No space left"):
        run_job(folder)
    assert folder.status().ending == "failed"
    assert folder.status().message == (
        f"{folder.checkpoints}: the disk is full or its quota used up; free some space, then resume the job."
    )
    assert (folder.checkpoints / "first").read_text() == "whole"


def test_a_disk_that_takes_no_status_does_not_hide_why_the_job_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = job(tmp_path / "job", "full")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    real = import_module(HELPER).full

    def fill_the_disk(*arguments: object) -> None:
        monkeypatch.setattr(atomic, "_replace", full)
        monkeypatch.setattr(JobFolder, "add_event", full)
        real(*arguments)

    monkeypatch.setattr(import_module(HELPER), "full", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        run_job(folder)
    assert folder.status().ending == "failed", "it is written in the place of the one before"
    assert "the disk is full" in folder.status().message
    assert (folder.checkpoints / "first").read_text() == "whole"
    assert "No space left on device" in folder.log_file.read_text()


def test_a_deleted_folder_ends_the_job_and_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = job(tmp_path / "job", "count", to=10_000)
    monkeypatch.setattr(reporting, "_LOOK_EVERY_S", 0.0)

    def delete_then_report(settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter) -> None:
        try:
            shutil.rmtree(folder.path)
        except OSError:
            pytest.skip("this system deletes no open files")
        reporter.progress(1, 2, "after")
        reporter.checkpoint()

    monkeypatch.setattr(import_module(HELPER), "count", delete_then_report)
    with pytest.raises(InputError, match="moved or deleted while the job ran"):
        run_job(folder)
    assert not folder.path.exists()


def test_the_heart_beats_while_a_task_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[float] = []
    real = JobFolder.write_status
    folder = job(tmp_path / "job", "quiet", pause_s=0.5)
    monkeypatch.setattr(reporting, "_HEARTBEAT_EVERY_S", 0.02)
    monkeypatch.setattr(reporting, "_WRITE_EVERY_S", 0.0)
    monkeypatch.setattr(
        JobFolder, "write_status", lambda self, status: beats.append(status.heartbeat_s) or real(self, status)
    )
    run_job(folder)
    assert len(beats) > 5
    assert folder.status().ending == "finished", "a heartbeat after the end would say that the job runs"


def test_two_processes_cannot_work_on_one_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = job(tmp_path / "job", "count", to=1)
    monkeypatch.setattr(folders, "_PATIENCE_S", 0.0)
    with folder.lock_file.open("ab", buffering=0) as file:
        assert try_lock(file)
        with pytest.raises(InputError, match="another process works on this job"):
            run_job(folder)
    assert folder.status().state == "queued"
    run_job(folder)
    assert folder.status().ending == "finished"


def test_who_holds_a_job_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", "count", to=1)
    with folder.lock_file.open("ab", buffering=0) as file:
        assert try_lock(file)
        threading.Timer(0.3, file.close).start()
        run_job(folder)
    assert folder.status().ending == "finished"


def test_a_job_that_was_finished_meanwhile_is_not_done_again(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", "count", to=1)
    with folder.lock_file.open("ab", buffering=0) as file:
        assert try_lock(file)

        def finish() -> None:
            folder.result.mkdir()
            file.close()

        threading.Timer(0.3, finish).start()
        with pytest.raises(InputError, match="this job is finished"):
            run_job(folder)
    assert not folder.checkpoints.exists()


LAST_STATUS = """
import resource, sys
from pathlib import Path
from labelbridge.jobs import JobFolder
folder = JobFolder(Path(sys.argv[1]))
size = folder.status_file.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 9, size + 9))
folder.write_last_status(folder.status().ended("failed", "x" * 300))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit for files")
def test_a_last_status_that_has_no_room_leaves_the_one_before(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", "count", to=1)
    folder.write_status(JobStatus.running_here())
    arguments = [sys.executable, "-c", LAST_STATUS, str(folder.path)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert folder.status().state == "running"


def test_stop_before_the_turn_leaves_no_trace_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    folder = job(tmp_path / "job", "count", to=1, device="cpu")
    folder.ask_stop()
    with pytest.raises(Cancelled):
        run_job(folder, in_turn=True)
    assert folder.status().ending == "cancelled"
    assert [event["event"] for event in folder.events()] == ["ended"]


def test_time_left_counts_from_where_this_run_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    left = TimeLeft()
    assert left.after(500, 1000, "train") is None
    now += 10
    assert left.after(600, 1000, "train") == pytest.approx(40)
    assert left.after(1, 10, "evaluate") is None
    reporter = JobReporter(job(tmp_path / "job", "count"))
    reporter.progress(1, 10, "train")
    now += 2
    reporter.progress(2, 10, "train")
    assert reporter.status.progress is not None
    assert reporter.status.progress.left_s == pytest.approx(16)
