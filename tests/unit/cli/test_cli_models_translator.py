from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from labelbridge.cli.main import app
from labelbridge.core import StyleStatistics, TranslatorCard
from labelbridge.translate.syndiff.networks.ncsnpp import DiffusiveGenerator
from labelbridge.translate.syndiff.package import write_translator
from labelbridge.translate.syndiff.settings import Architecture

SIZES = Architecture(generator_channels=8, generator_multipliers=(1,), generator_blocks=1, attention_levels=())


@pytest.fixture
def translator(tmp_path: Path) -> Path:
    style = StyleStatistics(
        polarity="bright-axon",
        quantiles=(0, 1),
        local_contrast=0.2,
        structure_size_px=40,
        fibre_per_response=2.8,
        images=3,
    )
    card = TranslatorCard(
        name="tem-sem",
        architecture=SIZES.model_dump(mode="json"),
        structure_size_px=40,
        crop_px=96,
        labeled_style=style,
        metrics={"patch_distance": 0.25},
        provenance={"settings": {"seed": 7}},
    )
    states = [DiffusiveGenerator(SIZES).state_dict() for _ in range(2)]
    write_translator({"to_labeled": states[0], "to_unlabeled": states[1]}, card, tmp_path / "models/tem-sem")
    return tmp_path / "models/tem-sem"


def test_list_and_info(translator: Path) -> None:
    result = CliRunner().invoke(app, ["models", "list", str(translator.parent)])
    assert result.output.splitlines() == [str(translator), "  translator: syndiff; fibres of 40 px"]
    lines = CliRunner().invoke(app, ["models", "info", str(translator)]).output.splitlines()
    assert lines[:6] == [
        "name: tem-sem",
        "kind: translator",
        "method: syndiff",
        "structure size: fibres of 40 px",
        "crops of its training: 96 px",
        "look of its labelled images: bright-axon",
    ]
    assert {"look of its unlabelled images: unknown", "patch_distance: 0.250", '    "seed": 7'} <= set(lines)


def test_a_translator_is_no_segmenter(translator: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["models", "export", str(translator), "--out", str(tmp_path / "stock")])
    assert result.exit_code == 2
    assert "got a translator" in result.output


def _generators(folder: Path) -> Path:
    folder.mkdir()
    for contrast in (1, 2):
        torch.save({"module.all_modules.0.weight": torch.zeros(3)}, folder / f"gen_diffusive_{contrast}_50.pth")
    return folder


def test_import_asks_which_contrast_is_labelled(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["models", "import", str(_generators(tmp_path / "exp"))])
    assert result.exit_code == 2
    assert "--contrast1 labeled or --contrast1 unlabeled" in " ".join(result.output.split())


def test_import_hands_the_options_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from labelbridge.translate.syndiff.foreign import importing

    given = {}

    def fake(source: Path, out: Path, **options: object) -> TranslatorCard:
        given.update(options, source=source, out=out)
        return TranslatorCard(name=str(options["name"]), architecture={})

    monkeypatch.setattr(importing, "import_translator", fake)
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    source = _generators(tmp_path / "exp")
    options = ["--contrast1", "unlabeled", "--epoch", "50", "--licence", "MIT"]
    result = CliRunner().invoke(app, ["models", "import", str(source), *options])
    assert result.exit_code == 0, result.output
    assert f"exp (translator: syndiff; fibres of unknown size): {tmp_path / 'home/models/exp'}" in result.output
    given.pop("reporter")
    assert given == {
        "source": source,
        "out": tmp_path / "home/models/exp",
        "name": "exp",
        "contrast1": "unlabeled",
        "epoch": 50,
        "licence": "MIT",
    }


def test_options_of_syndiff_are_refused_elsewhere(repository: Path) -> None:
    result = CliRunner().invoke(
        app, ["models", "import", str(repository / "sample_data/models/segmenter"), "--epoch", "5"]
    )
    assert result.exit_code == 2
    assert "--contrast1 and --epoch are for" in " ".join(result.output.split())
