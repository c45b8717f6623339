"""How long the parts of a training take on a device: measured on a few images, with nnU-Net's own trainer."""

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from labelbridge.core import Cancelled, LabeledImage, Reporter
from labelbridge.segment.nnunet.dataset import DATASET, write_raw
from labelbridge.segment.nnunet.environment import nnunet_environment, own_random_numbers
from labelbridge.segment.nnunet.plans import CONFIGURATION, PLANS, make_plans, preprocess
from labelbridge.segment.nnunet.predict import predicting_precision
from labelbridge.segment.nnunet.settings import TrainSettings
from labelbridge.segment.nnunet.trainer import FoldTrainer

__all__ = ["SegmenterTimes", "time_segmenter"]

_VIEWS = 4
"""An image and its mirrored views, as a trained model looks at each tile."""


@dataclass(frozen=True)
class SegmenterTimes:
    """Measured times, in seconds.

    Attributes
    ----------
    begin_s
        Of planning, and of making the network.
    image_s
        Of writing and preprocessing an image.
    iteration_s
        Of an iteration of the training.
    tile_s
        Of segmenting a tile in all its mirrored views.
    patch
        Height and width of a tile, in px.
    """

    begin_s: float
    image_s: float
    iteration_s: float
    tile_s: float
    patch: tuple[int, int]

    @property
    def view_s(self) -> float:
        """Seconds for a tile that is seen once."""
        return self.tile_s / _VIEWS


def time_segmenter(
    samples: Sequence[LabeledImage],
    settings: TrainSettings,
    work: Path,
    device: torch.device,
    budget_s: float,
    reporter: Reporter,
) -> SegmenterTimes:
    """Plan, preprocess, train for some iterations, and segment a tile.

    Parameters
    ----------
    samples
        A few images with labels at the network's scale.
    settings
        How to train.
    work
        Folder for all that comes up; empty.
    device
        Where to compute.
    budget_s
        Seconds to spend on iterations; there are at least two.
    reporter
        Told of progress, and asked after each iteration whether to stop.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    torch.OutOfMemoryError, MemoryError
        Where the memory is not enough.
    """
    log, begun = work / "nnunet.log", time.monotonic()
    with nnunet_environment(work, workers=1):
        write_raw(samples, work / "raw" / DATASET, "", Reporter())
        make_plans(work, settings, log)
        planned = time.monotonic()
        reporter.checkpoint()
        preprocess(work, log, Reporter())
        image_s = (time.monotonic() - planned) / len(samples)
    with nnunet_environment(work, settings.workers), own_random_numbers(settings.seed):
        prepared = time.monotonic()
        trainer = FoldTrainer(work, "all", settings, device, log)
        begin_s = planned - begun + time.monotonic() - prepared
        clock = _Clock(reporter, budget_s)
        try:
            with suppress(Cancelled):
                trainer.run(clock)
        finally:
            trainer.close()
    reporter.checkpoint()
    patch = _patch(work)
    return SegmenterTimes(begin_s, image_s, clock.iteration_s, _tile_s(trainer.network, patch, device), patch)


class _Clock(Reporter):
    """Notes when a trainer asks whether to stop, which it does before each iteration, and stops it in time."""

    def __init__(self, inner: Reporter, budget_s: float) -> None:
        self._inner, self._budget_s = inner, budget_s
        self._times: list[float] = []

    def should_stop(self) -> bool:
        """Ask the inner reporter; else whether the time is over."""
        self._times.append(time.monotonic())
        spent_s = self._times[-1] - self._times[0]
        self._inner.progress(min(spent_s, self._budget_s), self._budget_s, "trying some iterations")
        return self._inner.should_stop() or (len(self._times) > 2 and spent_s > self._budget_s)

    def checkpoint(self) -> None:
        """End the training; the trainer comes here only once it was told to stop."""
        raise Cancelled("The time for the trial is over.")

    @property
    def iteration_s(self) -> float:
        """Median time of an iteration; the first one, which is slower, does not count where there are others."""
        taken = np.diff(self._times)
        return float(np.median(taken[1:] if len(taken) > 1 else taken))


def _patch(work: Path) -> tuple[int, int]:
    plans = json.loads((work / "preprocessed" / DATASET / f"{PLANS}.json").read_bytes())
    height, width = plans["configurations"][CONFIGURATION]["patch_size"]
    return int(height), int(width)


@torch.inference_mode()
def _tile_s(network: torch.nn.Module, patch: tuple[int, int], device: torch.device) -> float:
    """Return the time in which a tile's views go through the network; the second time, as the first is slower."""
    views = torch.zeros((_VIEWS, 1, *patch), device=device)
    network.eval()
    taken_s = []
    for _ in range(2):
        start = time.perf_counter()
        with predicting_precision(device):
            outputs = network(views)
        (outputs[0] if isinstance(outputs, list | tuple) else outputs).sum().item()
        taken_s.append(time.perf_counter() - start)
    return taken_s[-1]
