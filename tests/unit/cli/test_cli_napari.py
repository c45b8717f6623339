"""`labelbridge napari`, and where the demo ends, without a window."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import labelbridge.cli.window as window
from labelbridge.bootstrap.demo import DemoResult
from labelbridge.cli.main import app

RESULT = DemoResult(
    Path("image.png"),
    Path("masks"),
    Path("overlay.png"),
    Path("report.md"),
    "direct",
    {"direct": {"axon": 1, "myelin": 1}},
)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Collect what would be started, on a computer with napari and a screen."""
    started: list[list[str]] = []

    def run(command: list[str], check: bool) -> subprocess.CompletedProcess[bytes]:
        started.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(window, "find_spec", lambda name: name)
    monkeypatch.setattr(window, "has_screen", lambda: True)
    monkeypatch.setattr(window.subprocess, "run", run)
    return started


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the demo have run."""
    monkeypatch.setattr("labelbridge.bootstrap.demo.run_demo", lambda out, reporter, tell: RESULT)


def test_the_window_is_a_process_of_its_own(commands: list[list[str]]) -> None:
    result = CliRunner().invoke(app, ["napari", "image.tif", "--masks", "masks", "--picture", "window.png"])
    assert result.exit_code == 0
    wanted = ["image.tif", "--masks", "masks", "--picture", "window.png"]
    assert commands == [[sys.executable, "-m", "labelbridge.plugin", *wanted]]


def test_it_opens_without_an_image(commands: list[list[str]]) -> None:
    assert CliRunner().invoke(app, ["napari"]).exit_code == 0
    assert commands == [[sys.executable, "-m", "labelbridge.plugin"]]


@pytest.mark.usefixtures("commands")
@pytest.mark.parametrize(("code", "words"), [(2, ""), (-6, "got the exit code -6 of the window"), (1, "exit code 1")])
def test_a_window_that_fails_is_no_success(code: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window.subprocess, "run", lambda command, check: subprocess.CompletedProcess(command, code))
    result = CliRunner().invoke(app, ["napari"])
    assert result.exit_code == 2
    assert words in result.output
    assert words or not result.output, "it has said what is wrong itself"


@pytest.mark.parametrize(
    ("missing", "words"),
    [({"napari"}, "got no napari"), ({"PyQt6", "PySide6", "PyQt5", "PySide2"}, "got no Qt binding such as PyQt6")],
)
def test_what_is_missing_is_one_sentence(
    missing: set[str], words: str, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "find_spec", lambda name: None if name in missing else name)
    result = CliRunner().invoke(app, ["napari"])
    assert result.exit_code == 2
    assert words in result.output
    assert 'pip install "napari-labelbridge[all]"' in result.output
    assert not commands


def test_without_a_screen_it_says_so(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "has_screen", lambda: False)
    result = CliRunner().invoke(app, ["napari"])
    assert result.exit_code == 2
    assert "got no screen" in result.output


@pytest.mark.usefixtures("done")
def test_the_demo_ends_in_the_window(commands: list[list[str]]) -> None:
    assert CliRunner().invoke(app, ["demo"]).exit_code == 0
    assert commands == [[sys.executable, "-m", "labelbridge.plugin", "image.png", "--masks", "masks"]]


@pytest.mark.usefixtures("done")
def test_the_demo_opens_none_where_it_must_not_or_cannot(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CliRunner().invoke(app, ["demo", "--headless"]).exit_code == 0
    monkeypatch.setattr(window, "has_screen", lambda: False)
    assert CliRunner().invoke(app, ["demo"]).exit_code == 0
    assert not commands


@pytest.mark.usefixtures("done", "commands")
def test_the_demo_shows_a_picture_where_napari_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("labelbridge.cli.demo.typer.launch", opened.append)
    monkeypatch.setattr("labelbridge.cli.demo.shutil.which", lambda name: name)
    monkeypatch.setattr(window, "find_spec", lambda name: None)
    result = CliRunner().invoke(app, ["demo"])
    assert result.exit_code == 0
    assert "napari-labelbridge[all]" in result.output
    assert opened == [str(Path("overlay.png").resolve())]
