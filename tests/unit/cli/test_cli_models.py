from pathlib import Path

import pytest
from typer.testing import CliRunner

from labelbridge.cli.main import app
from labelbridge.core import ModelCard


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "tem" / "result"
    (folder / "fold_all").mkdir(parents=True)
    (folder / "fold_all" / "model.safetensors").touch()
    card = ModelCard(
        name="tem-tiny",
        classes=("background", "axon", "myelin"),
        structure_size_px=60,
        folds=("all",),
        metrics={"dice_axon": 0.5},
        provenance={"settings": {"seed": 7}},
    )
    (folder / "config.json").write_text(card.model_dump_json())
    return folder


def test_list_shows_the_models_below(model: Path) -> None:
    result = CliRunner().invoke(app, ["models", "list", str(model.parents[1])])
    assert result.exit_code == 0
    assert result.output.splitlines() == [str(model), "  segmenter: axon, myelin; fibres of 60 px; folds all"]


def test_list_of_nothing_says_so(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["models", "list", str(tmp_path)])
    assert result.output == f"No models in {tmp_path}\n"
    assert CliRunner().invoke(app, ["models", "list"]).output.startswith("No models in ")


def test_info_tells_what_the_card_says(model: Path) -> None:
    lines = CliRunner().invoke(app, ["models", "info", str(model)]).output.splitlines()
    assert {"name: tem-tiny", "classes: axon, myelin", "dice_axon: 0.500", '    "seed": 7'} <= set(lines)
