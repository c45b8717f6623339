"""`evaluate` compares masks unless it is told to judge a translator."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from typer.testing import CliRunner

from labelbridge.cli.main import app


@pytest.fixture(params=["masks", "translator", "mine"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder of masks, also with the names that commands have, in the working folder."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / request.param
    folder.mkdir()
    for name in ("axon", "myelin"):
        PillowImage.fromarray(np.eye(20, dtype=np.uint8) * 255).save(folder / f"one_seg-{name}.png")
    return str(request.param)


@pytest.mark.parametrize("options_first", [False, True])
def test_masks_are_compared_whatever_their_folder_is_called(folder: str, options_first: bool) -> None:
    named = f"./{folder}" if folder == "translator" else folder
    options = ["--out", "scores.csv", "--classes", "axon,myelin"]
    arguments = [*options, named, folder] if options_first else [named, folder, *options]
    result = CliRunner().invoke(app, ["evaluate", *arguments])
    assert result.exit_code == 0, result.output
    assert "Scores of every image: scores.csv" in result.output
    assert Path("scores.csv").is_file()


def test_sizes_of_fibres_are_told_in_um_where_the_pixel_size_is_given(folder: str) -> None:
    arguments = [f"./{folder}", f"./{folder}"]
    assert "axon diameter (px)" in CliRunner().invoke(app, ["evaluate", *arguments]).output
    given = CliRunner().invoke(app, ["evaluate", *arguments, "--pixel-size", "0.13"])
    assert given.exit_code == 0, given.output
    assert "axon diameter (um)" in given.output
    wrong = CliRunner().invoke(app, ["evaluate", *arguments, "--pixel-size", "-1"])
    assert wrong.exit_code == 2
    assert "--pixel-size: got the pixel size -1" in wrong.output


def test_nothing_given_is_an_error() -> None:
    result = CliRunner().invoke(app, ["evaluate"])
    assert result.exit_code == 2
    assert "Missing argument" in result.output


def test_help_names_both() -> None:
    masks = CliRunner().invoke(app, ["evaluate", "--help"]).output
    assert "Compare masks with the truth" in masks
    assert "evaluate translator --help" in masks
    assert "Judge a translator" in CliRunner().invoke(app, ["evaluate", "translator", "--help"]).output
