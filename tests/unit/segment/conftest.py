"""Small images with rings, and one quick training that the tests of this room share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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
