import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labelbridge import jobs
from labelbridge.cli import watching
from labelbridge.cli.main import app
from labelbridge.core import TranslatorCard
from labelbridge.io.modelfolder import CARD
from labelbridge.jobs import JobFolder, JobProgress, JobSpec, JobStatus, JobStore

SETTINGS = {"labeled": "nothing", "preset": "tiny"}


class Place(jobs.LocalRunner):
    """Notes what is submitted and starts nothing."""

    submitted: list[Path]

    def submit(self, folder: JobFolder) -> None:
        self.submitted.append(folder.path.resolve())


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[Place]:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Place, "submitted", [], raising=False)
    monkeypatch.setattr(jobs, "LocalRunner", Place)
    monkeypatch.setitem(jobs.RUNNERS, "local", Place)
    return Place


@pytest.fixture
def job() -> JobFolder:
    """A job that runs in this very process."""
    folder = JobStore().new_job(JobSpec.of("train-segmenter", SETTINGS))
    progress = JobProgress(done=1, total=4, stage="training", left_s=150)
    folder.write_status(JobStatus.running_here().model_copy(update={"progress": progress}))
    folder.add_event("metrics", step=7, loss=0.25)
    return folder


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["jobs", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["jobs", *arguments])
    assert result.exit_code == 2, result.output
    assert result.output.count("\n") == 1
    return result.output


def test_list_shows_a_line_for_each_job(job: JobFolder) -> None:
    title, line = run("list").splitlines()
    assert title.split() == ["job", "task", "state", "progress", "left", "place"]
    for shown in (job.path.name, "train-segmenter", "running", "training 25%", "2 min 30 s"):
        assert shown in line


def test_list_of_nothing_and_of_what_is_damaged(
    tmp_path: Path, job: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    job.spec_file.write_text("{", encoding="utf-8")
    assert "unreadable" in run("list")
    assert "got a file that cannot be read" in run("show", job.path.name)
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "another"))
    assert run("list") == f"No jobs in {tmp_path / 'another' / 'jobs'}\n"


def test_list_and_show_speak_json(job: JobFolder) -> None:
    (listed,) = json.loads(run("list", "--json"))
    shown = json.loads(run("show", job.path.name, "--json"))
    assert shown.pop("settings") == SETTINGS
    assert listed == {**shown, "heartbeat_s": listed["heartbeat_s"]}
    assert (listed["name"], listed["folder"]) == (job.path.name, str(job.path.resolve()))
    assert (listed["state"], listed["ending"], listed["progress"]["left_s"]) == ("running", None, 150)


def test_show_tells_state_numbers_and_settings(job: JobFolder) -> None:
    lines = run("show", str(job.path)).splitlines()
    assert {"state: running", "latest numbers: step 7, loss 0.25", "setting preset: tiny"} <= set(lines)


def test_submit_checks_first_and_begins_the_same_job_elsewhere(
    repository: Path, tmp_path: Path, place: type[Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "sample_data")
    spec = tmp_path / "spec.json"
    asked = {"task": "train-segmenter", "settings": {"labeled": "tem_labeled", "preset": "tiny", "device": "cpu"}}
    spec.write_text(json.dumps(asked), encoding="utf-8")
    made = Path(run("submit", str(spec)).strip())
    again = Path(run("submit", str(made / "spec.json"), "--out", str(tmp_path / "again")).strip())
    assert place.submitted == [made.resolve(), again.resolve()]
    assert JobFolder(made).spec().settings == JobFolder(again).spec().settings
    assert JobFolder(made).spec().settings["labeled"] == str((repository / "sample_data" / "tem_labeled").resolve())
    assert {info.name for info in JobStore().jobs()} == {made.name, "again"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "expected JSON with"),
        ('{"task": "dance", "settings": {}}', "got task 'dance', expected one of bootstrap"),
        ('{"task": "train-segmenter", "settings": {"labeled": "L", "size": 3}}', "size"),
        ('{"task": "train-segmenter", "settings": {"labeled": "nothing"}}', "nothing"),
    ],
)
def test_submit_refuses_in_one_sentence(tmp_path: Path, place: type[Place], content: str, sentence: str) -> None:
    (tmp_path / "spec.json").write_text(content, encoding="utf-8")
    assert sentence in refused("submit", str(tmp_path / "spec.json"))
    assert place.submitted == []
    assert JobStore().jobs() == []
    assert "absent.json" in refused("submit", str(tmp_path / "absent.json"))


