"""`--absent` from the command line to the work."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage
from typer.testing import CliRunner

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.cli.main import app

SAMPLES = sample_data_folder()
TUTORED = SAMPLES / "models" / "tutored"


@pytest.mark.parametrize(
    ("given", "classes", "table"),
    [
        ([], (), None),
        (["--absent", "myelin, axon"], ("myelin", "axon"), None),
        (["--absent", "which.TSV"], (), Path("which.TSV")),
        (["--absent", "myelin", "--absent", "which.csv"], ("myelin",), Path("which.csv")),
    ],
)
def test_it_is_handed_over(given: list[str], classes: tuple[str, ...], table: Path | None, monkeypatch: Any) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        "labelbridge.bootstrap.files.bootstrap_files", lambda request, reporter, tell: asked.append(request) or []
    )
    done = CliRunner().invoke(app, ["bootstrap", "image.png", "--out", "out", "--path", "direct", *given])
    assert done.exit_code == 0, done.output
    assert (asked[0].absent, asked[0].absent_from) == (classes, table)


def test_a_training_takes_it_too(monkeypatch: Any, tmp_path: Path) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("labelbridge.cli.trainings.job_spec", lambda task, settings, *_: asked.append(settings))
    monkeypatch.setattr("labelbridge.cli.trainings.run_in", lambda *_, **__: None)
    folders = ["--labeled", str(tmp_path), "--unlabeled", str(tmp_path), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, ["train", "tutorship", *folders, "--absent", "a.csv", "--absent", "axon"])
    assert done.exit_code == 0, done.output
    assert (asked[0]["absent"], asked[0]["absent_from"]) == (("axon",), Path("a.csv"))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["glia"], "got the absent class 'glia', expected one of those that masks are made of: axon, myelin"),
        (["background"], "got the absent class 'background', expected one"),
        (
            ["strange.csv"],
            "strange.csv: got classes absent from 'other', expected images that get masks, such as 'sem'",
        ),
        (["gone.csv"], "gone.csv: cannot be read"),
        (["a.csv", "b.tsv"], "got --absent with the tables a.csv and b.tsv, expected one"),
    ],
)
def test_what_cannot_be_is_one_sentence(given: list[str], sentence: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    Path("strange.csv").write_text("image,absent\nother,axon\n")
    image = next((SAMPLES / "sem_unlabeled").rglob("*.png"))
    PillowImage.open(image).crop((0, 0, 128, 128)).save("sem.png")
    arguments = ["bootstrap", "sem.png", "--tutored", str(TUTORED), "--out", "out"]
    done = CliRunner().invoke(app, [*arguments, *(part for one in given for part in ("--absent", one))])
    assert done.exit_code == 2
    assert sentence in done.stderr.replace("\n", " ")
    assert not list(Path("out").glob("*"))


def test_masks_and_their_record_say_what_a_table_says(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    image = PillowImage.open(next((SAMPLES / "sem_unlabeled").rglob("*.png"))).crop((0, 0, 128, 128))
    for name in ("fibres", "control"):
        image.save(f"{name}.png")
    Path("absent.tsv").write_text("image\tabsent\ncontrol.png\tmyelin\n")
    arguments = ["fibres.png", "control.png", "--tutored", str(TUTORED), "--device", "cpu", "--out", "out"]
    done = CliRunner().invoke(app, ["bootstrap", *arguments, "--absent", "absent.tsv"])
    assert done.exit_code == 0, done.output
    for name, absent in (("fibres", []), ("control", ["myelin"])):
        assert np.asarray(PillowImage.open(f"out/{name}_seg-myelin.png")).any() == (not absent)
        record = json.loads(Path(f"out/{name}_provenance.json").read_text())
        assert record["settings"]["absent"] == absent
