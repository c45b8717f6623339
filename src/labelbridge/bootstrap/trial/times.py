"""What the parts of a tutorship take on this computer: measured on a few images and iterations."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from labelbridge.bootstrap.calibrating import DRAWS
from labelbridge.bootstrap.closerlook import CLOSER
from labelbridge.bootstrap.segmenting import can_look_closer, possible_factor
from labelbridge.bootstrap.selftraining.lessons import MOST_PX2
from labelbridge.bootstrap.selftraining.rounds import STEPS, STYLED
from labelbridge.bootstrap.settings import TutorshipSettings
from labelbridge.bootstrap.survey import Survey
from labelbridge.bootstrap.trial.forecast import StageTime
from labelbridge.bootstrap.tutoring import training_of
from labelbridge.core import LabeledImage, Reporter, make_scratch_folder, scaled_shape
from labelbridge.segment.nnunet.predict import tile_count
from labelbridge.segment.nnunet.timing import SegmenterTimes, time_segmenter
from labelbridge.translate.style import Stylist
from labelbridge.translate.syndiff.predict import SynDiffTranslator
from labelbridge.translate.syndiff.timing import TranslationTime, time_translation

__all__ = ["TutorshipTimes", "time_tutorship", "translating_s", "translator_s"]

_DRAWN, _DRAWING_S = 8, 3.0
_GUARD_LOOKS = 2
"""How often a round looks at as many images as a temperature takes: whether it has drifted, and how sure it is."""

_PIXEL_S = 1e-6
"""Of deciding a pixel's class and writing it."""


@dataclass(frozen=True)
class TutorshipTimes:
    """Measured times, in seconds.

    Attributes
    ----------
    drawing_s
        Of drawing a styled image.
    translating_s
        Of translating all that a translator is to colour; 0 where there is none.
    network
        Of the network.
    draws_s
        Of drawing the images that a model's temperature is fitted to, and segmenting them.
    masks_s
        Of the masks of all images of U.
    lessons_s
        Of the masks that a round of self-training learns from.
    """

    drawing_s: float
    translating_s: float
    network: SegmenterTimes
    draws_s: float
    masks_s: float
    lessons_s: float

    def stages(self, settings: TutorshipSettings) -> tuple[StageTime, ...]:
        """Return what the stages of a tutorship with these settings take."""
        network, count = self.network, settings.styled_images
        iterations = training_of(settings).iterations
        training_s = network.begin_s + count * network.image_s + iterations * network.iteration_s + self.draws_s
        return (
            StageTime("drawing the styled set", count * self.drawing_s + self.translating_s),
            StageTime("training nnU-Net", training_s),
            *([StageTime("self-training", settings.rounds * self._round_s(settings))] if settings.rounds else ()),
            StageTime("making the masks", self.masks_s),
        )

    def _round_s(self, settings: TutorshipSettings) -> float:
        network, styled = self.network, min(STYLED, settings.styled_images)
        learning_s = 2 * styled * network.image_s + STEPS[settings.preset] * network.iteration_s
        looking_s = self.lessons_s + _GUARD_LOOKS * (self.draws_s - DRAWS * self.drawing_s)
        drawn_once_s = (styled + DRAWS) * self.drawing_s
        return looking_s + network.begin_s + learning_s + drawn_once_s / settings.rounds


