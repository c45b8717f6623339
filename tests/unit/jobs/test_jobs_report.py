"""What leaves the computer in a report, and what does not."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from labelbridge.core import InputError
from labelbridge.jobs import JobFolder, JobPlace, JobReporter, JobSpec, JobStatus, default_report_name, write_report


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "anna"
    folder.mkdir()
    monkeypatch.setattr(Path, "home", lambda: folder)
    return folder


@pytest.fixture
def job(home: Path) -> JobFolder:
    """A job that has failed, in the user's home."""
    labeled = {"labeled": str(home / "tem"), "windows": str(home).replace("/", "\\"), "other": f"{home}bella/tem"}
    folder = JobFolder.prepare(home / "job", JobSpec.of("count", labeled))
    reporter = JobReporter(folder)
    reporter.metrics(1, loss=0.5)
    reporter.say(f"reads {home}/tem")
    reporter.preview("styled", np.zeros((4, 4), np.float32))
    folder.checkpoints.mkdir()
    (folder.checkpoints / "state.pt").write_bytes(b"weights")
    folder.log_file.write_text(f"Traceback\nFile {home}/tem/1.png is gone\n", encoding="utf-8")
    folder.write_status(JobStatus().ended("failed", f"{home}/tem/1.png: it was there before and is gone."))
    return folder


def contents(file: Path) -> dict[str, str]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_it_tells_what_happened_and_holds_no_image_and_no_model(job: JobFolder, tmp_path: Path) -> None:
    out = tmp_path / default_report_name(job)
    assert out.name == "job-report.zip"
    assert write_report(job, out) == out
    found = contents(out)
    assert set(found) == {"spec.json", "status.json", "events.jsonl", "stdout.log", "about.json"}
    about = json.loads(found["about.json"])
    assert about["state"].startswith("Failed. ~/tem/1.png: it was there before")
    assert about["files"]["checkpoints/state.pt"] == len(b"weights")
    assert "previews/styled-000000.png" in about["files"]
    assert "labelbridge" in about["versions_now"]
    assert json.loads(found["spec.json"])["versions"]
    assert '"loss": 0.5' in found["events.jsonl"]


def test_the_users_home_is_hidden_and_nothing_else(job: JobFolder, home: Path, tmp_path: Path) -> None:
    found = contents(write_report(job, tmp_path / "report.zip"))
    spec = json.loads(found["spec.json"])["settings"]
    assert spec["labeled"] == "~/tem"
    assert spec["other"] == f"{home}bella/tem", "another folder that begins alike"
    assert "~/tem/1.png" in found["stdout.log"]
    for text in found.values():
        assert f"{home}/" not in text


def test_what_a_cluster_was_told_is_in_it(job: JobFolder, home: Path, tmp_path: Path) -> None:
    job.write_place(
        JobPlace(runner="slurm", ticket="labelbridge-1", id="42", settings={"python": f"{home}/bin/python"})
    )
    job.script_file.write_text(f"#!/bin/sh\ncd {home}/job\n", encoding="utf-8")
    found = contents(write_report(job, tmp_path / "report.zip"))
    place = json.loads(found["place.json"])
    assert (place["id"], place["settings"]) == ("42", {"python": "~/bin/python"})
    assert found["submit.sh"] == "#!/bin/sh\ncd ~/job\n"


def test_a_home_with_backslashes_is_hidden_in_json_too(
    job: JobFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WindowsHome:
        def __str__(self) -> str:
            return r"C:\Users\anna"

        def __fspath__(self) -> str:
            return str(self)

    monkeypatch.setattr(Path, "home", lambda: WindowsHome())
    job.log_file.write_text("C:\\Users\\anna\\tem, C:/Users/anna/tem, C:\\Users\\annabella", encoding="utf-8")
    job.add_event("said", sentence=r"C:\Users\anna\tem")
    found = contents(write_report(job, tmp_path / "report.zip"))
    assert found["stdout.log"] == "~\\tem, ~/tem, C:\\Users\\annabella"
    assert json.loads(found["events.jsonl"].splitlines()[-1])["sentence"] == "~\\tem"


def test_no_file_is_replaced_unless_told(job: JobFolder, tmp_path: Path) -> None:
    out = tmp_path / "report.zip"
    out.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError):
        write_report(job, out)
    assert out.read_text(encoding="utf-8") == "mine"
    write_report(job, out, overwrite=True)
    assert zipfile.is_zipfile(out)


def test_a_damaged_job_has_a_report(job: JobFolder, tmp_path: Path) -> None:
    job.spec_file.write_text("{", encoding="utf-8")
    job.log_file.unlink()
    found = contents(write_report(job, tmp_path / "report.zip"))
    assert set(found) == {"spec.json", "status.json", "events.jsonl", "about.json"}
    assert "Unreadable." in json.loads(found["about.json"])["state"]
