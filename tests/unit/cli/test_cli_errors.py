import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from labelbridge.bootstrap import BootstrapPath, Preset
from labelbridge.cli.bootstrap import PathName
from labelbridge.cli.errors import at_the_edge, be_verbose
from labelbridge.cli.main import app
from labelbridge.cli.options import DeviceName, PresetName, TranslatorPresetName, parse_channel, split_names
from labelbridge.core import Cancelled, Device, InputError
from labelbridge.translate.syndiff.settings import Preset as TranslatorPreset


class Settings(BaseModel):
    seed: int = 0


def refused_by_pydantic() -> None:
    Settings.model_validate({"seed": "seven"})


def missing_file() -> None:
    Path("there/is/no/such.file").read_bytes()


def raiser(error: BaseException):
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("command", "code", "sentence"),
    [
        (raiser(InputError("got a stone, expected an image; give an image.")), 2, "got a stone, expected an image;"),
        (raiser(Cancelled("The run was cancelled.")), 130, "The run was cancelled."),
        (raiser(KeyboardInterrupt()), 130, "stopped"),
        (missing_file, 2, "No such file or directory."),
        (refused_by_pydantic, 2, "got 'seven' for seed:"),
        (raiser(MemoryError()), 1, "memory"),
        (raiser(KeyError("axon")), 1, "This is a bug in LabelBridge (KeyError: 'axon')"),
    ],
)
def test_every_error_is_one_sentence_and_a_code(command, code, sentence, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        at_the_edge(command)()
    assert caught.value.code == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Error: ")
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_verbose_adds_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    be_verbose(True)
    try:
        with pytest.raises(SystemExit):
            at_the_edge(missing_file)()
    finally:
        be_verbose(False)
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["evaluate", "no/such/folder", "nor/this"],
        ["models", "list", "no/such/folder"],
        ["models", "info", "no/such/folder"],
        ["train", "segmenter", "--labeled", "no/such/folder", "--out", "out"],
        ["train", "segmenter", "--labeled", ".", "--out", "out", "--folds", "7"],
        ["bootstrap", "no/such/image.png", "--path", "direct", "--labeled", "no/such/folder", "--out", "out"],
        ["translate", "no.png", "--to", "labeled", "--labeled", "no", "--unlabeled", "no", "--out", "out"],
        ["train", "segmenter", "--labeled", ".", "--out", "out", "--preset", "enormous"],
        ["train", "translator", "--labeled", "no/such/folder", "--unlabeled", ".", "--out", "out"],
        ["train", "translator", "--labeled", ".", "--unlabeled", ".", "--out", "out", "--minutes", "0"],
        ["train", "translator", "--labeled", ".", "--unlabeled", ".", "--out", "out", "--preset", "standard"],
        ["translate", "no.png", "--to", "labeled", "--translator", "no", "--out", "out"],
        ["translate", "no.png", "--to", "labeled", "--out", "out"],
        ["translate", "no.png", "--to", "labeled", "--translator", "no", "--samples", "0", "--out", "out"],
        ["evaluate", "translator", "no/such/folder"],
        ["dance"],
    ],
)
def test_bad_input_exits_2_and_leaves_nothing(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert "Error" in result.output
    assert list(tmp_path.iterdir()) == []


def test_the_installed_command_exits_2_without_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from labelbridge.cli.main import main; main()", "evaluate", "nowhere", "nowhere"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "Error: nowhere: there is no such file or folder; check the path.\n"


@pytest.mark.parametrize(
    "command",
    [
        "bootstrap",
        "translate",
        "evaluate",
        "demo",
        "models list",
        "models info",
        "train segmenter",
        "train translator",
        "evaluate translator",
    ],
)
def test_every_command_shows_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert f"Example: labelbridge {command}" in result.output


@pytest.mark.parametrize(
    ("names", "known"),
    [(DeviceName, Device), (PresetName, Preset), (PathName, BootstrapPath), (TranslatorPresetName, TranslatorPreset)],
)
def test_choices_are_those_of_the_library(names, known) -> None:
    assert {str(name) for name in names} == set(get_args(known))


def test_names_and_channels_are_read() -> None:
    assert split_names("axon, myelin,uaxon") == ("axon", "myelin", "uaxon")
    assert parse_channel("2") == 2
    assert parse_channel("red") == "red"
    assert parse_channel(None) is None