def time_tutorship(
    samples: Sequence[LabeledImage],
    shapes: Mapping[str, Sequence[tuple[int, int]]],
    found: Survey,
    settings: TutorshipSettings,
    device: torch.device,
    reporter: Reporter,
    *,
    budget_s: float,
    translating_s: float = 0.0,
    tile_overlap: float | None = None,
) -> tuple[TutorshipTimes, float]:
    """Draw some styled images, train on them for some iterations, and segment a tile.

    Parameters
    ----------
    samples
        Labelled images of L at the size of their files.
    shapes
        Height and width of each plane of the images of U, by the image's name.
    found
        How L and U compare.
    settings
        Of the tutorship.
    device
        Where to compute.
    reporter
        Receives progress and may ask to stop.
    budget_s
        Seconds to spend on iterations.
    translating_s
        As in `TutorshipTimes`.
    tile_overlap
        Of tiles that are segmented, see `Plan`.

    Returns
    -------
    tuple of TutorshipTimes and float
        The times, and the mean number of pixels of a styled image.

    Raises
    ------
    Cancelled
        Where the reporter asked to stop.
    torch.OutOfMemoryError, MemoryError
        Where the memory is not enough.
    """
    reporter.progress(0, 1, "drawing some styled images")
    styled, drawing_s = _drawn(samples, found, settings, reporter)
    owner = _Owner()
    network = time_segmenter(styled, training_of(settings), make_scratch_folder(owner), device, budget_s, reporter)
    tiles = float(np.mean([tile_count(one.image.shape, network.patch) for one in styled]))
    draws_s = DRAWS * (drawing_s + tiles * network.tile_s)
    masks_s, seen_px2 = _masks_s(shapes, found, settings.seen_px, network, tile_overlap)
    lessons_s = masks_s * min(1.0, MOST_PX2 / seen_px2)
    mean_px = float(np.mean([sample.image.data.size for sample in styled]))
    return TutorshipTimes(drawing_s, translating_s, network, draws_s, masks_s, lessons_s), mean_px


def translating_s(
    samples: Sequence[LabeledImage], translation: TranslationTime, factor: float, settings: TutorshipSettings
) -> float:
    """Return how long a translator takes for its share of the styled images.

    Parameters
    ----------
    samples
        Labelled images of L at the size of their files.
    translation
        What the translator takes.
    factor
        How much larger it wants them, a side.
    settings
        Of the tutorship.
    """
    each_s = [translation.of(scaled_shape(sample.image.shape, factor)) for sample in samples]
    return settings.translated_images * float(np.mean(each_s))


def translator_s(folder: Path, samples: Sequence[LabeledImage], size_px: float, settings: TutorshipSettings) -> float:
    """Load a trained translator, and return how long it takes for its share of the styled images.

    Parameters
    ----------
    folder
        Of the translator.
    samples
        Labelled images of L at the size of their files.
    size_px
        Fibre diameter in px of the samples.
    settings
        Of the tutorship.

    Raises
    ------
    InputError
        Where the translator's folder does not do.
    """
    translator = SynDiffTranslator.load(folder, settings.device)
    factor = (translator.structure_size_px or size_px) / size_px
    return translating_s(samples, time_translation(translator), factor, settings)


class _Owner:
    """The scratch folder of a measurement goes when this does."""


def _drawn(
    samples: Sequence[LabeledImage], found: Survey, settings: TutorshipSettings, reporter: Reporter
) -> tuple[list[LabeledImage], float]:
    """Return some styled images, and the seconds that each took."""
    stylist = Stylist(found.polarity.polarity, translator=found.translator(settings.fibre_px))
    scale = settings.fibre_px / found.labeled.size_px
    begun, styled = time.monotonic(), []
    for number in range(_DRAWN):
        reporter.checkpoint()
        styled += stylist.draw_set([samples[number % len(samples)]], scale, 1, settings.seed + number, Reporter())
        if time.monotonic() - begun > _DRAWING_S:
            break
    return styled, (time.monotonic() - begun) / len(styled)


def _masks_s(
    shapes: Mapping[str, Sequence[tuple[int, int]]],
    found: Survey,
    seen_px: float,
    network: SegmenterTimes,
    tile_overlap: float | None,
) -> tuple[float, float]:
    """Return how long the masks of all images of U take, and the px² of these at the size of the first look."""
    seconds = seen_px2 = 0.0
    for name, planes in shapes.items():
        for shape in planes:
            wanted = seen_px / found.likely_fibre_px(name)
            looks = [(wanted, network.tile_s)]
            seen_px2 += possible_factor(wanted, shape) ** 2 * shape[0] * shape[1]
            if can_look_closer(wanted, shape):
                looks.append((CLOSER * wanted, network.view_s))
            for one, tile_s in looks:
                factor = possible_factor(one, shape)
                tiles = tile_count(scaled_shape(shape, factor), network.patch, tile_overlap)
                seconds += tiles * tile_s + _PIXEL_S * (1 + factor**2) * shape[0] * shape[1]
    return seconds, seen_px2
