"""Choosing another model than the best one; all folders are as trainings of translators leave them."""

import errno
import os
from pathlib import Path

import pytest

from labelbridge.core import InputError, TranslatorCard
from labelbridge.io.modelfolder import CARD, WEIGHTS, read_any_card
from labelbridge.jobs import (
    JobFolder,
    JobSpec,
    JobStatus,
    checkpoint_after,
    checkpoints_of,
    delete_job,
    use_checkpoint,
    used_step,
)


@pytest.fixture
def job(tmp_path: Path) -> JobFolder:
    """A finished job: of three models the second is the best, and the result."""
    folder = JobFolder.prepare(tmp_path / "job", JobSpec.of("train-translator", {}))
    for step, score in ((10, 0.2), (20, 0.5), (30, 0.4)):
        write_model(folder.checkpoints / f"candidate-{step:08d}", step, score)
    write_model(folder.result, 20, 0.5, intensity_cycle=0.1)
    folder.write_status(JobStatus().ended("finished", "The result is in result/."))
    return folder


def write_model(folder: Path, step: int, score: float, **others: float) -> None:
    folder.mkdir(parents=True)
    metrics = {"ssim": score, "step": float(step), "score": score, "part": step / 30, **others}
    card = TranslatorCard(name="syndiff-tiny", architecture={}, metrics=metrics)
    (folder / CARD).write_text(card.model_dump_json(), encoding="utf-8")
    (folder / WEIGHTS).write_bytes(f"weights after {step}".encode())


def test_models_are_listed_the_best_first(job: JobFolder) -> None:
    assert [(one.step, one.score) for one in checkpoints_of(job)] == [(20, 0.5), (30, 0.4), (10, 0.2)]
    assert used_step(job) == 20


def test_what_is_half_written_or_damaged_is_not_listed(job: JobFolder) -> None:
    write_model(job.checkpoints / ".candidate-00000040.part", 40, 0.9)
    (job.checkpoints / "candidate-00000010" / CARD).write_text("{", encoding="utf-8")
    (job.checkpoints / "state-00000030.pt").write_bytes(b"state")
    (job.checkpoints / "candidate-00000050").mkdir()
    assert [one.step for one in checkpoints_of(job)] == [20, 30]


def test_a_job_without_models_has_none(tmp_path: Path) -> None:
    folder = JobFolder.prepare(tmp_path / "job", JobSpec.of("count", {}))
    assert checkpoints_of(folder) == []
    assert used_step(folder) is None
    with pytest.raises(InputError, match="got step 3, expected one of which the model is kept: none"):
        checkpoint_after(folder, 3)


def test_another_model_becomes_the_result_and_the_first_can_come_back(job: JobFolder) -> None:
    use_checkpoint(job, checkpoint_after(job, 30))
    assert (job.result / WEIGHTS).read_bytes() == b"weights after 30"
    assert used_step(job) == 30
    metrics = read_any_card(job.result).metrics
    assert (metrics["ssim"], metrics["intensity_cycle"]) == (0.4, 0.1)
    assert job.status().message == "The result is in result/: the model after 30 steps."
    assert [event for event in job.events() if event["event"] == "used"][-1]["step"] == 30
    use_checkpoint(job, checkpoint_after(job, 20))
    assert (job.result / WEIGHTS).read_bytes() == b"weights after 20"
    assert not list(job.path.glob(".result*"))


def test_a_stopped_job_is_finished_by_it_and_only_if_that_may_be(job: JobFolder) -> None:
    (job.result / WEIGHTS).unlink()
    (job.result / CARD).unlink()
    job.result.rmdir()
    job.write_status(JobStatus().ended("cancelled"))
    with pytest.raises(InputError, match="is cancelled: with a result it counts as finished"):
        use_checkpoint(job, checkpoint_after(job, 10))
    assert not job.result.exists()
    use_checkpoint(job, checkpoint_after(job, 10), ends=True)
    assert job.status().ending == "finished"
    assert (job.result / WEIGHTS).read_bytes() == b"weights after 10"


def test_a_job_that_runs_keeps_what_it_has(job: JobFolder) -> None:
    chosen = checkpoint_after(job, 10)
    (job.result / CARD).unlink()
    (job.result / WEIGHTS).unlink()
    job.result.rmdir()
    job.write_status(JobStatus.running_here())
    with pytest.raises(InputError, match="is running; stop it first"):
        use_checkpoint(job, chosen, ends=True)


def test_a_result_that_is_nowhere_else_is_not_replaced(job: JobFolder) -> None:
    chosen = checkpoint_after(job, 10)
    for file in (job.checkpoints / "candidate-00000020").iterdir():
        file.unlink()
    with pytest.raises(InputError, match="would be lost"):
        use_checkpoint(job, chosen)
    assert (job.result / WEIGHTS).read_bytes() == b"weights after 20"


def test_a_disk_that_refuses_leaves_the_result_that_was(job: JobFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.rename

    def refuse(source: Path, target: Path) -> None:
        if Path(target) == job.result and Path(source).suffix == ".tmp":
            raise OSError(errno.EIO, "Input/output error")
        real(source, target)

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(InputError, match="cannot be written"):
        use_checkpoint(job, checkpoint_after(job, 30))
    assert (job.result / WEIGHTS).read_bytes() == b"weights after 20"
    assert not list(job.path.glob(".result*"))


def test_what_a_killed_choice_leaves_does_not_keep_the_job_from_being_deleted(job: JobFolder) -> None:
    for name in (".result.0a1b2c3d.old", ".result.0a1b2c3d.tmp", "..result.partial.part"):
        write_model(job.path / name, 20, 0.5)
    delete_job(job, with_result=True)
    assert not job.path.exists()
