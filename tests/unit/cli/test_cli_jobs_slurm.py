"""`labelbridge jobs ... --on slurm:FILE`."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labelbridge.cli.main import app
from labelbridge.jobs import JobFolder, JobStatus, JobStore

if os.name == "nt":
    pytest.skip("the command that stands for SLURM's is a script for a shell", allow_module_level=True)


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let `sbatch` be the only command there is; it takes jobs as number 12."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "sbatch").write_text("#!/bin/sh\necho 12\n", encoding="utf-8")
    (folder / "sbatch").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    return folder


@pytest.fixture
def spec(repository: Path, tmp_path: Path) -> str:
    """A file that asks for a training."""
    settings = {"labeled": str(repository / "sample_data" / "tem_labeled"), "preset": "tiny", "device": "cpu"}
    file = tmp_path / "spec.json"
    file.write_text(json.dumps({"task": "train-segmenter", "settings": settings}), encoding="utf-8")
    return str(file)


@pytest.fixture
def settings(tmp_path: Path) -> str:
    """A place whose settings lie in a file."""
    (tmp_path / "cluster.toml").write_text('partition = "gpu"\n', encoding="utf-8")
    return f"slurm:{tmp_path / 'cluster.toml'}"


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["jobs", *arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_submit_show_and_resume(spec: str, settings: str, tmp_path: Path) -> None:
    out = tmp_path / "model"
    assert run("submit", spec, "--out", str(out), "--on", settings) == f"{out}\n"
    folder = JobFolder(out)
    assert "#SBATCH --partition=gpu" in folder.script_file.read_text(encoding="utf-8")
    assert "scheduler: slurm, job 12" in run("show", str(out)).splitlines()

    folder.write_status(JobStatus().ended("cancelled"))
    run("resume", str(out), "--on", "slurm")
    place = folder.place()
    assert place is not None
    assert "partition" not in place.settings


def test_stop_says_when_there_is_nothing_to_wait_for(spec: str, tmp_path: Path, programs: Path) -> None:
    out = tmp_path / "model"
    run("submit", spec, "--out", str(out), "--on", "slurm")
    place = JobFolder(out).place()
    assert place is not None
    assert "as soon as its work is saved" in run("stop", str(out)), "SLURM cannot be asked, but STOP is there"
    for program, said in {"scancel": "", "squeue": f"{place.ticket}|CANCELLED|None|"}.items():
        (programs / program).write_text(f"#!/bin/sh\necho '{said}'\n", encoding="utf-8")
        (programs / program).chmod(0o755)
    assert run("stop", str(out)) == "The job was taken out of SLURM's queue; resume it to continue.\n"


@pytest.mark.parametrize(
    ("on", "sentence"),
    [("moon", "expected local, slurm or slurm:FILE"), ("slurm:absent.toml", "got no settings of a cluster")],
)
def test_a_place_that_cannot_be_used_is_refused_before_there_is_a_job(spec: str, on: str, sentence: str) -> None:
    assert sentence in run("submit", spec, "--on", on, code=2)
    assert JobStore().jobs() == []


def test_without_slurm_there_is_no_job(spec: str, settings: str, programs: Path) -> None:
    (programs / "sbatch").unlink()
    assert "got no `sbatch` on this computer" in run("submit", spec, "--on", settings, code=2)
    assert JobStore().jobs() == []
