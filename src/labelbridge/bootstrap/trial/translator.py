"""A few steps of a translator's training: what a step, a translation and a judgement take, and how much memory."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from labelbridge.bootstrap.sets.comparing import ComparedSets
from labelbridge.bootstrap.sets.looking import FoundImage
from labelbridge.bootstrap.survey import Survey
from labelbridge.bootstrap.translators.images import ImageSets, TranslatorImages, scale_images, split
from labelbridge.bootstrap.translators.judging import HeldOutJudge
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.bootstrap.trial.forecast import NoRoom, StageTime
from labelbridge.bootstrap.trial.freememory import PeakMemory, free_bytes, taken_bytes
from labelbridge.core import Image, Reporter, resolve_device
from labelbridge.translate.syndiff.dataset import Crops
from labelbridge.translate.syndiff.plan import Plan
from labelbridge.translate.syndiff.savedtensors import SavedTensors
from labelbridge.translate.syndiff.settings import SynDiffSettings
from labelbridge.translate.syndiff.team import Team, work_together
from labelbridge.translate.syndiff.timing import StepTimes, TranslationTime, time_steps, weights_bytes

__all__ = ["TranslatorTrial", "try_translator"]

_PIXEL_BYTES = 12
"""Of an image at the training's scale: it, its guide, and about as much for what it was made from."""

_WORKSPACE = 1.2
"""By how much more memory a step takes than what it keeps for its way back."""

_SMALLER = 8
_SMALL_S = 1.0
_REST_OF_JUDGING = 2
"""Judgements besides those of the training: after the warm start, and of the `intensity` translator."""

_PATIENCE = 3.0
"""Where a step is expected to take so many times what the trial may take, smaller ones are tried instead."""


@dataclass(frozen=True)
class TranslatorTrial:
    """What a trial of a translator's training has measured.

    Attributes
    ----------
    stages
        Expected times of the training.
    memory_bytes
        Expected peak of its memory.
    translation
        What translations take.
    is_rough
        Whether the time of a step was estimated from that of smaller ones.
    """

    stages: tuple[StageTime, ...]
    memory_bytes: int
    translation: TranslationTime
    is_rough: bool


def try_translator(
    task: TranslatorTask, sets: ComparedSets, found: Survey, budget_s: float, reporter: Reporter
) -> TranslatorTrial:
    """Do some steps of a translator's training, and tell what the whole takes.

    Parameters
    ----------
    task
        The training.
    sets, found
        Its images, and how they compare.
    budget_s
        Seconds to spend on steps.
    reporter
        Receives progress and may ask to stop.

    Raises
    ------
    NoRoom
        Where the memory is not enough; little of it was taken.
    Cancelled
        Where the reporter asked to stop.
    """
    settings, device = task.training(), resolve_device(task.device)
    pixels = _pixels(sets, found, settings.fibre_px)
    weights, held = weights_bytes(settings.architecture), round(_PIXEL_BYTES * pixels) if device.type != "cuda" else 0
    if weights + held > free_bytes(device):
        raise NoRoom(weights + held)
    begun = time.monotonic()
    few = scale_images(_few(task, sets, found), settings.fibre_px, Reporter())
    scaled = sum(image.data.size for image in (*few.labeled, *few.unlabeled))
    scaling_s = (time.monotonic() - begun) * pixels / scaled
    steps = _Steps(few, settings, device, budget_s, reporter).measure()
    plan = Plan.of(settings, steps.times.plain_s, task.minutes)
    judging_s = (plan.judgements + _REST_OF_JUDGING) * _judgement_s(few, settings, steps.times.translation)
    training_s = steps.times.run_s(plan, settings.r1_every) + judging_s
    return TranslatorTrial(
        (StageTime("preparing the images", scaling_s), StageTime("training the translator", training_s)),
        steps.memory_bytes + held,
        steps.times.translation,
        steps.is_rough,
    )


@dataclass(frozen=True)
class _Measured:
    """Times and memory of steps, and whether the time was estimated from smaller ones."""

    times: StepTimes
    memory_bytes: int
    is_rough: bool


