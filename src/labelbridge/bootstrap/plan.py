"""What a bootstrap is to do with which model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labelbridge.bootstrap.absent import AbsentClasses
from labelbridge.bootstrap.settings import BootstrapPath, TutorshipSettings
from labelbridge.core import Image, InputError, LabeledImage, check_overlap
from labelbridge.translate import read_translator_card

__all__ = ["Plan", "check_plan"]


@dataclass(frozen=True)
class Plan:
    """What to do with which model.

    Attributes
    ----------
    path
        The path.
    labeled
        Labelled images of L; may be empty where a model is given.
    examples
        Images of L without labels, which show its look where `labeled` is empty and the model does not remember it.
    segmenter
        Folder of L's model: used by direct and adaptation, initial weights for tutorship.
    tutored
        Folder of a finished tutorship's model.
    translator
        Folder of a trained translator, used by adaptation and tutorship in place of the `intensity` translator.
    scale
        U's fibre size over L's, or None to estimate it.
    tile_overlap
        Part of its side that a tile shares with the next one, 0 to 0.75, when images are segmented and, by a trained
        translator, translated; None takes what is usual for each network. Trainings have their own.
    absent
        Classes that images do not have, so that their masks have none of them.
    kept
        Folder where what must be trained is kept, for this plan alone; None takes one in the user data folder that
        plans of the same data and settings share.
    settings
        How to train what must be trained.
    minutes
        Time for a tutorship's training and masks, in minutes: it trains as long as fits (`combinations`), whatever
        length and rounds the settings have. None takes the settings as they are.
    """

    path: BootstrapPath
    labeled: Sequence[LabeledImage] = ()
    examples: Sequence[Image] = ()
    segmenter: Path | None = None
    tutored: Path | None = None
    translator: Path | None = None
    scale: float | None = None
    tile_overlap: float | None = None
    absent: AbsentClasses = field(default_factory=AbsentClasses)
    kept: Path | None = None
    settings: TutorshipSettings = field(default_factory=TutorshipSettings)
    minutes: float | None = None

    @property
    def given(self) -> Path | None:
        """Folder of the model given to predict with, if one is."""
        return self.tutored if self.path == "tutorship" else self.segmenter


def check_plan(plan: Plan) -> None:
    """Raise InputError where the plan lacks something it needs, or has what is of no use."""
    check_overlap(plan.tile_overlap)
    if plan.minutes is not None and not 0 < plan.minutes < math.inf:
        raise InputError(f"got {plan.minutes:g} minutes, expected a number above 0, such as 10.")
    if plan.translator:
        _check_translator(plan, plan.translator)
    if plan.labeled:
        return
    if plan.path == "tutorship" and plan.tutored is None:
        raise InputError("got no labelled images, expected some for tutorship: give --labeled DIR, or --tutored DIR.")
    if plan.path != "tutorship" and plan.segmenter is None:
        raise InputError(
            f"got neither labels nor a model for {plan.path}: give --labeled DIR, --segmenter DIR or both."
        )


def _check_translator(plan: Plan, folder: Path) -> None:
    if plan.path == "direct":
        raise InputError(
            "got a translator for direct, which takes images as they are: leave --translator out, or choose --path "
            "adaptation or tutorship."
        )
    if plan.tutored:
        raise InputError("got a translator beside the model of a finished tutorship, which needs none: give one alone.")
    read_translator_card(folder)
