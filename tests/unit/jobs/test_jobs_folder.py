import json
import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from labelbridge.core import InputError
from labelbridge.jobs import JobFolder, JobReporter, JobSpec, JobStatus


def spec(**settings: object) -> JobSpec:
    return JobSpec.of("count", {"seed": 0, **settings})


def test_spec_keeps_paths_and_tuples_as_json(tmp_path: Path) -> None:
    made = spec(labeled=tmp_path / "L", folds=("0", "1"), channel=None)
    folder = JobFolder.prepare(tmp_path / "job", made)
    assert folder.spec() == made
    assert json.loads(folder.spec_file.read_text())["settings"] == {
        "seed": 0,
        "labeled": str(tmp_path / "L"),
        "folds": ["0", "1"],
        "channel": None,
    }
    assert {"labelbridge", "python"} <= made.versions.keys()


def test_other_settings_are_refused_and_named(tmp_path: Path) -> None:
    JobFolder.prepare(tmp_path / "job", spec())
    for resume in (False, True):
        with pytest.raises(InputError, match=r"other settings: seed \(0, now 1\)"):
            JobFolder.prepare(tmp_path / "job", spec(seed=1), resume=resume)
    assert JobFolder(tmp_path / "job").spec().settings["seed"] == 0


def test_the_same_job_needs_resume_and_may_change_its_device(tmp_path: Path) -> None:
    first = JobFolder.prepare(tmp_path / "job", spec(device="cpu")).spec()
    with pytest.raises(InputError, match="add --resume"):
        JobFolder.prepare(tmp_path / "job", spec(device="cpu"))
    second = JobFolder.prepare(tmp_path / "job", spec(device="cuda"), resume=True).spec()
    assert second.settings["device"] == "cuda"
    assert second.created == first.created


def test_a_finished_job_is_never_touched(tmp_path: Path) -> None:
    folder = JobFolder.prepare(tmp_path / "job", spec())
    folder.result.mkdir()
    before = {file: file.read_bytes() for file in folder.path.iterdir() if file.is_file()}
    for resume in (False, True):
        with pytest.raises(InputError, match="finished"):
            JobFolder.prepare(folder.path, spec(), resume=resume)
    assert {file: file.read_bytes() for file in folder.path.iterdir() if file.is_file()} == before
    assert folder.status().ending == "finished"


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="other files"):
        JobFolder.prepare(tmp_path, spec(), resume=True)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "job").write_text("mine")
    with pytest.raises(InputError):
        JobFolder.prepare(tmp_path / "job", spec())
    assert (tmp_path / "job").read_text() == "mine"


def test_a_broken_spec_is_one_sentence(tmp_path: Path) -> None:
    folder = JobFolder.prepare(tmp_path / "job", spec())
    folder.spec_file.write_text("{")
    with pytest.raises(InputError, match=r"spec\.json: got a file that cannot be read"):
        folder.spec()


def test_state_and_ending_must_agree() -> None:
    with pytest.raises(ValidationError):
        JobStatus(state="ended")
    with pytest.raises(ValidationError):
        JobStatus(state="running", ending="failed")


def test_status_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = JobFolder.prepare(tmp_path / "job", spec())
    reader = folder.status_file.open()
    folder.write_status(JobStatus.running_here())
    assert JobStatus.model_validate_json(reader.read()).state == "queued"
    reader.close()
    assert folder.status().pid == os.getpid()
    assert not list(folder.path.glob(".*.tmp"))


def test_reporter_writes_little_but_every_stage(tmp_path: Path) -> None:
    folder = JobFolder.prepare(tmp_path / "job", spec())
    reporter = JobReporter(folder)
    for stage in ("plan", "train"):
        for done in range(1, 500):
            reporter.progress(done, 1000, stage)
    told = [event["stage"] for event in folder.events()]
    assert set(told) == {"plan", "train"}
    assert len(told) < 50


def test_numbers_that_are_not_finite_stay_json(tmp_path: Path) -> None:
    folder = JobFolder.prepare(tmp_path / "job", spec())
    JobReporter(folder).metrics(1, loss=float("nan"))
    assert [event["loss"] for event in folder.events()] == [None]


def test_damaged_files_of_a_job(tmp_path: Path) -> None:
    folder = JobFolder.prepare(tmp_path / "job", spec())
    lines = ["[" * 100_000, "7", '{"event": "progress", "done": 1}', '{"event": "met']
    folder.events_file.write_text("\n".join(lines), encoding="utf-8")
    assert list(folder.events()) == [{"event": "progress", "done": 1}]
    for number in (-1, 2**70):
        folder.write_status(JobStatus.running_here().model_copy(update={"pid": number}))
        assert folder.status().ending == "lost"
