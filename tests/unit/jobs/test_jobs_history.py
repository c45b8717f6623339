"""Reading on what a job tells: in blocks, after a kill, and after the job was begun anew."""

import json
from pathlib import Path

import numpy as np
import pytest

from labelbridge.jobs import JobFolder, JobHistory, JobReporter, JobSpec

FOREVER = 60.0


@pytest.fixture
def job(tmp_path: Path) -> JobFolder:
    return JobFolder.prepare(tmp_path / "job", JobSpec.of("count", {"to": 3}))


def points(history: JobHistory, name: str) -> dict[int, float]:
    steps, values = history.curves[name].points()
    return dict(zip(steps.astype(int).tolist(), values.tolist(), strict=True))


def test_numbers_become_curves_as_they_come(job: JobFolder) -> None:
    history = JobHistory(job)
    assert not history.read(FOREVER)
    assert (history.curves, history.previews, history.is_behind) == ({}, [], False)
    reporter = JobReporter(job)
    reporter.metrics(1, loss=0.5)
    assert history.read(FOREVER)
    reporter.metrics(2, loss=float("nan"), score=0.25)
    reporter.metrics(3, loss=0.125)
    assert history.read(FOREVER)
    assert not history.read(FOREVER)
    assert points(history, "loss") == {1: 0.5, 3: 0.125}
    assert points(history, "score") == {2: 0.25}


def test_pictures_have_the_step_that_was_told_before_them(job: JobFolder) -> None:
    reporter = JobReporter(job)
    for step in (4, 8):
        reporter.metrics(step, loss=1.0)
        reporter.preview("styled", np.zeros((4, 4), np.float32))
    history = JobHistory(job)
    history.read(FOREVER)
    assert [preview.step for preview in history.previews] == [4, 8]
    assert all(preview.file.is_file() and preview.name == "styled" for preview in history.previews)


def test_a_torn_line_waits_and_a_damaged_one_is_passed_over(job: JobFolder) -> None:
    history = JobHistory(job)
    whole = json.dumps({"event": "metrics", "step": 1, "loss": 1.0})
    job.events_file.write_text("not JSON\n" + whole[:20], encoding="utf-8")
    history.read(FOREVER)
    assert history.curves == {}
    with job.events_file.open("a", encoding="utf-8") as file:
        file.write(whole[20:] + '\n{"event": "metrics", "step": "two", "loss": 1}\n{"event": "preview", "file": 3}\n')
    history.read(FOREVER)
    assert points(history, "loss") == {1: 1.0}


def test_a_job_that_was_begun_anew_has_new_curves(job: JobFolder) -> None:
    reporter, history = JobReporter(job), JobHistory(job)
    for step in range(5):
        reporter.metrics(step, loss=1.0, gone=1.0)
    history.read(FOREVER)
    job.events_file.unlink()
    reporter.metrics(1, loss=2.0)
    history.read(FOREVER)
    assert list(history.curves) == ["loss"]
    assert points(history, "loss") == {1: 2.0}


def test_a_long_file_is_read_in_parts(job: JobFolder) -> None:
    lines = [json.dumps({"event": "metrics", "step": step, "loss": 1 / (step + 1)}) for step in range(20_000)]
    job.events_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    history, times = JobHistory(job), 0
    while history.read(0) and history.is_behind:
        times += 1
    assert times > 10
    assert points(history, "loss")[0] == 1.0
    assert max(points(history, "loss")) == 19_999


def test_pictures_elsewhere_are_none_of_the_jobs(job: JobFolder) -> None:
    job.add_event("preview", name="secret", file="../../secret.png")
    history = JobHistory(job)
    history.read(FOREVER)
    assert history.previews == []
