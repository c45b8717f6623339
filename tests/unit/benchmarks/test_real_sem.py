"""The command of the table: what it says of all that is stored, and what it refuses."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from ringscenes import SHAPE, labels, twelve_fibres

import real_sem
from labelbridge.core import Image, Prediction
from labelbridge.io import write_json, write_result
from realtable.store import Run

Command = Callable[..., str]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with an image of L, and one of U with a truth."""
    for image, masks in (("tem_labeled/tem", ""), ("sem_unlabeled/sem", "derivatives")):
        file = tmp_path / f"{image}.png"
        (file.parent / masks).mkdir(parents=True)
        _write(file, 60 * twelve_fibres())
        for value, what in ((1, "axon"), (2, "myelin")):
            _write(file.parent / masks / f"{file.stem}_seg-{what}.png", 255 * (twelve_fibres() == value))
    return tmp_path


@pytest.fixture
def command(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Calls the command with the folder and a store; returns what it prints."""
    monkeypatch.setenv("LABELBRIDGE_HOME", str(data / "home"))

    def call(*given: str) -> str:
        fixed = ["real_sem.py", "--data", str(data), "--store", str(data / "store")]
        monkeypatch.setattr(sys, "argv", [*fixed, *given])
        real_sem.main()
        return capsys.readouterr().out

    return call


def test_all_that_is_stored_is_told_whichever_rows_are_asked_for(data: Path, command: Command) -> None:
    image = Image(np.zeros(SHAPE, np.float32), "sem")
    for name in ("adaptation", "tutorship"):
        run, right = Run(data / "store", name, 3), Prediction(labels(twelve_fibres()), np.zeros(SHAPE, np.float32))
        write_result(right, image, run.folder, provenance={}, overwrite=False)
        run.finish(["fibres of about 28 px"], [name], predicting_s=30.0)
        write_json(run.training_file(name), {"seconds": 60.0, "said": [f"a word on {name}"]}, overwrite=False)
    told = command("--rows")
    assert "fibres of about 28 px" in told
    assert "| adaptation | 3 | 1.000 | 1.000 | 1.000 / 1.000 | 1.000 / 1.000 |" in told
    assert "| tutorship | 3 | 1.000 | 1.000 |" in told
    assert "tutorship, seed 3: a word on tutorship" in told
    assert "seed 3, 2 rows: 3." in told
    assert "measuring" in told
    assert "measuring" not in command("--rows"), "measures are stored"
    drawn = command("--rows", "--pictures", str(data / "pictures"))
    assert "tutorship-3-best.png: sem, panoptic quality 1.00" in drawn
    assert len(list((data / "pictures").iterdir())) == 8, "with and without the image, of the best and the worst place"


def test_rows_of_a_translator_are_not_run_without_one(command: Command) -> None:
    told = command("--rows", "tutorship-mixed")
    assert "tutorship-mixed is not run: it needs --translator DIR" in told
    assert "no row is stored yet" in told


def test_a_store_of_other_images_is_refused(data: Path, command: Command) -> None:
    command("--rows")
    _write(data / "sem_unlabeled" / "sem.png", 50 * twelve_fibres())
    with pytest.raises(SystemExit, match="begun on other images"):
        command("--rows")


def test_without_the_images_nothing_is_run(data: Path, command: Command) -> None:
    with pytest.raises(SystemExit, match="skipped: no data at"):
        command("--data", str(data / "nowhere"))
    assert not (data / "store").exists()


def _write(file: Path, pixels: np.ndarray) -> None:
    PillowImage.fromarray(pixels.astype(np.uint8)).save(file)
