import dataclasses
import json
import os
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from labelbridge.core import Cancelled, Image, InputError, LabelMap, Reporter
from labelbridge.segment.nnunet import TrainSettings
from labelbridge.segment.nnunet.train import train_segmenter


class Watcher(Reporter):
    """Keeps what is reported; asks to stop once a stage has come so far."""

    def __init__(self, stop_stage: str = "", stop_at: float = 0) -> None:
        self.seen: list[tuple[float, float, str]] = []
        self.numbers: list[tuple[int, dict[str, float]]] = []
        self.stop_stage, self.stop_at = stop_stage, stop_at

    def progress(self, done: float, total: float, stage: str) -> None:
        self.seen.append((done, total, stage))

    def metrics(self, step: int, **values: float) -> None:
        self.numbers.append((step, values))

    def should_stop(self) -> bool:
        return bool(self.stop_stage) and any(
            stage.startswith(self.stop_stage) and done >= self.stop_at for done, _, stage in self.seen
        )


def _train(trained, folder: Path, **changes) -> None:
    arguments = {"work": folder / "work", "out": folder / "model", "card": trained.card, "device": "cpu"}
    samples, settings = changes.pop("samples", trained.samples), changes.pop("settings", trained.settings)
    train_segmenter(samples, settings, **{**arguments, **changes})


def test_model_folder_is_complete(trained) -> None:
    assert {path.name for path in trained.model.iterdir()} == {"plans.json", "dataset.json", "fold_all", "config.json"}
    card = json.loads((trained.model / "config.json").read_text())
    assert card["classes"] == ["background", "axon", "myelin"]
    assert card["folds"] == ["all"]
    assert card["licence"] == "CC0-1.0"
    assert np.isfinite(card["metrics"]["fold_all_loss"])
    assert card["provenance"]["nnunet"]["settings"]["iterations"] == 30
    assert not list(trained.model.parent.glob(".*")), "something half-made was left beside the model"


def test_plans_are_nnunets_own(trained) -> None:
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    manager = PlansManager(str(trained.model / "plans.json"))
    configuration = manager.get_configuration("2d")
    assert configuration.patch_size == [64, 64]
    assert configuration.normalization_schemes == ["ZScoreNormalization"]
    network = nnUNetTrainer.build_network_architecture(manager, configuration, 1, 3, False)
    weights = load_file(trained.model / "fold_all/model.safetensors")
    state = network.state_dict()
    assert weights.keys() <= state.keys()
    assert all(weights[name].shape == state[name].shape for name in weights)
    assert {tensor.data_ptr() for tensor in state.values()} == {state[name].data_ptr() for name in weights}


def test_nothing_of_nnunet_escapes(trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment, states = dict(os.environ), (random.getstate(), np.random.get_state()[1].tolist())
    _train(trained, tmp_path, settings=TrainSettings.from_preset("tiny", iterations=1))
    assert dict(os.environ) == environment
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
    assert "nnU-Net" in (tmp_path / "work/nnunet.log").read_text()


def test_stopped_training_resumes_to_the_same_weights(trained, tmp_path: Path) -> None:
    watcher = Watcher("training", 10)
    with pytest.raises(Cancelled):
        _train(trained, tmp_path, reporter=watcher)
    assert watcher.seen[-1] == (10, 30, "training (fold all)")
    assert not (tmp_path / "model").exists()
    marks = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "work").glob("*.done")}
    second = Watcher()
    _train(trained, tmp_path, reporter=second, resume=True)
    assert {name: (tmp_path / "work" / name).stat().st_mtime_ns for name in marks} == marks
    assert {stage for _, _, stage in second.seen} == {"training (fold all)"}
    assert [done for done, _, _ in second.seen] == [10, 15, 20, 25, 30]
    resumed, straight = (load_file(path / "fold_all/model.safetensors") for path in (tmp_path / "model", trained.model))
    for name, tensor in straight.items():
        np.testing.assert_allclose(resumed[name].numpy(), tensor.numpy(), atol=1e-3, err_msg=name)


def test_a_training_by_adam_resumes_to_the_same_weights(trained, tmp_path: Path) -> None:
    settings = TrainSettings.from_preset("tiny", iterations=20, optimizer="adam", learning_rate=0.001)
    _train(trained, tmp_path, settings=settings, work=tmp_path / "straight", out=tmp_path / "whole")
    with pytest.raises(Cancelled):
        _train(trained, tmp_path, settings=settings, reporter=Watcher("training", 10))
    _train(trained, tmp_path, settings=settings, resume=True)
    resumed, straight = (load_file(tmp_path / name / "fold_all/model.safetensors") for name in ("model", "whole"))
    for name, tensor in straight.items():
        np.testing.assert_allclose(resumed[name].numpy(), tensor.numpy(), atol=1e-4, err_msg=name)


def test_networks_for_a_cpu_are_trained_by_adam_others_as_nnunet_does() -> None:
    chosen = {preset: TrainSettings.from_preset(preset).optimizer for preset in ("tiny", "cpu", "standard")}
    assert chosen == {"tiny": "sgd", "cpu": "adam", "standard": "sgd"}


