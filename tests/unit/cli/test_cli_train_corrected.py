"""`labelbridge train corrected`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.retraining import found
from labelbridge.bootstrap.retraining.found import VerifiedFound
from labelbridge.cli.main import app
from labelbridge.jobs import RUNNERS, JobFolder, LocalRunner

TUTORED = sample_data_folder() / "models" / "tutored"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["train", "corrected", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[JobFolder]:
    """The jobs that were handed over."""
    jobs: list[JobFolder] = []

    class Place(LocalRunner):
        def submit(self, folder: JobFolder) -> None:
            jobs.append(folder)

    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(RUNNERS, "local", Place)
    return jobs


def test_a_job_is_told_all_that_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, submitted: list[JobFolder]
) -> None:
    enough = VerifiedFound(images=1, learnt_fibres=10, held_out_fibres=2)
    monkeypatch.setattr(found, "look_at_corrected", lambda *_: enough)
    given = [
        "--model",
        TUTORED,
        "--project",
        tmp_path / "p",
        "--corrected",
        tmp_path / "a",
        "--corrected",
        tmp_path / "b",
    ]
    more = ["--images", tmp_path / "i", "--verified", "--labeled", tmp_path / "l", "--preset", "tiny", "--seed", 3]
    code, said = run(*given, *more, "--scale", 0.5, "--channel", 1, "--out", tmp_path / "job", "--detach")
    assert code == 0, said
    (job,) = submitted
    spec = job.spec()
    assert spec.task == "retrain"
    assert spec.settings["corrected"] == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert spec.settings["project"] == str(tmp_path / "p")
    told = {name: spec.settings[name] for name in ("verified", "preset", "seed", "scale", "channel", "journals")}
    assert told == {"verified": True, "preset": "tiny", "seed": 3, "scale": 0.5, "channel": 1, "journals": None}


def test_too_little_or_nothing_is_told_in_a_sentence_and_no_job_is_made(tmp_path: Path) -> None:
    code, said = run("--model", TUTORED, "--out", tmp_path / "job")
    assert code == 2
    assert "expected --project DIR or --corrected DIR" in said
    code, said = run("--model", tmp_path, "--project", tmp_path, "--out", tmp_path / "job")
    assert code == 2
    assert said.count("\n") == 1
    assert not (tmp_path / "job").exists()