def test_train_detaches_and_the_job_is_listed(repository: Path, tmp_path: Path, place: type[Place]) -> None:
    out = tmp_path / "model"
    labeled = str(repository / "sample_data" / "tem_labeled")
    command = ["train", "segmenter", "--labeled", labeled, "--preset", "tiny", "--out", str(out), "--detach"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert f"labelbridge jobs watch {out}" in result.output
    assert place.submitted == [out.resolve()]
    assert [info.name for info in JobStore().jobs()] == ["model"]


def test_stop_asks_and_the_ended_cannot_be_stopped(job: JobFolder) -> None:
    assert "as soon as its work is saved" in run("stop", job.path.name)
    assert job.stop_file.exists()
    job.write_status(JobStatus().ended("cancelled"))
    assert "does not run any more" in refused("stop", job.path.name)


def test_resume_submits_and_delete_deletes(job: JobFolder, place: type[Place]) -> None:
    assert "is running" in refused("resume", job.path.name)
    assert "stop it first" in refused("delete", job.path.name, "--yes")
    job.write_status(JobStatus().ended("failed", "no luck"))
    run("resume", job.path.name)
    assert place.submitted == [job.path.resolve()]
    job.write_status(JobStatus().ended("failed", "no luck"))
    job.result.mkdir()
    assert "--yes" in refused("delete", job.path.name)
    assert run("delete", job.path.name, "--yes") == f"Deleted {job.path}\n"
    assert JobStore().jobs() == []
    assert "expected a job's folder or its name" in refused("show", job.path.name)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let something happen when the watching pauses."""

    def happen(act: Callable[[], object]) -> None:
        monkeypatch.setattr(watching.time, "sleep", lambda _: act())

    return happen


@pytest.mark.parametrize(
    ("ending", "code", "words"),
    [("finished", 0, "the result is in"), ("cancelled", 130, "as asked"), ("failed", 2, "as asked")],
)
def test_watch_tells_what_happens_until_the_end(
    job: JobFolder, later: Callable[[Callable[[], object]], None], ending: jobs.Ending, code: int, words: str
) -> None:
    def end() -> None:
        job.add_event("said", sentence="40 steps")
        job.write_status(job.status().ended(ending, "as asked"))

    later(end)
    result = CliRunner().invoke(app, ["jobs", "watch", job.path.name])
    assert result.exit_code == code, result.output
    assert "training" in result.output
    assert "40 steps" in result.output
    assert words in result.output


def test_ctrl_c_ends_the_watching_and_not_the_job(
    job: JobFolder, later: Callable[[Callable[[], object]], None]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    later(interrupt)
    assert "The job goes on" in run("watch", job.path.name)
    assert job.status().state == "running"
    assert not job.stop_file.exists()


def test_report_is_written_here_and_replaces_nothing(
    job: JobFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"{job.path.name}-report.zip"
    assert run("report", job.path.name) == f"{name}\n"
    with zipfile.ZipFile(tmp_path / name) as archive:
        assert "about.json" in archive.namelist()
    assert name in refused("report", job.path.name)
    assert run("report", job.path.name, "--out", "other.zip") == "other.zip\n"


def test_use_lists_models_and_makes_one_the_result(job: JobFolder) -> None:
    assert run("use", job.path.name) == "This job has kept no models to choose from.\n"
    for step, score in ((10, 0.25), (20, 0.5)):
        folder = job.checkpoints / f"candidate-{step:08d}"
        folder.mkdir(parents=True)
        card = TranslatorCard(name="tiny", architecture={}, metrics={"step": step, "score": score})
        (folder / CARD).write_text(card.model_dump_json(), encoding="utf-8")
    assert [line.split() for line in run("use", job.path.name).splitlines()[1:]] == [["20", "0.5000"], ["10", "0.2500"]]
    assert "is running; stop it first" in refused("use", job.path.name, "10")
    job.write_status(JobStatus().ended("cancelled"))
    assert "--yes" in refused("use", job.path.name, "10")
    assert "kept: 10, 20" in refused("use", job.path.name, "11")
    assert run("use", job.path.name, "10", "--yes") == f"The result is in {job.result}\n"
    assert "10    0.2500  the result" in run("use", job.path.name)
    assert "state: finished" in run("show", job.path.name)
