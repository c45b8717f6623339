"""How sure a self-trained model may be; what it sees is the sample model's, sharpened."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.selftraining.certainty import matching_temperature
from labelbridge.core import Cancelled, FloatArray, Image, Plane, Reporter, tempered
from labelbridge.io.modelfolder import CARD
from labelbridge.segment import read_card
from labelbridge.segment.nnunet.predict import NnUnetSegmenter
from make_phantoms import make_sem

TUTORED = sample_data_folder() / "models" / "tutored"
OWN = 1.3


class Stopping(Reporter):
    """Asks to stop at once."""

    def should_stop(self) -> bool:
        return True


class Sharpened:
    """A segmenter that is surer than another one."""

    def __init__(self, inner: NnUnetSegmenter, temperature: float) -> None:
        self._inner, self._temperature = inner, temperature

    def predict(self, plane: Plane, reporter: Reporter) -> Iterator[FloatArray]:
        for band in self._inner.predict(plane, reporter):
            yield tempered(band, self._temperature)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The sample model with a temperature of its own."""
    folder = tmp_path / "first"
    shutil.copytree(TUTORED, folder)
    card = read_card(TUTORED).model_copy(update={"temperature": OWN})
    (folder / CARD).write_text(card.model_dump_json(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def images() -> list[Image]:
    return [Image(make_sem(seed, (200, 600))[0].astype(np.float32), f"sem-{seed}") for seed in (8_901, 8_902)]


def test_the_same_model_has_the_same_temperature(first: Path, images: list[Image]) -> None:
    assert matching_temperature(first, TUTORED, images, "cpu", Reporter()) == pytest.approx(OWN, rel=0.01)


@pytest.mark.parametrize(("sharpness", "expected"), [(0.5, 2 * OWN), (0.001, 10.0)])
def test_a_surer_model_gets_a_higher_one(
    sharpness: float, expected: float, first: Path, images: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = NnUnetSegmenter.load(TUTORED, device="cpu", mirroring=False)
    models = {first: sample, TUTORED: Sharpened(sample, sharpness)}
    monkeypatch.setattr(NnUnetSegmenter, "load", lambda folder, **_: models[folder])
    assert matching_temperature(first, TUTORED, images, "cpu", Reporter()) == pytest.approx(expected, rel=0.02)


def test_it_can_be_stopped(images: list[Image]) -> None:
    with pytest.raises(Cancelled):
        matching_temperature(TUTORED, TUTORED, images, "cpu", Stopping())
