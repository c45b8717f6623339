"""What is said of a result."""

import os
import shlex
from pathlib import Path

import pytest

from labelbridge.jobs import JobFolder, JobInfo, JobSpec, JobStatus
from labelbridge.jobs.outcomes import outcome_of
from labelbridge.jobs.tasks import TASKS
from labelbridge.jobs.words import describe


def finished(path: Path, task: str) -> JobFolder:
    folder = JobFolder.prepare(path, JobSpec.of(task, {"labeled": "L"}))
    folder.result.mkdir()
    folder.write_status(JobStatus().ended("finished", "The result is in result/."))
    return folder


@pytest.mark.parametrize("task", sorted(TASKS))
def test_each_task_tells_what_it_has_made_and_what_to_do_with_it(tmp_path: Path, task: str) -> None:
    folder = finished(tmp_path / "my job", task)
    outcome = outcome_of(folder)
    assert str(folder.result) in outcome.sentence
    assert outcome.sentence.endswith(".")
    assert "The result is" not in outcome.sentence
    told = describe(JobInfo.of(folder))
    assert told["result"] == outcome.sentence
    assert told.get("next", "") == outcome.command
    if task.startswith("evaluate"):
        assert not outcome.command
        return
    words = shlex.split(outcome.command, posix=os.name != "nt")
    assert words[0] == "labelbridge"
    assert any(str(folder.path) in word for word in words), "a path with a space is one word"


def test_a_tutorship_tells_of_all_its_parts(tmp_path: Path) -> None:
    folder = finished(tmp_path / "job", "tutorship")
    assert "translator" not in outcome_of(folder).sentence
    (folder.result / "translator").mkdir()
    for part in ("masks", "model", "translator"):
        assert str(folder.result / part) in outcome_of(folder).sentence
    assert f"--masks {folder.result / 'masks'}" in outcome_of(folder).command


def test_what_is_not_finished_has_no_outcome(tmp_path: Path) -> None:
    folder = JobFolder.prepare(tmp_path / "job", JobSpec.of("tutorship", {}))
    assert not describe(JobInfo.of(folder)).keys() & {"result", "next"}


def test_an_unknown_task_has_a_result_all_the_same(tmp_path: Path) -> None:
    folder = finished(tmp_path / "job", "dance")
    assert outcome_of(folder).sentence == f"The result is in {folder.result}."
