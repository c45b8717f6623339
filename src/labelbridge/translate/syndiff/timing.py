"""How long the steps of a run take on a device: measured on networks that are thrown away."""

import math
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import cycle

import numpy as np
import torch

from labelbridge.core import Image, Reporter
from labelbridge.translate.syndiff.dataset import Crops
from labelbridge.translate.syndiff.draws import Draws
from labelbridge.translate.syndiff.memory import memory_kept
from labelbridge.translate.syndiff.networks import Networks
from labelbridge.translate.syndiff.plan import Plan
from labelbridge.translate.syndiff.predict import SynDiffTranslator
from labelbridge.translate.syndiff.settings import Architecture, SynDiffSettings
from labelbridge.translate.syndiff.step import SynDiff
from labelbridge.translate.syndiff.team import Team
from labelbridge.translate.syndiff.tiles import Tiling

__all__ = ["StepTimes", "TranslationTime", "new_syndiff", "time_steps", "time_translation", "weights_bytes"]

_FLOAT32_BYTES = 4
_COPIES = 4
"""Weights, gradients, and Adam's two moments."""

_PATIENCE = 2.0
"""Where the first step takes so many times the budget, it is the only one."""


@dataclass(frozen=True)
class TranslationTime:
    """What translations take.

    Attributes
    ----------
    tile_s
        Seconds of a tile, of as many at once as the device takes.
    tile_px, multiple_px, overlap
        How images are cut into tiles, see `SynDiffTranslator`.
    """

    tile_s: float
    tile_px: int
    multiple_px: int
    overlap: float

    def of(self, shape: tuple[int, int]) -> float:
        """Return the seconds that an image of `shape` takes at the size of the training."""
        return self.tile_s * len(Tiling.cut(shape, self.tile_px, self.multiple_px, self.overlap))


@dataclass(frozen=True)
class StepTimes:
    """Measured times, in seconds.

    Attributes
    ----------
    warm_s, plain_s, penalised_s
        Of a step of the warm start, and of one of the training without and with the gradient penalty R1.
    translation
        What translations take.
    """

    warm_s: float
    plain_s: float
    penalised_s: float
    translation: TranslationTime

    def run_s(self, plan: Plan, penalised_every: int) -> float:
        """Return how long all steps of a run take."""
        penalised = plan.steps // penalised_every
        return plan.warmup_steps * self.warm_s + (plan.steps - penalised) * self.plain_s + penalised * self.penalised_s


def time_steps(settings: SynDiffSettings, crops: Crops, team: Team, budget_s: float, reporter: Reporter) -> StepTimes:
    """Do some steps of each kind, and a translation.

    Parameters
    ----------
    settings
        How to train.
    crops
        Where the images come from.
    team
        This process alone.
    budget_s
        Seconds to spend on steps. The first one is slower and does not count where there is time for others; what is
        not measured is taken to be like what is.
    reporter
        Told of progress, and asked after each step whether to stop.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    torch.OutOfMemoryError, MemoryError
        Where the memory is not enough.
    """
    with memory_kept():
        trial = _Trial(settings, crops, team)
        first_s = trial.do("plain")
        measured = {} if first_s > _PATIENCE * budget_s else trial.measure(budget_s - first_s, reporter)
        reporter.checkpoint()
        translation = trial.translate()
    plain_s = measured.get("plain", first_s)
    return StepTimes(measured.get("warm", plain_s), plain_s, measured.get("penalised", plain_s), translation)


def time_translation(translator: SynDiffTranslator) -> TranslationTime:
    """Translate noise as an image of L, some tiles at once, twice, as the first time is slower."""
    side = translator.tile_px * math.ceil(math.sqrt(translator.tiles_at_once))
    noise, image_s = Image(np.random.default_rng(0).random((side, side), np.float32), "noise"), 0.0
    for _ in range(2):
        start = time.perf_counter()
        translator.to_unlabeled(noise, Reporter())
        image_s = time.perf_counter() - start
    of_one = TranslationTime(1.0, translator.tile_px, translator.multiple_px, translator.overlap)
    return replace(of_one, tile_s=image_s / of_one.of(noise.shape))


def new_syndiff(settings: SynDiffSettings, team: Team) -> SynDiff:
    """Return networks whose first weights depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        networks = Networks(settings.architecture).to(team.device)
    return SynDiff(networks, settings, average=team.average, autocast=team.autocast)


def weights_bytes(architecture: Architecture) -> int:
    """Return the memory that weights, their gradients, Adam's moments and the moving averages take in a training."""
    with torch.device("meta"):
        networks = Networks(architecture)
    every = sum(parameter.numel() for parameter in networks.parameters())
    averaged = sum(parameter.numel() for parameter in networks.generators.parameters())
    return _FLOAT32_BYTES * (_COPIES * every + averaged)


class _Trial:
    """Networks to be thrown away."""

    def __init__(self, settings: SynDiffSettings, crops: Crops, team: Team) -> None:
        self._settings, self._crops, self._team = settings, crops, team
        self._syndiff = new_syndiff(settings, team)
        self._done = 0

    def do(self, kind: str) -> float:
        """Do a step of a kind and return its time; the losses that it gives make it wait for the device."""
        start = time.perf_counter()
        batch = self._crops.batch(self._done).to(self._team.device)
        draws = Draws.of(batch, torch.Generator().manual_seed(self._done))
        if kind == "warm":
            self._syndiff.warm_step(batch, draws)
        else:
            self._syndiff.step(batch, draws, penalise=kind == "penalised")
        self._done += 1
        return time.perf_counter() - start

    def measure(self, budget_s: float, reporter: Reporter) -> dict[str, float]:
        """Do steps until the time is over, at least one; return the median time of each kind that was done."""
        times: dict[str, list[float]] = defaultdict(list)
        begun = time.monotonic()
        kinds = ("plain", "warm", "penalised") if self._settings.warmup_steps else ("plain", "penalised")
        for kind in cycle(kinds):
            spent_s = time.monotonic() - begun
            if times and spent_s >= budget_s:
                break
            reporter.progress(spent_s, max(spent_s, budget_s), "trying some steps")
            reporter.checkpoint()
            times[kind].append(self.do(kind))
        return {kind: float(np.median(seconds)) for kind, seconds in times.items()}

    def translate(self) -> TranslationTime:
        """Return what a translation takes."""
        translator = SynDiffTranslator(
            {"to_unlabeled": self._syndiff.averaged.unlabeled.diffusive},
            self._settings.architecture.multiple_px,
            tile_px=self._crops.crop_px,
            device=self._team.device,
        )
        return time_translation(translator)
