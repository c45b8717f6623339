import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from labelbridge.core import InputError, ModelCard, StyleStatistics, TranslatorCard
from labelbridge.io.modelfolder import find_models, read_any_card
from labelbridge.segment import read_card
from labelbridge.translate import read_translator_card
from labelbridge.translate.syndiff.networks.ncsnpp import DiffusiveGenerator
from labelbridge.translate.syndiff.package import read_translator, write_translator
from labelbridge.translate.syndiff.settings import Architecture

CPU = torch.device("cpu")
SIZES = Architecture(generator_channels=8, generator_multipliers=(1, 2), generator_blocks=1, attention_levels=(1,))
STYLE = StyleStatistics(
    polarity="dark-axon",
    quantiles=(0.0, 0.4, 1.0),
    local_contrast=0.2,
    structure_size_px=40,
    fibre_per_response=2.8,
    images=3,
)
CARD = TranslatorCard(
    name="tem-sem",
    architecture=SIZES.model_dump(mode="json"),
    structure_size_px=40,
    crop_px=96,
    unlabeled_style=STYLE,
    provenance={"settings": {"seed": 7}},
    metrics={"patch_distance": 0.25},
)


def _state(seed: int) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    return dict(DiffusiveGenerator(SIZES).state_dict())


@pytest.fixture
def translator(tmp_path: Path) -> Path:
    folder = tmp_path / "translators" / "tem-sem"
    write_translator({"to_labeled": _state(1), "to_unlabeled": _state(2)}, CARD, folder)
    return folder


def _fails(folder: Path, match: str) -> None:
    with pytest.raises(InputError, match=match) as caught:
        read_translator(folder, CPU)
    assert "\n" not in str(caught.value)


def test_what_is_written_is_read(translator: Path) -> None:
    before = torch.get_rng_state()
    card, generators = read_translator(translator, CPU)
    assert torch.equal(before, torch.get_rng_state())
    assert card == CARD
    assert list(generators) == ["to_labeled", "to_unlabeled"]
    assert not any(generator.training for generator in generators.values())
    for seed, generator in enumerate(generators.values(), start=1):
        for name, tensor in _state(seed).items():
            assert torch.equal(tensor, generator.state_dict()[name])
    assert sorted(path.name for path in translator.iterdir()) == ["config.json", "model.safetensors"]


def test_half_precision_is_kept_in_the_file(tmp_path: Path) -> None:
    halves = [{name: tensor.half() for name, tensor in _state(seed).items()} for seed in (1, 2)]
    write_translator({"to_labeled": halves[0], "to_unlabeled": halves[1]}, CARD, tmp_path / "halves")
    assert {tensor.dtype for tensor in load_file(tmp_path / "halves/model.safetensors").values()} == {torch.float16}
    generator = read_translator(tmp_path / "halves", CPU)[1]["to_unlabeled"]
    assert torch.equal(generator.head.weight, halves[1]["head.weight"].float())


def test_a_folder_that_is_not_empty_stays(translator: Path) -> None:
    before = (translator / "model.safetensors").read_bytes()
    with pytest.raises(InputError, match="there already"):
        write_translator({"to_labeled": _state(3), "to_unlabeled": _state(4)}, CARD, translator)
    assert (translator / "model.safetensors").read_bytes() == before


def test_nothing_is_left_of_what_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(InputError, match="the disk is full"):
        write_translator({"to_labeled": _state(1), "to_unlabeled": _state(2)}, CARD, tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_weights_that_do_not_fit_are_not_written(tmp_path: Path) -> None:
    states = _state(1), _state(2)
    del states[0]["head.bias"]
    with pytest.raises(InputError, match=r"1 differ, first to_labeled\.head\.bias"):
        write_translator({"to_labeled": states[0], "to_unlabeled": states[1]}, CARD, tmp_path / "new")
    with pytest.raises(InputError, match="differ, first to_unlabeled"):
        write_translator({"to_labeled": states[1]}, CARD, tmp_path / "new")
    assert not list(tmp_path.iterdir())


def _change_weights(change: Callable[[dict[str, torch.Tensor]], Any]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        weights = {name: tensor.clone() for name, tensor in load_file(folder / "model.safetensors").items()}
        change(weights)
        save_file(weights, folder / "model.safetensors")

    return apply


def _change_card(**values: object) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        card = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps(card | values), encoding="utf-8")

    return apply


def _sizes(**values: object) -> Callable[[Path], None]:
    return _change_card(architecture={**CARD.architecture, **values})


def _cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize(
    ("damage", "match"),
    [
        (_cut, "model.safetensors: got weights that are damaged"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b""), "damaged"),
        (lambda folder: (folder / "model.safetensors").unlink(), "without model.safetensors"),
        (lambda folder: (folder / "config.json").unlink(), "no config.json in it"),
        (lambda folder: (folder / "config.json").write_bytes(b"\xff{"), "cannot be read"),
        (_change_weights(lambda weights: weights.pop("to_labeled.head.weight")), "first to_labeled.head.weight"),
        (_change_weights(lambda weights: weights.update(more=torch.zeros(1))), "first more"),
        (
            _change_weights(lambda weights: weights.update({"to_labeled.head.bias": torch.zeros(8, dtype=torch.int8)})),
            "1 differ, first to_labeled.head.bias",
        ),
        (_change_weights(lambda weights: weights.clear()), "fewer weights"),
        (_change_card(method="cut"), "method"),
        (_change_card(more=1), "more"),
        (_change_card(architecture=3), "architecture"),
        (_sizes(generator_channels=16), "another network"),
        (_sizes(generator_multipliers=[1, 10**12]), "cannot be built|another network"),
        (_sizes(generator_multipliers=[1, 0]), "unknown architecture"),
        (_sizes(generator_blocks=10**9), "fewer weights"),
        (_sizes(attention_levels=[7]), "unknown architecture"),
        (_sizes(colour="red"), "unknown architecture .colour"),
    ],
)
def test_damage_is_told_in_one_sentence(translator: Path, damage: Callable[[Path], Any], match: str) -> None:
    damage(translator)
    _fails(translator, match)


def test_the_kinds_of_models_tell_each_other(translator: Path, repository: Path) -> None:
    segmenter = repository / "sample_data/models/segmenter"
    assert isinstance(read_any_card(segmenter), ModelCard)
    assert read_any_card(translator) == read_translator_card(translator) == CARD
    _fails(segmenter, "got a model that segments, expected a translator; give it with --segmenter")
    with pytest.raises(InputError, match="got a translator, expected a model that segments; give it with --translator"):
        read_card(translator)
    published = translator.parent / "exp"
    published.mkdir()
    (published / "gen_diffusive_1_50.pth").touch()
    with pytest.raises(InputError, match="labelbridge models import"):
        read_translator_card(published)
    with pytest.raises(InputError, match="no such folder"):
        read_translator_card(translator.parent / "nowhere")


def test_translators_are_found_beside_segmenters(translator: Path, repository: Path) -> None:
    place = translator.parents[1]
    shutil.copytree(repository / "sample_data/models/segmenter", place / "segmenter")
    (place / "unfinished").mkdir()
    (place / "unfinished/config.json").write_text("{}", encoding="utf-8")
    assert find_models(place) == [place / "segmenter", translator]
    assert find_models(translator) == [translator]
