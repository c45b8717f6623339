import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from labelbridge.cli.main import app
from labelbridge.refine import Edit, History, Journal


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path))
    return tmp_path / "journals"


def run(*arguments: str, answer: str = "") -> str:
    result = CliRunner().invoke(app, ["journals", *arguments], input=answer)
    assert result.exit_code == 0, result.output
    return result.output


def write(folder: Path, image: str, *, is_cut: bool = False, is_saved: bool = True) -> Path:
    history = History({name: np.zeros((20, 30), np.uint8) for name in ("axon", "myelin")})
    with Journal.start(folder, history, image=image, image_id=image) as journal:
        history.record(Edit.of_stroke(history.layers, "axon", np.arange(30), 0, 1))
        if is_saved:
            journal.append_saved()
    if is_cut:
        os.truncate(journal.path, journal.path.stat().st_size - 3)
    return journal.path


def test_all_journals_are_listed(folder: Path) -> None:
    assert run("list") == f"No journals in {folder}\n"
    write(folder, "rat")
    write(folder, "mouse", is_cut=True)
    head, *lines = run("list").splitlines()
    assert head.split() == ["image", "changed", "edits", "kB", "state", "file"]
    assert {(line.split()[0], line.split()[-2]) for line in lines} == {("rat", "finished"), ("mouse", "interrupted")}


def test_finished_ones_are_deleted_once_the_user_agrees(folder: Path) -> None:
    finished, interrupted = write(folder, "rat"), write(folder, "mouse", is_cut=True)
    assert "nothing to delete" in run("delete", "--older-than", "30")
    assert "deleted" not in run("delete", "--older-than", "0", answer="n\n")
    assert finished.exists()
    assert "1 deleted." in run("delete", "--older-than", "0", answer="y\n")
    assert not finished.exists()
    assert interrupted.exists()
    assert "1 deleted." in run("delete", "--older-than", "0", "--unfinished", "--yes")
    assert not interrupted.exists()


def test_masks_that_are_only_in_their_journal_stay(folder: Path) -> None:
    only_there = write(folder, "rat", is_saved=False)
    assert "not exported" in run("list")
    assert "nothing to delete" in run("delete", "--older-than", "0", "--yes")
    assert "1 deleted." in run("delete", "--older-than", "0", "--unfinished", "--yes")
    assert not only_there.exists()


def test_another_folder_can_be_named(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", "rat")
    assert "rat" in run("list", "--folder", str(tmp_path / "elsewhere"))


def test_one_that_is_open_stays(folder: Path) -> None:
    history = History({name: np.zeros((20, 30), np.uint8) for name in ("axon", "myelin")})
    with Journal.start(folder, history, image="rat", image_id="rat"):
        assert "nothing to delete" in run("delete", "--older-than", "0", "--unfinished", "--yes")
        assert "open" in run("list")
