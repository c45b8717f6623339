"""Trainings on a disk that really is full, at several levels."""

from pathlib import Path

import pytest

from full_disk import LEVELS, fill_and_resume, why_not
from jobreaders import weights_of
from killed_jobs import run_undisturbed


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The weights of jobs that nobody disturbed."""
    if reason := why_not():
        pytest.skip(f"no small disk can be made here: {reason}")
    room = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABELBRIDGE_HOME", str(room / "home"))
        patch.setenv("OMP_NUM_THREADS", "1")
        for task in {task for task, _, _ in LEVELS}:
            run_undisturbed(task, room / task, seed=1)
    return {folder.name: weights_of(folder) for folder in room.glob("train-*")}


@pytest.mark.full
@pytest.mark.parametrize(("task", "mark", "left"), LEVELS[::2])  # benchmarks/full_disk.py does all
def test_a_full_disk_is_a_sentence_and_loses_nothing(
    task: str, mark: str, left: int, whole: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    disk = tmp_path / "disk"
    disk.mkdir()
    found = fill_and_resume(task, mark, left, disk)
    assert found.ending == "failed"
    assert found.message.startswith(str(disk))
    assert found.message.endswith("the disk is full or its quota used up; free some space, then resume the job.")
    assert "the disk is full" in found.refusal
    assert found.problems == []
    assert found.weights == whole[task]
