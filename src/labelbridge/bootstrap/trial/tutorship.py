"""A few images and iterations of a tutorship: what its stages take, and how much memory."""

from dataclasses import dataclass

from labelbridge.bootstrap.sets.comparing import ComparedSets
from labelbridge.bootstrap.survey import Survey
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.trial.forecast import NoRoom, StageTime
from labelbridge.bootstrap.trial.freememory import PeakMemory, free_bytes
from labelbridge.bootstrap.trial.times import time_tutorship, translating_s, translator_s
from labelbridge.core import Reporter, resolve_device
from labelbridge.translate.syndiff.settings import SynDiffSettings
from labelbridge.translate.syndiff.timing import TranslationTime

__all__ = ["TutorshipTrial", "try_tutorship"]

_NEEDED_BYTES = {"tiny": 400_000_000, "cpu": 1_500_000_000, "standard": 10_000_000_000}
"""What nnU-Net's training takes on a CPU, by its preset."""

_CARD_SHARE = 0.7
"""How much of that it takes on a graphics card, where it computes with 16 bits; its own plans are for 8 GB."""

_STYLED_BYTES = 10
"""Of a pixel of the styled set, which is in memory twice while it is saved: an image and its labels."""


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
    memory = PeakMemory(device)
    with memory:
        times, mean_px = time_tutorship(
            sets.labeled.samples,
            _shapes(sets),
            found,
            settings,
            device,
            reporter,
            budget_s=budget_s,
            translating_s=_translating_s(task, sets, found, translation),
            tile_overlap=task.tile_overlap,
        )
    held = round(_STYLED_BYTES * mean_px * settings.styled_images) if device.type != "cuda" else 0
    return TutorshipTrial(times.stages(settings), memory.peak_bytes + held)


def _shapes(sets: ComparedSets) -> dict[str, list[tuple[int, int]]]:
    """Return height and width of each plane of the images of U, by the image's name."""
    shapes: dict[str, list[tuple[int, int]]] = {}
    for member in sets.unlabeled.members:
        shapes.setdefault(member.name, []).append(member.shape)
    return shapes


def _translating_s(
    task: TutorshipTask, sets: ComparedSets, found: Survey, translation: TranslationTime | None
) -> float:
    """Return how long a translator takes for its share of the styled images."""
    size_px, samples = found.labeled.size_px, sets.labeled.samples
    if task.translator:
        return translator_s(task.translator, samples, size_px, task.settings)
    if translation is None:
        return 0.0
    own_px = SynDiffSettings.from_preset(task.translator_preset).fibre_px if task.translator_preset else size_px
    return translating_s(samples, translation, own_px / size_px, task.settings)
