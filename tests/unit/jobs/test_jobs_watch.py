"""Looking at many jobs again and again."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labelbridge.jobs import JobFolder, JobInfo, JobSpec, JobStatus, JobStore, JobWatch


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(tmp_path / "jobs")


def new_job(store: JobStore) -> JobFolder:
    return store.new_job(JobSpec.of("count", {"to": 3}))


def test_it_finds_what_the_store_finds(store: JobStore, tmp_path: Path) -> None:
    watch = JobWatch(store)
    assert watch.look() == []
    made = [store.new_job(JobSpec.of("count", {}), tmp_path / "elsewhere"), new_job(store), new_job(store)]
    made[1].spec_file.write_text("{", encoding="utf-8")
    assert [info.folder.path for info in watch.look()] == [info.folder.path for info in store.jobs()]
    assert watch.look()[-1].problem


def test_what_has_ended_is_read_once_and_stays_the_same_object(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, running = new_job(store), new_job(store)
    ended.write_status(JobStatus().ended("cancelled"))
    running.write_status(JobStatus.running_here())
    watch = JobWatch(store)
    before = {info.name: info for info in watch.look()}
    read: list[str] = []
    of = JobInfo.of

    def noted(folder: JobFolder) -> JobInfo:
        read.append(folder.path.name)
        return of(folder)

    monkeypatch.setattr(JobInfo, "of", noted)
    after = {info.name: info for info in watch.look()}
    assert read == [running.path.name]
    assert all(after[name] is before[name] for name in before)
    ended.write_status(JobStatus().ended("failed", "no luck"))
    assert {info.name: info for info in watch.look()}[ended.path.name].status.message == "no luck"


def test_a_job_whose_process_is_killed_is_lost_without_a_change_on_the_disk(
    store: JobStore, begin: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    job, watch = new_job(store), JobWatch(store)
    process = begin([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    here = JobStatus.running_here()
    start = _start_of(process.pid)
    job.write_status(here.model_copy(update={"pid": process.pid, "process_start_s": start}))
    assert watch.look()[0].status.state == "running"
    process.kill()
    process.wait()
    assert watch.look()[0].status.ending == "lost"


def test_a_result_finishes_and_a_deleted_job_goes(store: JobStore) -> None:
    job, watch = new_job(store), JobWatch(store)
    job.write_status(JobStatus().ended("cancelled"))
    assert watch.look()[0].status.ending == "cancelled"
    job.result.mkdir()
    assert watch.look()[0].status.ending == "finished"
    job.path.rename(job.path.with_name(".gone"))
    assert watch.look() == []


def _start_of(pid: int) -> float:
    import psutil

    return float(psutil.Process(pid).create_time())
