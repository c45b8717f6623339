import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from labelbridge.core import InputError
from labelbridge.jobs import JobFolder, JobSpec, JobStatus, JobStore

FIRST = datetime(2026, 11, 3, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(tmp_path / "jobs")


def spec(task: str = "count", age_days: int = 0) -> JobSpec:
    return JobSpec.of(task, {"to": 1}).model_copy(update={"created": FIRST - timedelta(days=age_days)})


def test_new_jobs_have_names_of_their_own(store: JobStore) -> None:
    names = [store.new_job(spec()).path.name for _ in range(3)]
    assert names == ["2026-11-03-count", "2026-11-03-count-2", "2026-11-03-count-3"]
    assert {info.name for info in store.jobs()} == set(names)


def test_jobs_are_listed_with_the_newest_first_wherever_they_lie(store: JobStore, tmp_path: Path) -> None:
    store.new_job(spec(age_days=2))
    store.new_job(spec("dance", age_days=1), tmp_path / "elsewhere")
    store.new_job(spec())
    infos = store.jobs()
    assert [info.name for info in infos] == ["2026-11-03-count", "elsewhere", "2026-11-01-count"]
    assert [info.task for info in infos] == ["count", "dance", "count"]
    assert {info.status.state for info in infos} == {"queued"}


def test_a_disk_that_is_away_takes_its_jobs_with_it_and_brings_them_back(store: JobStore, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    store.new_job(spec(), disk / "job")
    disk.rename(tmp_path / "away")
    assert store.jobs() == []
    (tmp_path / "away").rename(disk)
    assert [info.name for info in store.jobs()] == ["job"]
    store.forget(disk / "job")
    assert store.jobs() == []
    assert (disk / "job" / "spec.json").is_file()


def test_damage_is_a_line_of_the_list_and_does_not_end_it(store: JobStore) -> None:
    good, bad = store.new_job(spec()), store.new_job(spec())
    bad.status_file.write_text("{", encoding="utf-8")
    infos = store.jobs()
    assert [info.name for info in infos] == [good.path.name, bad.path.name]
    assert infos[0].problem == ""
    assert "status.json: got a file that cannot be read" in infos[1].problem


def test_a_job_is_found_by_its_name_and_by_its_folder(store: JobStore, tmp_path: Path) -> None:
    job = store.new_job(spec())
    away = store.new_job(spec(), tmp_path / "away")
    assert store.find(job.path.name).path == job.path
    assert store.find(str(away.path)).path == away.path
    assert store.find("away").path == away.path
    with pytest.raises(InputError, match=r"got 'nothing', expected a job's folder"):
        store.find("nothing")
    store.new_job(spec(), tmp_path / "other" / "away")
    with pytest.raises(InputError, match="2 jobs are called"):
        store.find("away")


def test_a_folder_that_holds_something_is_not_taken(store: JobStore, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="other files"):
        store.new_job(spec(), tmp_path)


def test_two_hundred_jobs_are_listed_without_their_events(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    first = store.new_job(spec())
    first.write_status(JobStatus.running_here())
    for number in range(199):
        shutil.copytree(first.path, store.root / f"job-{number}")
    opened: list[str] = []
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda path, *rest, **more: opened.append(path.name) or real(path, *rest, **more))
    began = time.perf_counter()
    assert len(store.jobs()) == 200
    assert time.perf_counter() - began < 1.0
    assert set(opened) <= {"place.json", "spec.json", "status.json"}


def test_a_job_that_nobody_took_up_is_lost_after_a_minute(store: JobStore) -> None:
    job: JobFolder = store.new_job(spec())
    job.write_status(JobStatus(heartbeat_s=time.time() - 30))
    assert job.status().state == "queued"
    job.write_status(JobStatus(heartbeat_s=time.time() - 90))
    assert job.status().ending == "lost"
