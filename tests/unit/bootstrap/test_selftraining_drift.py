"""Whether a round has made a model worse, told without labels of the images that it learns from."""

import numpy as np
import pytest

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.selftraining.drift import Standing, loss, standing_of
from labelbridge.core import Cancelled, Image, LabeledImage, LabelMap, Reporter
from make_phantoms import UAXON, make_sem

MODELS = sample_data_folder() / "models"
SEEN_PX = 75.0


class Stopping(Reporter):
    """Asks to stop at once."""

    def should_stop(self) -> bool:
        return True


def sem(seed: int) -> LabeledImage:
    """Return a phantom, fibres as large as the models see them."""
    pixels, labels = make_sem(seed, (200, 400))
    image = Image(pixels.astype(np.float32), f"sem-{seed}")
    return LabeledImage(image, LabelMap(np.where(labels == UAXON, 0, labels))).resampled(1.9)


def standing(name: str, seeds: tuple[int, ...] = (8_902,), reporter: Reporter | None = None) -> Standing:
    images = [sem(seed).image for seed in seeds]
    return standing_of(MODELS / name, [sem(8_901)], images, "dark-axon", SEEN_PX, "cpu", reporter or Reporter())


def test_a_model_of_the_modality_finds_the_rings_that_its_images_show() -> None:
    of_sem, of_tem = standing("tutored"), standing("segmenter")
    assert of_sem.dice > of_tem.dice + 0.3
    assert of_tem.found < 0.2
    assert of_sem.found > 0.6


def test_without_rings_nothing_is_missed() -> None:
    flat = [Image(np.zeros((200, 200), np.float32), "flat")]
    found = standing_of(MODELS / "segmenter", [sem(8_901)], flat, "dark-axon", SEEN_PX, "cpu", Reporter())
    assert found.found == 1


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (Standing(0.885, 0.66), None),
        (Standing(0.87, 0.8), "made masks of labelled images worse"),
        (Standing(0.95, 0.6), "missed more of what looks like a fibre in the new images"),
    ],
)
def test_what_is_worse_after_a_round_is_told(after: Standing, expected: str | None) -> None:
    assert loss(Standing(0.9, 0.7), after) == expected


def test_it_can_be_stopped() -> None:
    with pytest.raises(Cancelled):
        standing("tutored", reporter=Stopping())
