"""Pixels that do not count, and models that are trained on."""

import json
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from labelbridge.core import BoolArray, Image, InputError, LabeledImage, LabelMap
from labelbridge.segment.nnunet import TrainSettings
from labelbridge.segment.nnunet.dataset import IGNORE, ignoring
from labelbridge.segment.nnunet.loading import read_model
from labelbridge.segment.nnunet.train import train_segmenter

SETTINGS = TrainSettings.from_preset("tiny", iterations=4, learning_rate=0.001)


def left(sample: LabeledImage) -> BoolArray:
    """The left half of an image."""
    return np.broadcast_to(np.arange(sample.image.shape[1]) < sample.image.shape[1] // 2, sample.image.shape)


def spoilt(sample: LabeledImage) -> LabeledImage:
    """The same labels in the left half, garbage in the other."""
    garbage = np.random.default_rng(5).integers(0, 3, sample.labels.shape).astype(np.uint8)
    return LabeledImage(sample.image, LabelMap(np.where(left(sample), sample.labels.data, garbage)))


def train(trained, folder: Path, samples: Sequence[LabeledImage], settings: TrainSettings = SETTINGS) -> Path:
    train_segmenter(
        samples,
        settings,
        work=folder / "work",
        out=folder / "model",
        card=trained.card,
        initial=trained.model,
        keeps_plan=True,
        device="cpu",
    )
    return folder / "model"


def weights(model: Path) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in load_file(model / "fold_all/model.safetensors").items()}


def differ(one: Path, other: Path) -> bool:
    first, second = weights(one), weights(other)
    return any(not np.array_equal(first[name], second[name]) for name in first)


def test_garbage_in_pixels_that_do_not_count_changes_no_weight(trained, tmp_path: Path) -> None:
    clean = [ignoring(sample, left(sample)) for sample in trained.samples]
    garbage = [ignoring(spoilt(sample), left(sample)) for sample in trained.samples]
    model = train(trained, tmp_path / "clean", clean)
    assert not differ(model, train(trained, tmp_path / "garbage", garbage))
    assert differ(model, trained.model), "nothing was learnt"


def test_pixels_that_do_not_count_are_not_background(trained, tmp_path: Path) -> None:
    ignored = [ignoring(sample, left(sample)) for sample in trained.samples]
    counted = [
        LabeledImage(sample.image, LabelMap(np.where(left(sample), sample.labels.data, np.uint8(0))))
        for sample in trained.samples
    ]
    assert differ(train(trained, tmp_path / "one", ignored), train(trained, tmp_path / "other", counted))


def test_no_patch_is_chosen_for_them(trained, tmp_path: Path) -> None:
    train(trained, tmp_path, [ignoring(sample, left(sample)) for sample in trained.samples])
    found = 0
    for case, sample in zip(sorted((tmp_path / "work/preprocessed").rglob("case_*.pkl")), trained.samples, strict=True):
        locations = pickle.loads(case.read_bytes())["class_locations"]
        for places in locations.values():
            found += len(places)
            assert len(places) == 0 or np.asarray(places)[:, -1].max() < sample.image.shape[1] // 2
    assert found


def test_the_model_knows_nothing_of_them(trained, tmp_path: Path) -> None:
    model = train(trained, tmp_path, [ignoring(sample, left(sample)) for sample in trained.samples])
    card = json.loads((model / "config.json").read_bytes())
    dataset = json.loads((model / "dataset.json").read_bytes())
    assert card["classes"] == list(dataset["labels"]) == ["background", "axon", "myelin"]
    assert read_model(model).classes.names == read_model(trained.model).classes.names
    shapes = [{name: values.shape for name, values in weights(one).items()} for one in (model, trained.model)]
    assert shapes[0] == shapes[1]


def test_a_model_that_is_trained_on_keeps_its_plan(trained, tmp_path: Path) -> None:
    """Other settings, as those of another preset, do not matter."""
    settings = TrainSettings.from_preset("cpu", iterations=1, iterations_per_epoch=1)
    model = train(trained, tmp_path, [ignoring(sample, left(sample)) for sample in trained.samples], settings)
    assert read_model(model).patch == read_model(trained.model).patch == (64, 64)
    assert json.loads((model / "plans.json").read_bytes()) == json.loads((trained.model / "plans.json").read_bytes())


def test_other_classes_than_the_models_are_told(trained, tmp_path: Path) -> None:
    sample = trained.samples[0]
    other = LabeledImage(
        sample.image, LabelMap.from_masks({"myelin": sample.labels.data == 2, "axon": sample.labels.data == 1})
    )
    with pytest.raises(InputError, match="got a model of the classes"):
        train(trained, tmp_path, [ignoring(other, left(other))])


def test_numbered_folds_score_what_counts(trained, tmp_path: Path, make_rings) -> None:
    samples = [make_rings(seed, (70, 60), f"s{seed % 5}") for seed in range(5)]
    settings = TrainSettings.from_preset("tiny", folds=("1",), iterations=2, iterations_per_epoch=2)
    model = train(trained, tmp_path, [ignoring(sample, left(sample)) for sample in samples], settings)
    metrics = json.loads((model / "config.json").read_bytes())["metrics"]
    assert {name for name in metrics if "dice" in name} == {"fold_1_dice_axon", "fold_1_dice_myelin"}


def test_labels_say_which_pixels_do_not_count() -> None:
    sample = LabeledImage(Image(np.zeros((20, 20), np.float32), "x"), LabelMap(np.full((20, 20), 2, np.uint8)))
    marked = ignoring(sample, left(sample))
    assert marked.labels.classes.names[-1] == IGNORE
    assert np.array_equal(marked.labels.mask(IGNORE), ~left(sample))
    assert np.array_equal(marked.labels.mask("myelin"), left(sample))
