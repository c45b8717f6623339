"""Small images with rings, one quick training, and models as others have them, for the tests of this room."""

import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelbridge.core import Image, LabeledImage, LabelMap, ModelCard
from labelbridge.segment.nnunet import TrainSettings


def rings(seed: int, shape: tuple[int, int], subject: str | None = None) -> LabeledImage:
    """Bright discs (axons) in dark rings (myelin) on grey."""
    random = np.random.default_rng(seed)
    rows, columns = np.indices(shape)
    labels = np.zeros(shape, np.uint8)
    for _ in range(max(2, shape[0] * shape[1] // 900)):
        row, column, radius = random.uniform(0, shape[0]), random.uniform(0, shape[1]), random.uniform(6, 12)
        distance = np.hypot(rows - row, columns - column)
        labels[distance < radius] = 2
        labels[distance < 0.65 * radius] = 1
    grey = np.choose(labels, [120.0, 200.0, 30.0]) + random.normal(0, 8, shape)
    return LabeledImage(Image(grey.astype(np.float32), f"rings{seed}"), LabelMap(labels), subject)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread: networks so small do not gain by more, and lose much on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


@dataclass(frozen=True)
class Trained:
    """A finished training: what went in, where it ran and what came out."""

    samples: list[LabeledImage]
    settings: TrainSettings
    card: ModelCard
    work: Path
    model: Path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A model trained for a few seconds on fold ``all``."""
    from labelbridge.segment.nnunet.train import train_segmenter

    folder = tmp_path_factory.mktemp("trained")
    samples = [rings(seed, shape) for seed, shape in enumerate([(90, 121), (40, 33), (70, 64), (128, 51)])]
    settings = TrainSettings.from_preset("tiny", iterations=30)
    card = ModelCard(name="rings", classes=("background",), structure_size_px=18.0, licence="CC0-1.0")
    with one_thread():
        train_segmenter(samples, settings, work=folder / "work", out=folder / "model", card=card, device="cpu")
    return Trained(samples, settings, card, folder / "work", folder / "model")


@pytest.fixture
def make_rings() -> Callable[..., LabeledImage]:
    """The function that makes an image with rings."""
    return rings


def _architecture(features: Sequence[int]) -> dict[str, Any]:
    stages = len(features)
    return {
        "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
        "arch_kwargs": {
            "n_stages": stages,
            "features_per_stage": list(features),
            "conv_op": "torch.nn.modules.conv.Conv2d",
            "kernel_sizes": [[3, 3]] * stages,
            "strides": [[1, 1]] + [[2, 2]] * (stages - 1),
            "n_conv_per_stage": [1] * stages,
            "n_conv_per_stage_decoder": [1] * (stages - 1),
            "conv_bias": True,
            "norm_op": "torch.nn.modules.instancenorm.InstanceNorm2d",
            "norm_op_kwargs": {"eps": 1e-5, "affine": True},
            "dropout_op": None,
            "dropout_op_kwargs": None,
            "nonlin": "torch.nn.LeakyReLU",
            "nonlin_kwargs": {"inplace": True},
        },
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }


class StockModel:
    """A tiny model as nnU-Net's trainer leaves it; change `plans`, `dataset` or `checkpoint`, then `write`."""

    def __init__(self, outputs: int = 3) -> None:
        import torch

        from labelbridge.segment.nnunet.architecture import build_network

        self.configuration: dict[str, Any] = {
            "patch_size": [32, 32],
            "preprocessor_name": "DefaultPreprocessor",
            "normalization_schemes": ["RescaleTo01Normalization"],
            "use_mask_for_norm": [False],
            "architecture": _architecture((4, 8)),
        }
        self.plans: dict[str, Any] = {
            "plans_name": "nnUNetPlans",
            "dataset_name": "Dataset444_AGG",
            "configurations": {"2d": self.configuration},
        }
        self.dataset: dict[str, Any] = {
            "labels": {"background": 0, "myelin": 1, "axon": 2},
            "channel_names": {"0": "rescale_to_0_1"},
            "file_ending": ".png",
        }
        torch.manual_seed(0)
        self.network = build_network(self.configuration["architecture"], outputs)
        self.checkpoint: dict[str, Any] = {
            "network_weights": dict(self.network.state_dict()),
            "optimizer_state": {"state": {0: torch.zeros(3)}},
            "grad_scaler_state": None,
            "logging": {"losses": [np.float64(0.5), np.float32(0.25)], "curve": np.arange(3.0)},
            "_best_ema": np.float32(0.5),
            "current_epoch": 1000,
            "init_args": {"configuration": "2d", "fold": 0, "device": torch.device("cpu")},
            "trainer_name": "nnUNetTrainer",
            "inference_allowed_mirroring_axes": (0, 1),
        }

    def write(self, folder: Path, folds: Sequence[str] = ("all",), name: str = "checkpoint_best.pth") -> Path:
        """Write the model and return `folder`."""
        import torch

        for fold in folds:
            (folder / f"fold_{fold}").mkdir(parents=True, exist_ok=True)
            torch.save(self.checkpoint, folder / f"fold_{fold}" / name)
        (folder / "plans.json").write_text(json.dumps(self.plans))
        (folder / "dataset.json").write_text(json.dumps(self.dataset))
        return folder

    def write_zip(self, path: Path, inside: str = "") -> Path:
        """Write the model as a zip whose files lie in the folder `inside` and return `path`."""
        folder = self.write(path.parent / f"{path.stem}.d")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    out.write(file, inside + file.relative_to(folder).as_posix())
        return path


@pytest.fixture
def stock() -> StockModel:
    """A tiny stock model of axon and myelin, not written yet."""
    return StockModel()


@pytest.fixture
def make_stock() -> type[StockModel]:
    """The class that makes tiny stock models."""
    return StockModel
