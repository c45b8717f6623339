"""`--tile-overlap` from the command line to the work."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.cli.main import app

COMMANDS = {
    "bootstrap": ("labelbridge.bootstrap.files.bootstrap_files", ["--path", "direct"]),
    "translate": ("labelbridge.bootstrap.translating.translate_files", ["--to", "labeled"]),
}


@pytest.mark.parametrize(("given", "overlap"), [([], None), (["--tile-overlap", "0.25"], 0.25)])
@pytest.mark.parametrize("command", list(COMMANDS))
def test_it_is_handed_over(command: str, given: list[str], overlap: float | None, monkeypatch: Any) -> None:
    place, more = COMMANDS[command]
    asked: list[Any] = []
    monkeypatch.setattr(place, lambda request, reporter, tell: asked.append(request) or [])
    done = CliRunner().invoke(app, [command, "image.png", "--out", "out", *more, *given])
    assert done.exit_code == 0, done.output
    assert asked[0].tile_overlap == overlap


def test_what_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    samples = sample_data_folder()
    image = next((samples / "sem_unlabeled").rglob("*.png"))
    arguments = ["bootstrap", str(image), "--path", "direct", "--segmenter", str(samples / "models" / "segmenter")]
    done = CliRunner().invoke(app, [*arguments, "--tile-overlap", "0.9", "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "got a tile overlap of 0.9, expected a part of a tile's side from 0 to 0.75" in done.stderr
    assert not list((tmp_path / "out").iterdir())