@pytest.mark.parametrize("stage", ["writing", "preprocessing"])
def test_stop_is_heard_before_training_too(trained, tmp_path: Path, stage: str) -> None:
    settings = TrainSettings.from_preset("tiny", iterations=1)
    with pytest.raises(Cancelled):
        _train(trained, tmp_path, settings=settings, reporter=Watcher(stage, 2))
    assert not (tmp_path / "model").exists()
    _train(trained, tmp_path, settings=settings, resume=True)
    assert (tmp_path / "model/config.json").is_file()


def test_a_run_killed_while_the_model_was_packed_leaves_no_model(
    trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(trained.work, tmp_path / "work")
    copy, calls = shutil.copyfile, []

    def fail_late(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise OSError("no space left")
        copy(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", fail_late)
        with pytest.raises(InputError, match="no space"):
            _train(trained, tmp_path, resume=True)
    assert {path.name for path in tmp_path.iterdir()} == {"work"}
    _train(trained, tmp_path, resume=True)
    assert (tmp_path / "model/fold_all/model.safetensors").is_file()


def test_a_damaged_state_means_starting_the_fold_again(trained, tmp_path: Path) -> None:
    shutil.copytree(trained.work, tmp_path / "work")
    (tmp_path / "work/fold_all/metrics.json").unlink()
    (tmp_path / "work/fold_all.pt").write_bytes(b"PK torn")
    watcher = Watcher("training", 0)
    with pytest.raises(Cancelled):
        _train(trained, tmp_path, reporter=watcher, resume=True)
    assert watcher.seen[-1][0] == 0


def test_numbered_fold_is_validated_on_the_other_subjects(tmp_path: Path, trained, make_rings) -> None:
    samples = [make_rings(seed, (70, 60), f"s{seed % 5}") for seed in range(7)]
    watcher = Watcher()
    settings = TrainSettings.from_preset(
        "tiny", folds=("1",), iterations=4, iterations_per_epoch=2, features=(4, 8, 16)
    )
    _train(trained, tmp_path, samples=samples, settings=settings, reporter=watcher)
    card = json.loads((tmp_path / "model/config.json").read_text())
    assert card["folds"] == ["1"]
    assert 0 <= card["metrics"]["fold_1_dice_axon"] <= 1
    assert [step for step, values in watcher.numbers if "dice_myelin" in values] == [2, 4]
    assert (tmp_path / "model/fold_1/model.safetensors").is_file()


def test_initial_weights_are_where_training_starts(trained, tmp_path: Path) -> None:
    settings = TrainSettings.from_preset("tiny", iterations=1, learning_rate=1e-9)
    _train(trained, tmp_path, settings=settings, initial=trained.model)
    ours, theirs = (load_file(path / "fold_all/model.safetensors") for path in (tmp_path / "model", trained.model))
    for name, tensor in theirs.items():
        np.testing.assert_allclose(ours[name].numpy(), tensor.numpy(), atol=1e-5)


def test_initial_weights_of_another_network(trained, tmp_path: Path) -> None:
    settings = TrainSettings.from_preset("tiny", iterations=1, features=(4, 8))
    with pytest.raises(InputError, match=r"\[8, 16\] channels"):
        _train(trained, tmp_path, settings=settings, initial=trained.model)
    assert not list(tmp_path.iterdir())


def test_initial_weights_of_other_classes(trained, tmp_path: Path) -> None:
    initial = Path(shutil.copytree(trained.model, tmp_path / "initial"))
    described = json.loads((initial / "dataset.json").read_text())
    described["labels"] = {"background": 0, "myelin": 1, "axon": 2}
    (initial / "dataset.json").write_text(json.dumps(described))
    with pytest.raises(InputError, match="classes"):
        _train(trained, tmp_path, initial=initial)


def test_the_users_files_are_not_touched(trained, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="model"):
        _train(trained, tmp_path)
    with pytest.raises(InputError, match="earlier run or other files"):
        _train(trained, tmp_path, work=tmp_path / "model", out=tmp_path / "new", resume=True)
    assert [path.name for path in tmp_path.rglob("*")] == ["model", "thesis.txt"]


def test_an_earlier_run_is_neither_overwritten_nor_mixed(trained, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="resume"):
        _train(trained, tmp_path, work=trained.work)
    with pytest.raises(InputError, match="other images or settings"):
        _train(trained, tmp_path, work=trained.work, resume=True, settings=TrainSettings.from_preset("tiny", seed=1))
    with pytest.raises(InputError, match="other images or settings"):
        _train(trained, tmp_path, work=trained.work, resume=True, samples=trained.samples[:2])


def test_labels_without_axons(trained, tmp_path: Path) -> None:
    sample = trained.samples[0]
    bare = dataclasses.replace(sample, labels=LabelMap(np.where(sample.labels.data == 1, 0, sample.labels.data)))
    with pytest.raises(InputError, match="axon"):
        _train(trained, tmp_path, samples=[bare])
    assert not list(tmp_path.iterdir())


def test_a_loss_that_is_not_a_number_ends_the_training(trained, tmp_path: Path) -> None:
    sample = trained.samples[0]
    flat = dataclasses.replace(sample, image=Image(np.zeros(sample.image.shape, np.float32), "flat"))
    settings = TrainSettings.from_preset("tiny", iterations=5, learning_rate=1e30)
    with pytest.raises(Exception, match="diverged"):
        _train(trained, tmp_path, samples=[sample, flat], settings=settings)
