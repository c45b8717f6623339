import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelbridge.core import InputError
from labelbridge.io.modelfolder import find_models
from labelbridge.segment import read_card
from labelbridge.segment.nnunet.predict import NnUnetSegmenter


@pytest.fixture
def model(trained, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained.model, tmp_path / "models/rings"))


def _edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def _fails(folder: Path, match: str) -> None:
    with pytest.raises(InputError, match=match) as caught:
        NnUnetSegmenter.load(folder, device="cpu")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["plans.json", "dataset.json", "config.json", "fold_all/model.safetensors"])
def test_a_missing_file_is_named(model: Path, name: str) -> None:
    (model / name).unlink()
    _fails(model, name)


@pytest.mark.parametrize("name", ["plans.json", "dataset.json", "config.json", "fold_all/model.safetensors"])
@pytest.mark.parametrize("content", [b"", b"[1, 2", b"[]", b"{}", b"\xff\xfe\x00"])
def test_a_damaged_file_is_named(model: Path, name: str, content: bytes) -> None:
    (model / name).write_bytes(content)
    _fails(model, name.rpartition("/")[2])


def test_truncated_weights(model: Path) -> None:
    weights = model / "fold_all/model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    _fails(model, "damaged")


def test_weights_of_another_network(model: Path) -> None:
    def widen(plans: dict[str, Any]) -> None:
        plans["configurations"]["2d"]["architecture"]["arch_kwargs"]["features_per_stage"] = [8, 32]

    _edit(model / "plans.json", widen)
    _fails(model, "another network")


@pytest.mark.parametrize(
    ("key", "value"),
    [("network_class_name", "os.system"), ("conv_op", "subprocess.Popen"), ("nonlin", "builtins.eval")],
)
def test_foreign_classes_are_refused(model: Path, key: str, value: str) -> None:
    def plant(plans: dict[str, Any]) -> None:
        architecture = plans["configurations"]["2d"]["architecture"]
        (architecture if key in architecture else architecture["arch_kwargs"])[key] = value

    _edit(model / "plans.json", plant)
    _fails(model, value)


def test_further_imports_are_refused(model: Path) -> None:
    def plant(plans: dict[str, Any]) -> None:
        plans["configurations"]["2d"]["architecture"]["_kw_requires_import"].append("norm_op_kwargs")

    _edit(model / "plans.json", plant)
    _fails(model, "norm_op_kwargs")


def test_arguments_that_build_no_network(model: Path) -> None:
    def plant(plans: dict[str, Any]) -> None:
        plans["configurations"]["2d"]["architecture"]["arch_kwargs"]["surprise"] = 1

    _edit(model / "plans.json", plant)
    _fails(model, "cannot be built")


@pytest.mark.parametrize("missing", ["axon", "myelin"])
def test_axon_and_myelin_are_needed(model: Path, missing: str) -> None:
    _edit(model / "dataset.json", lambda data: data["labels"].update(fat=data["labels"].pop(missing)))
    _fails(model, missing)


def test_labels_with_gaps(model: Path) -> None:
    _edit(model / "dataset.json", lambda data: data["labels"].update(myelin=3))
    _fails(model, "consecutive")


def test_classes_follow_the_names_not_the_order_of_the_file(model: Path) -> None:
    _edit(model / "dataset.json", lambda data: data.update(labels={"myelin": 1, "background": 0, "axon": 2}))
    assert NnUnetSegmenter.load(model, device="cpu").classes.names == ("background", "myelin", "axon")


def test_models_are_found(model: Path) -> None:
    broken = Path(shutil.copytree(model, model.parent / "unfinished"))
    shutil.rmtree(broken / "fold_all")
    nested = Path(shutil.copytree(model, model.parent / "deep/er"))
    assert find_models(model.parent) == [nested, model]
    assert find_models(model) == [model]
    with pytest.raises(InputError, match="no folder"):
        find_models(model.parent / "nowhere")


def test_card(model: Path) -> None:
    assert read_card(model).structure_size_px == 18.0
    (model / "config.json").write_text('{"name": 3}')
    with pytest.raises(InputError, match="config"):
        read_card(model)
    with pytest.raises(InputError, match="expected a model folder"):
        read_card(model.parent)
