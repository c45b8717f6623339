"""What a model learnt before, so that it does not forget that while it learns from corrected masks."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labelbridge.bootstrap.survey import look_at_labeled, survey
from labelbridge.bootstrap.tutoring import STYLED_SET, load_styled
from labelbridge.core import Image, LabeledImage, ModelCard, Reporter
from labelbridge.io import read_labeled_set
from labelbridge.translate.style import Stylist

__all__ = ["earlier_samples"]


def earlier_samples(
    model: Path,
    card: ModelCard,
    labeled: Path | None,
    unlabeled: Sequence[Image],
    most: int,
    seed: int,
    reporter: Reporter,
) -> list[LabeledImage]:
    """Return images with labels as the model was trained on, at the network's scale; none where none are at hand.

    Parameters
    ----------
    model
        The model's folder. Where it is the result of a tutorship that ran as a job, the styled set lies beside it.
    card
        Its card.
    labeled
        Labelled set of L, or None. For a tutored model its images are made to look like U, for others they are taken
        as they are.
    unlabeled
        Images of U.
    most
        How many at most.
    seed
        Of the stylist.
    reporter
        Receives progress and may ask to stop.
    """
    size_px, classes = card.structure_size_px, card.classes
    assert size_px is not None  # retraining takes no other models
    if (styled := _styled_beside(model)) is not None:
        samples = load_styled(styled)
    elif labeled is None:
        return []
    else:
        own = read_labeled_set(labeled, classes=classes[1:])
        look = look_at_labeled(own, size_px)
        factor = size_px / look.size_px
        if card.kind == "tutored-segmenter":
            found = survey(look, unlabeled)
            stylist = Stylist(found.polarity.polarity, translator=found.translator(size_px))
            return stylist.draw_set(own, factor, most, seed, reporter)
        samples = [sample.resampled(factor) for sample in own]
    chosen = np.unique(np.linspace(0, len(samples) - 1, min(most, len(samples))).round().astype(int))
    return [samples[index] for index in chosen if samples[index].labels.classes.names == classes]


def _styled_beside(model: Path) -> Path | None:
    """Return the styled set of the job that a model is the result of, or a part of the result of."""
    for place in (model.parent, model.parent.parent):
        if found := sorted((place / "checkpoints").rglob(STYLED_SET)):
            return found[0]
    return None
