"""Work that is handed over by the command that would do it."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from typer.testing import CliRunner

from labelbridge import jobs
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.cli.main import app
from labelbridge.jobs import JobFolder, JobStore
from make_phantoms import make_sem, make_tem

TINY = ("--preset", "tiny", "--device", "cpu")


class Place(jobs.LocalRunner):
    """Notes what is submitted and starts nothing."""

    submitted: list[Path]

    def submit(self, folder: JobFolder) -> None:
        self.submitted.append(folder.path.resolve())


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[Place]:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Place, "submitted", [], raising=False)
    monkeypatch.setitem(jobs.RUNNERS, "local", Place)
    return Place


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image of each modality."""
    root = tmp_path_factory.mktemp("data")
    for name in ("tem", "sem"):
        (root / name).mkdir()
    pixels, labels = make_tem(41, (200, 200))
    PillowImage.fromarray(pixels).save(root / "tem" / "one.png")
    for value, name in ((1, "axon"), (2, "myelin")):
        PillowImage.fromarray(((labels == value) * 255).astype(np.uint8)).save(root / "tem" / f"one_seg-{name}.png")
    PillowImage.fromarray(make_sem(42, (120, 130))[0]).save(root / "sem" / "new.png")
    return root


def command(task: str, data: Path) -> list[str]:
    sets = ("--labeled", data / "tem", "--unlabeled", data / "sem")
    model = sample_data_folder() / "models" / "segmenter"
    commands = {
        "tutorship": ("train", "tutorship", *sets, "--translator-preset", "tiny", "--styled-images", 9),
        "train-translator": ("train", "translator", *sets),
        "bootstrap": ("bootstrap", data / "sem", "--path", "adaptation", "--segmenter", model),
    }
    return [str(word) for word in (*commands[task], *TINY)]


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.parametrize(
    ("task", "how"),
    [
        ("tutorship", ("--detach",)),
        ("train-translator", ("--on", "local")),
        ("bootstrap", ("--detach", "--on", "local")),
    ],
)
def test_a_job_is_handed_over_and_listed(
    data: Path, task: str, how: tuple[str, ...], tmp_path: Path, place: type[Place]
) -> None:
    out = tmp_path / "job"
    assert f"labelbridge jobs watch {out}" in run(*command(task, data), "--out", str(out), *how)
    assert place.submitted == [out.resolve()]
    assert [(info.name, info.task) for info in JobStore().jobs()] == [("job", task)]
    spec = JobFolder(out).spec()
    assert spec.settings["device"] == "cpu"
    again = tmp_path / "again"
    run("jobs", "submit", str(out / "spec.json"), "--out", str(again))
    assert JobFolder(again).spec().settings == spec.settings


def test_a_tutorship_has_what_the_options_say(data: Path, tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "job"))
    run(*command("tutorship", data), *out, "--seed", "3", "--scale", "0.5", "--detach")
    settings = JobFolder(tmp_path / "job").spec().settings
    assert settings["labeled"] == str((data / "tem").resolve())
    assert (settings["translator_preset"], settings["preset"], settings["styled_images"]) == ("tiny", "tiny", 9)
    assert (settings["seed"], settings["scale"]) == (3, 0.5)
    said = run(*command("tutorship", data), *out, "--seed", "4", "--resume", code=2)
    assert "got a job with other settings: " in said


@pytest.mark.parametrize(
    ("task", "more", "sentence"),
    [
        ("tutorship", ("--translator", "nowhere"), "got a translator and the preset of one"),
        ("tutorship", ("--on", "moon"), "expected local, slurm or slurm:FILE"),
        ("bootstrap", ("--detach", "--overwrite"), "leave --overwrite out"),
        ("bootstrap", ("--detach", "--translator", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    data: Path, task: str, more: tuple[str, ...], sentence: str, tmp_path: Path, place: type[Place]
) -> None:
    said = run(*command(task, data), *more, "--out", str(tmp_path / "job"), code=2)
    assert sentence in said
    assert said.count("\n") == 1
    assert not (tmp_path / "job").exists()
    assert place.submitted == []


@pytest.mark.skipif(os.name == "nt", reason="the command that stands for SLURM's is a script for a shell")
def test_trainings_go_to_a_cluster(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sbatch").write_text("#!/bin/sh\necho 12\n", encoding="utf-8")
    (tmp_path / "bin" / "sbatch").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "cluster.toml").write_text('partition = "gpu"\n', encoding="utf-8")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    job, on = tmp_path / "job", ("--on", f"slurm:{tmp_path / 'cluster.toml'}")
    run(*command("tutorship", data), "--device", "cuda", "--out", str(job), *on)
    assert JobFolder(job).spec().settings["device"] == "cuda"
    assert "#SBATCH --partition=gpu" in JobFolder(job).script_file.read_text(encoding="utf-8")
    assert "cuda" in run(*command("tutorship", data), "--device", "cuda", "--out", str(tmp_path / "here"), code=2)


def test_evaluations_are_submitted_from_a_file(tmp_path: Path, place: type[Place]) -> None:
    spec = tmp_path / "evaluate.json"
    settings = {name: str(sample_data_folder() / "truth") for name in ("predictions", "truth")}
    spec.write_text(json.dumps({"task": "evaluate-masks", "settings": settings}), encoding="utf-8")
    made = run("jobs", "submit", str(spec)).strip()
    assert place.submitted == [Path(made).resolve()]
    settings["truth"] = "nothing"
    spec.write_text(json.dumps({"task": "evaluate-masks", "settings": settings}), encoding="utf-8")
    assert "nothing" in run("jobs", "submit", str(spec), code=2)