@dataclass(frozen=True, eq=False)
class _Steps:
    """Steps on a few images: on small crops first, which tell whether there is memory for whole ones."""

    images: TranslatorImages
    settings: SynDiffSettings
    device: torch.device
    budget_s: float
    reporter: Reporter

    def measure(self) -> _Measured:
        """Return what a step takes.

        Raises
        ------
        NoRoom
            Where the memory is not enough.
        Cancelled
            Where the reporter asked to stop.
        """
        crop_px = Crops(self.images.labeled, self.images.unlabeled, self.settings).crop_px
        area = crop_px**2 * self.settings.batch
        sides = self._small_sides(crop_px)
        if area <= 2 * sides[1] ** 2:
            return self._timed(self.settings, self.budget_s)
        smaller, need_bytes = self._small_with_need(sides[0], area)
        larger = self._small(sides[1])
        plain_s = _at_area(smaller.times.plain_s, larger.times.plain_s, (sides[0] ** 2, sides[1] ** 2, area))
        if plain_s <= _PATIENCE * self.budget_s:
            return self._timed(self.settings, self.budget_s)
        return _Measured(_longer(larger.times, plain_s), need_bytes, is_rough=True)

    def _small_with_need(self, side: int, area: int) -> tuple[_Measured, int]:
        """Do a step on small crops; return what it takes, and what memory one on crops of so many pixels needs.

        Raises
        ------
        NoRoom
            Where that is more than there is.
        """
        there, before = free_bytes(self.device), taken_bytes(self.device)
        with SavedTensors() as saved:
            measured = self._small(side)
        grown = weights_bytes(self.settings.architecture) + _WORKSPACE * saved.peak_bytes * area / side**2
        need_bytes = round(before + grown)
        if grown > there:
            raise NoRoom(need_bytes)
        return measured, need_bytes

    def _small_sides(self, crop_px: int) -> tuple[int, int]:
        """Return the sides of the smallest crops that are tried: an eighth of the whole ones, and twice that."""
        architecture = self.settings.architecture
        least, multiple = max(architecture.smallest_px, crop_px // _SMALLER), architecture.multiple_px
        side = -(-least // multiple) * multiple
        return side, 2 * side

    def _small(self, side: int) -> _Measured:
        return self._timed(self.settings.model_copy(update={"crop_px": side, "batch": 1}), _SMALL_S)

    def _timed(self, settings: SynDiffSettings, budget_s: float) -> _Measured:
        """Do some steps, at least one, and a translation."""
        crops = Crops(self.images.labeled, self.images.unlabeled, settings)
        times: list[StepTimes] = []

        def work(team: Team, reporter: Reporter) -> None:
            times.append(time_steps(settings, crops, team, budget_s, reporter))

        with PeakMemory(self.device) as memory:
            work_together(work, self.device, 1, self.reporter)
        return _Measured(times[0], memory.peak_bytes, is_rough=False)


def _at_area(smaller: float, larger: float, areas: tuple[int, int, int]) -> float:
    """Return what crops of the third area take, from what those of the first two do: it grows with the pixels."""
    slope = max(0.0, larger - smaller) / (areas[1] - areas[0])
    return larger + slope * (areas[2] - areas[1])


def _longer(times: StepTimes, plain_s: float) -> StepTimes:
    """Return the times of steps of which the plain one takes so long; a tile is as large as it was tried."""
    longer = plain_s / times.plain_s
    return replace(times, warm_s=longer * times.warm_s, plain_s=plain_s, penalised_s=longer * times.penalised_s)


def _pixels(sets: ComparedSets, found: Survey, fibre_px: float) -> float:
    """Return how many pixels all images have at the training's structure size."""
    labeled = sum(_area(member) for member in sets.labeled.members) * (fibre_px / found.labeled.size_px) ** 2
    factors = ((member, fibre_px / found.likely_fibre_px(member.name)) for member in sets.unlabeled.members)
    return labeled + sum(_area(member) * factor**2 for member, factor in factors)


def _few(task: TranslatorTask, sets: ComparedSets, found: Survey) -> ImageSets:
    """Return the smallest image of each modality: it decides how large crops are."""
    samples = [min(sets.labeled.samples, key=lambda sample: min(sample.image.shape))] if sets.labeled.samples else []
    examples = [] if samples else [_smallest(sets.labeled.images, lambda image: found.labeled.size_px)]
    unlabeled = [_smallest(sets.unlabeled.images, found.fibre_px)]
    return ImageSets(task.folders, samples, examples, unlabeled, found)


def _smallest(images: Sequence[Image], fibre_px: Callable[[Image], float]) -> Image:
    return min(images, key=lambda image: min(image.shape) / fibre_px(image))


def _area(member: FoundImage) -> int:
    return member.shape[0] * member.shape[1]


class _Adding:
    """Translates nothing, and adds up what the translations would take."""

    def __init__(self, translation: TranslationTime) -> None:
        self._translation = translation
        self.seconds = 0.0

    def to_labeled(self, image: Image, reporter: Reporter) -> Image:
        """Add."""
        self.seconds += self._translation.of(image.shape)
        return image

    def to_unlabeled(self, image: Image, reporter: Reporter) -> Image:
        """Add."""
        return self.to_labeled(image, reporter)


def _judgement_s(images: TranslatorImages, settings: SynDiffSettings, translation: TranslationTime) -> float:
    """Return how long a judgement takes: its own work, and the translations that it asks for."""
    begun, adding = time.monotonic(), _Adding(translation)
    HeldOutJudge(images, split(images, settings.held_out, settings.seed))(adding, Reporter())
    return time.monotonic() - begun + adding.seconds
