"""The images that a model's temperature is fitted to: of L, with draws of the stylist that no training has seen.

No label of U is used. What the draws vary, as a later image of U may, makes the model less sure than clean images of L
would.
"""

from collections.abc import Sequence

from labelbridge.bootstrap.survey import Survey
from labelbridge.core import LabeledImage, Polarity, QuietReporter, Reporter
from labelbridge.translate.style import Stylist

__all__ = ["DRAWS", "labeled_draws", "styled_draws"]

DRAWS = 16
"""Images that a temperature is fitted to."""

_OTHER_SEED = 10**6
"""Added to the training's seed: the same would give images that it has learnt from."""


def styled_draws(
    labeled: Sequence[LabeledImage], found: Survey, fibre_px: float, seed: int, reporter: Reporter
) -> list[LabeledImage]:
    """Draw images for a tutored model: as it learns from, but other ones.

    Parameters
    ----------
    labeled
        Labelled images of L at the size of their files.
    found
        How L and U compare.
    fibre_px
        Fibre diameter in px of the images before their random scale.
    seed
        Seed of the training.
    reporter
        May ask to stop; hears nothing, as drawing is a part of calibrating.
    """
    stylist = Stylist(found.polarity.polarity, translator=found.translator(fibre_px))
    scale, quiet = fibre_px / found.labeled.size_px, QuietReporter(reporter)
    return stylist.draw_set(labeled, scale, DRAWS, seed + _OTHER_SEED, quiet)


def labeled_draws(
    labeled: Sequence[LabeledImage], polarity: Polarity, scale: float, seed: int, reporter: Reporter
) -> list[LabeledImage]:
    """Draw images for L's own model: in L's colours, with sizes, orientations and artefacts that vary.

    Parameters
    ----------
    labeled
        Labelled images of L at the size of their files.
    polarity
        Theirs.
    scale
        Factor that brings their fibres to the size at which the network sees them.
    seed
        Seed of the training.
    reporter
        May ask to stop; hears nothing, as drawing is a part of calibrating.
    """
    stylist = Stylist(polarity)
    return stylist.draw_set(labeled, scale, DRAWS, seed + _OTHER_SEED, QuietReporter(reporter), keep_colours=True)
