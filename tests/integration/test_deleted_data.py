"""The folders that a training learns from go away while it runs, and come back."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jobreaders import weights_of
from killed_jobs import TASKS, wait_for_end
from labelbridge.jobs import JobFolder, JobSpec, JobStore, LocalRunner, resume_job, stop_job

SAMPLES = Path(__file__).parents[2] / "sample_data"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def begin(task: str, path: Path, data: Path) -> JobFolder:
    settings = TASKS[task](1).model_dump(mode="json")
    folders = {name: str(data / name) for name in ("labeled", "unlabeled") if name in settings}
    folder = JobStore().new_job(JobSpec.of(task, {**settings, **folders}), path)
    LocalRunner().submit(folder)
    return folder


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def has_ended(folder: JobFolder) -> bool:
    return folder.status().state == "ended"


def failure_of_resumed(folder: JobFolder) -> str:
    resume_job(folder)
    wait_for(lambda: has_ended(folder))
    assert folder.status().ending == "failed"
    return folder.status().message


def check_sentence(message: str, folder: Path) -> None:
    assert message.startswith(f"{folder}: ")
    assert message.endswith("check the path.")
    assert message.count(". ") == 0


@pytest.mark.full(minutes=2)
@pytest.mark.parametrize(("task", "mark"), [("train-translator", "state-*.pt"), ("train-segmenter", "raw.done")])
def test_a_job_needs_its_data_when_it_begins_and_when_it_is_resumed(task: str, mark: str, tmp_path: Path) -> None:
    data, away = tmp_path / "data", tmp_path / "away"
    shutil.copytree(SAMPLES / "tem_labeled", data / "labeled")
    shutil.copytree(SAMPLES / "sem_unlabeled", data / "unlabeled")
    one = begin(task, tmp_path / "one", data)
    wait_for(lambda: one.status().state == "running")
    other = begin(task, tmp_path / "other", data)
    wait_for(lambda: any(one.checkpoints.glob(mark)) or has_ended(one))
    data.rename(away)
    wait_for_end(one)  # which has all in memory by then
    wait_for(lambda: has_ended(other))
    assert other.status().ending == "failed", "it waited for its turn until there was nothing to read"

    sets = [name for name in ("labeled", "unlabeled") if name in other.spec().settings]
    data.mkdir()
    for name in sets:
        check_sentence(failure_of_resumed(other), data / name)
        (away / name).rename(data / name)
    resume_job(other)
    wait_for(lambda: any(other.checkpoints.glob(mark)))
    (data / "labeled").rename(away / "labeled")
    stop_job(other)
    wait_for(lambda: has_ended(other))
    if other.status().ending == "cancelled":
        check_sentence(failure_of_resumed(other), data / "labeled")
        (away / "labeled").rename(data / "labeled")
        resume_job(other)
    wait_for_end(other)
    assert weights_of(one.path) == weights_of(other.path)
