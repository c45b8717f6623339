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


def test_list_of_nothing_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    result = CliRunner().invoke(app, ["models", "list", str(tmp_path)])
    assert result.output == f"No models in {tmp_path}\n"
    assert CliRunner().invoke(app, ["models", "list"]).output.startswith("No models in ")


def test_info_tells_what_the_card_says(model: Path) -> None:
    lines = CliRunner().invoke(app, ["models", "info", str(model)]).output.splitlines()
    assert {"name: tem-tiny", "classes: axon, myelin", "dice_axon: 0.500", '    "seed": 7'} <= set(lines)


SAMPLE = "sample_data/models/segmenter"


@pytest.fixture
def exported(repository: Path, tmp_path: Path) -> Path:
    """A model as stock nnU-Net has it."""
    result = CliRunner().invoke(app, ["models", "export", str(repository / SAMPLE), "--out", str(tmp_path / "mouse")])
    assert result.exit_code == 0, result.output
    folder = tmp_path / "mouse/nnUNetTrainer__nnUNetPlans__2d"
    assert result.output.splitlines()[0] == str(folder)
    assert "fibres are about 40 px" in result.output
    return folder


def test_import_goes_to_where_models_are_kept(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    result = CliRunner().invoke(app, ["models", "import", str(exported)])
    assert result.exit_code == 0, result.output
    assert (
        f"mouse (segmenter: axon, myelin; fibres of unknown size; folds all): {tmp_path / 'home/models/mouse'}"
        in result.output
    )
    assert str(tmp_path / "home/models/mouse") in CliRunner().invoke(app, ["models", "list"]).output
    info = CliRunner().invoke(app, ["models", "info", str(tmp_path / "home/models/mouse")]).output
    assert "origin: nnUNetTrainer__nnUNetPlans__2d (SHA-256 " in info


def test_import_to_a_folder_under_a_name(exported: Path, tmp_path: Path) -> None:
    arguments = ["models", "import", str(exported), "--out", str(tmp_path / "ours"), "--name", "My model"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert "name: My model" in CliRunner().invoke(app, ["models", "info", str(tmp_path / "ours")]).output
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 2
    assert "there already" in again.output


def test_the_catalogue_tells_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path))
    folder = tmp_path / "models/dedicated-cars"
    folder.mkdir(parents=True)
    (folder / "config.json").touch()
    lines = CliRunner().invoke(app, ["models", "catalogue"]).output.splitlines()
    assert "generalist: not installed" in lines
    assert f"dedicated-cars: installed, {folder}" in lines
    assert any("TEM, SEM, BF, CARS; axon, myelin; pixel size 0.00236 to 0.226 um; licence " in line for line in lines)


def test_download_shows_what_it_is_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from labelbridge.segment import catalogue

    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    entry = catalogue.CATALOGUE["dedicated-cars"].model_copy(update={"url": "http://127.0.0.1:9/model.zip"})
    monkeypatch.setitem(catalogue.CATALOGUE, "dedicated-cars", entry)
    result = CliRunner().invoke(app, ["models", "download", "dedicated-cars"])
    assert result.exit_code == 2
    first, second, *rest = result.output.splitlines()
    assert first.startswith("dedicated-cars: ")
    assert "pixel size 0.225 um; licence unknown" in second
    assert "cannot be reached" in "".join(rest)


def test_download_of_an_unknown_name() -> None:
    result = CliRunner().invoke(app, ["models", "download", "nonsense"])
    assert result.exit_code == 2
    assert "generalist" in result.output
