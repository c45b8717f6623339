"""A round of self-training with a real model, real images and the network's own training."""

from pathlib import Path

import numpy as np

from labelbridge.bootstrap import TutorshipSettings
from labelbridge.bootstrap.absent import AbsentClasses
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.selftraining.rounds import SelfTraining
from labelbridge.core import ArrayPlane, Image, LabeledImage, LabelMap, Reporter
from labelbridge.segment import read_card
from labelbridge.segment.nnunet.predict import NnUnetSegmenter
from make_phantoms import make_sem

TUTORED = sample_data_folder() / "models" / "tutored"


class Sentences(Reporter):
    """Remembers what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


def labeled_phantom(seed: int) -> LabeledImage:
    pixels, labels = make_sem(seed, (192, 192))
    data = pixels.astype(np.float32) / 255
    return LabeledImage(Image(data, f"sem-{seed}"), LabelMap(np.where(labels > 2, 0, labels).astype(np.uint8)))


def test_a_round_gives_a_model_of_the_same_kind(tmp_path: Path) -> None:
    styled, draws = [labeled_phantom(seed) for seed in (1, 2)], [labeled_phantom(3)]
    old = read_card(TUTORED)
    card = old.model_copy(update={"provenance": {}})
    new = [labeled_phantom(seed).image for seed in (4, 5)]
    settings = TutorshipSettings(preset="tiny", rounds=1, device="cpu")
    rounds = SelfTraining(styled, lambda: draws, new, lambda _: 1.0, "dark-axon", AbsentClasses(), settings, card)
    told = Sentences()
    model = rounds.run(TUTORED, tmp_path, told)
    assert not told.said
    assert model == tmp_path / "round-1" / "model"
    made = read_card(model)
    assert made.structure_size_px == old.structure_size_px
    assert made.classes == old.classes, "what was ignored is no class"
    assert 0.1 <= rounds.temperature(TUTORED, model, told) <= 10
    segmenter = NnUnetSegmenter.load(model, device="cpu")
    probabilities = np.concatenate(list(segmenter.predict(ArrayPlane(new[0].data), Reporter())), axis=1)
    assert (probabilities.argmax(axis=0) > 0).mean() > 0.2
    weights = (model / "fold_all" / "model.safetensors").read_bytes()
    assert rounds.run(TUTORED, tmp_path, told) == model
    assert (model / "fold_all" / "model.safetensors").read_bytes() == weights, "nothing was done twice"
