import json
from pathlib import Path

import numpy as np
import pytest

from labelbridge.core import (
    ArrayPlane,
    Cancelled,
    LabeledImage,
    LabelMap,
    ModelCard,
    Reporter,
    most_probable,
    tempered,
)
from labelbridge.segment import read_card
from labelbridge.segment.nnunet import TrainSettings
from labelbridge.segment.nnunet.calibrating import fit_temperature, fitted_temperature
from labelbridge.segment.nnunet.dataset import ignoring
from labelbridge.segment.nnunet.predict import NnUnetSegmenter
from labelbridge.segment.nnunet.train import train_segmenter


def drawn(temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities that are too sure by a known temperature, and classes drawn by the right ones."""
    rng = np.random.default_rng(7)
    right = rng.dirichlet((0.4, 0.4, 0.4), 20_000).T.astype(np.float32)
    truth = (rng.random(20_000) > np.cumsum(right, axis=0)).sum(axis=0).clip(0, 2).astype(np.uint8)
    return tempered(right, 1 / temperature), truth


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_a_known_temperature_is_found(temperature: float) -> None:
    assert fit_temperature(*drawn(temperature)) == pytest.approx(temperature, rel=0.05)


def test_without_pixels_nothing_is_changed() -> None:
    assert fit_temperature(np.ones((3, 0), np.float32), np.ones(0, np.uint8)) == 1


def test_a_model_that_is_always_right_becomes_surer_and_one_that_guesses_less_sure(trained, make_rings) -> None:
    image = make_rings(70, (96, 96)).image
    segmenter = NnUnetSegmenter.load(trained.model, device="cpu")
    said = most_probable(np.concatenate(list(segmenter.predict(ArrayPlane(image.data), Reporter())), axis=1))
    guesses = np.random.default_rng(0).integers(0, 3, said.shape).astype(np.uint8)
    right, guessed = (LabeledImage(image, LabelMap(labels)) for labels in (said, guesses))
    assert fitted_temperature(trained.model, [right], "cpu") < 0.5
    assert fitted_temperature(trained.model, [guessed], "cpu") > 2
    only_right = ignoring(guessed, said == guesses)
    assert fitted_temperature(trained.model, [only_right], "cpu") < 0.5


def test_a_training_with_further_images_leaves_its_temperature_in_the_card(trained, make_rings, tmp_path: Path) -> None:
    held_out = [make_rings(71, (80, 80)), make_rings(72, (64, 100))]
    train_segmenter(
        trained.samples,
        TrainSettings.from_preset("tiny", iterations=30),
        work=tmp_path / "work",
        out=tmp_path / "model",
        card=trained.card,
        calibration=lambda: held_out,
        device="cpu",
    )
    card = read_card(tmp_path / "model")
    assert card.temperature == pytest.approx(fitted_temperature(trained.model, held_out, "cpu"), rel=1e-3)
    assert card.temperature != 1


def test_a_card_without_temperature_leaves_the_probabilities(trained) -> None:
    card = json.loads((trained.model / "config.json").read_text())
    del card["temperature"]
    assert ModelCard.model_validate(card).temperature == 1


def test_calibrating_is_told_and_can_be_stopped(trained, make_rings) -> None:
    class Stopping(Reporter):
        def __init__(self) -> None:
            self.stages: set[str] = set()

        def progress(self, done: float, total: float, stage: str) -> None:
            self.stages.add(stage)

        def should_stop(self) -> bool:
            return bool(self.stages)

    stopping = Stopping()
    with pytest.raises(Cancelled):
        fitted_temperature(trained.model, [make_rings(73, (80, 80))] * 3, "cpu", stopping)
    assert stopping.stages == {"calibrating"}
