"""Run as a script: train in two processes, leave the states in the folder given; say how it ended."""

import sys
from pathlib import Path

import numpy as np
import torch

from labelbridge.core import Cancelled, LabelBridgeError, Reporter, TranslatorCard
from labelbridge.translate.syndiff.checkpoints import Checkpoints
from labelbridge.translate.syndiff.dataset import TrainingImage
from labelbridge.translate.syndiff.settings import SynDiffSettings
from labelbridge.translate.syndiff.train import train_generators

SETTINGS = SynDiffSettings.from_preset("tiny", steps=2, warmup_steps=1, judgements=1, r1_every=2)
CARD = TranslatorCard(name="test", architecture=SETTINGS.architecture.model_dump(mode="json"))


def images(count):
    noise = np.random.default_rng(count)
    data = [noise.random((40, 44), np.float32) for _ in range(count)]
    return [TrainingImage(one, 1 - one, f"{count}-{k}") for k, one in enumerate(data)]


def judge(translator, reporter):
    return 1.0, {}


class Listener(Reporter):
    """Asks to stop once it has heard of a step, where it shall."""

    def __init__(self, stops):
        self.stops, self.heard = stops, False

    def metrics(self, step, **values):
        self.heard = True

    def should_stop(self):
        return self.stops and self.heard


def main(folder, how="whole"):
    settings = SETTINGS
    if how == "diverge":
        settings = SETTINGS.model_copy(update={"learning_rate_generators": 1e30})
    if how == "stop":
        settings = SETTINGS.model_copy(update={"steps": 100_000})
    train_generators(
        images(3),
        images(2),
        settings,
        Checkpoints(folder, CARD),
        judge,
        device=torch.device("cpu"),
        devices=2,
        reporter=Listener(how == "stop"),
    )


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), *sys.argv[2:])
    except (Cancelled, LabelBridgeError) as error:
        print(f"{type(error).__name__}: {error}")
        sys.exit(3)
