"""A few images and iterations of a tutorship: what its stages take, and how much memory."""

import time
from dataclasses import dataclass

import numpy as np

from labelbridge.bootstrap.segmenting import possible_factor
from labelbridge.bootstrap.selftraining.lessons import SIZES
from labelbridge.bootstrap.selftraining.rounds import LESSON_SIZE, STEPS, STYLED
from labelbridge.bootstrap.sets.comparing import ComparedSets
from labelbridge.bootstrap.survey import Survey
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.trial.forecast import NoRoom, StageTime
from labelbridge.bootstrap.trial.freememory import PeakMemory, free_bytes
from labelbridge.core import LabeledImage, Reporter, make_scratch_folder, resolve_device, scaled_shape
from labelbridge.segment.nnunet import TrainSettings
from labelbridge.segment.nnunet.predict import tile_count
from labelbridge.segment.nnunet.timing import SegmenterTimes, time_segmenter
from labelbridge.translate.style import Stylist
from labelbridge.translate.syndiff.predict import SynDiffTranslator
from labelbridge.translate.syndiff.settings import SynDiffSettings
from labelbridge.translate.syndiff.timing import TranslationTime, time_translation

__all__ = ["TutorshipTrial", "try_tutorship"]

_DRAWN, _DRAWING_S = 8, 3.0
_NEEDED_BYTES = {"tiny": 400_000_000, "cpu": 1_500_000_000, "standard": 10_000_000_000}
"""What nnU-Net's training takes on a CPU, by its preset."""

_CARD_SHARE = 0.7
"""How much of that it takes on a graphics card, where it computes with 16 bits; its own plans are for 8 GB."""

_STYLED_BYTES = 10
"""Of a pixel of the styled set, which is in memory twice while it is saved: an image and its labels."""

_PIXEL_S = 1e-6
"""Of deciding a pixel's class and writing it."""


@dataclass(frozen=True)
class TutorshipTrial:
    """What a trial of a tutorship, its translator aside, has measured.

    Attributes
    ----------
    stages
        Expected times.
    memory_bytes
        Expected peak of the memory.
    """

    stages: tuple[StageTime, ...]
    memory_bytes: int


def try_tutorship(
    task: TutorshipTask,
    sets: ComparedSets,
    found: Survey,
    translation: TranslationTime | None,
    budget_s: float,
    reporter: Reporter,
) -> TutorshipTrial:
    """Draw some styled images, and train on them for some iterations.

    Parameters
    ----------
    task
        The tutorship.
    sets, found
        Its images, and how they compare.
    translation
        What translations take where a translator is trained first; else None.
    budget_s
        Seconds to spend on iterations.
    reporter
        Receives progress and may ask to stop.

    Raises
    ------
    NoRoom
        Where the memory is not enough; little of it was taken.
    InputError
        Where a translator's folder does not do.
    Cancelled
        Where the reporter asked to stop.
    """
    settings, device = task.settings, resolve_device(task.device)
    needed = round(_NEEDED_BYTES[task.preset] * (_CARD_SHARE if device.type == "cuda" else 1))
    if needed > free_bytes(device):
        raise NoRoom(needed)
    reporter.progress(0, 1, "drawing some styled images")
    styled, drawing_s = _drawn(task, sets, found, reporter)
    mean_px = float(np.mean([sample.image.data.size for sample in styled]))
    training = TrainSettings.from_preset(task.preset, seed=task.seed, folds=("all",))
    memory = PeakMemory(device)
    work = make_scratch_folder(memory)  # which goes with it
    with memory:
        times = time_segmenter(styled, training, work, device, budget_s, reporter)
    count = settings.styled_images
    held = round(_STYLED_BYTES * mean_px * count) if device.type != "cuda" else 0
    masks_s = _masks_s(task, sets, found, times)
    stages = (
        StageTime("drawing the styled set", count * drawing_s + _translating_s(task, sets, found, translation)),
        StageTime("training nnU-Net", times.begin_s + count * times.image_s + training.iterations * times.iteration_s),
        *_rounds(task, masks_s, times, training),
        StageTime("making the masks", masks_s * (LESSON_SIZE**2 if settings.rounds else 1)),
    )
    return TutorshipTrial(stages, memory.peak_bytes + held)


def _drawn(
    task: TutorshipTask, sets: ComparedSets, found: Survey, reporter: Reporter
) -> tuple[list[LabeledImage], float]:
    """Return some styled images, and the seconds that each took."""
    fibre_px, samples = task.settings.fibre_px, sets.labeled.samples
    stylist = Stylist(found.polarity.polarity, translator=found.translator(fibre_px))
    scale = fibre_px / found.labeled.size_px
    begun, styled = time.monotonic(), []
    for number in range(_DRAWN):
        reporter.checkpoint()
        styled += stylist.draw_set([samples[number % len(samples)]], scale, 1, task.seed + number, Reporter())
        if time.monotonic() - begun > _DRAWING_S:
            break
    return styled, (time.monotonic() - begun) / len(styled)


def _translating_s(
    task: TutorshipTask, sets: ComparedSets, found: Survey, translation: TranslationTime | None
) -> float:
    """Return how long a translator takes for its share of the styled images."""
    size_px, own_px = found.labeled.size_px, None
    if task.translator:
        translator = SynDiffTranslator.load(task.translator, task.device)
        translation, own_px = time_translation(translator), translator.structure_size_px
    elif task.translator_preset:
        own_px = SynDiffSettings.from_preset(task.translator_preset).fibre_px
    if translation is None:
        return 0.0
    factor = (own_px or size_px) / size_px
    each_s = [translation.of(scaled_shape(sample.image.shape, factor)) for sample in sets.labeled.samples]
    return task.settings.translated_images * float(np.mean(each_s))


def _rounds(task: TutorshipTask, masks_s: float, times: SegmenterTimes, training: TrainSettings) -> list[StageTime]:
    """Return how long self-training takes; nothing where there is none."""
    if not task.rounds:
        return []
    looking_s = masks_s * sum(size**2 for size in SIZES)
    learning_s = times.begin_s + 2 * STYLED * times.image_s + STEPS[training.preset] * times.iteration_s
    return [StageTime("self-training", task.rounds * (looking_s + learning_s))]


def _masks_s(task: TutorshipTask, sets: ComparedSets, found: Survey, times: SegmenterTimes) -> float:
    """Return how long the masks of all images of U take."""
    seconds = 0.0
    for member in sets.unlabeled.members:
        factor = possible_factor(task.settings.fibre_px / found.likely_fibre_px(member.name), member.shape)
        tiles = tile_count(scaled_shape(member.shape, factor), times.patch, task.tile_overlap)
        seconds += tiles * times.tile_s + _PIXEL_S * (1 + factor**2) * member.shape[0] * member.shape[1]
    return seconds
