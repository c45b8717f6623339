"""Looking at L and U before anything runs: sizes, polarity, looks, and the sentences that say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from labelbridge.core import (
    FloatArray,
    Image,
    InputError,
    LabeledImage,
    ModelCard,
    StyleStatistics,
    TranslatorCard,
    resample,
    scaled_shape,
)
from labelbridge.translate.intensity import (
    IntensityTranslator,
    PolarityEvidence,
    decide_polarity,
    labeled_polarity,
    measure_style,
)
from labelbridge.translate.structure import ScaleEvidence, estimate_scale, measure_labeled

__all__ = [
    "LabeledLook",
    "Survey",
    "look_at_examples",
    "look_at_labeled",
    "look_from_card",
    "look_from_translator",
    "survey",
]

_FIBRE_PER_RESPONSE = 10.0
"""Fibre diameter over response size where no labels tell: 9.9 on TEM; it cancels where L and U are compared."""


@dataclass(frozen=True)
class LabeledLook:
    """What must be known of L to compare U with it.

    Attributes
    ----------
    size_px
        Fibre diameter in px of L's files.
    style
        Look of L.
    """

    size_px: float
    style: StyleStatistics


@dataclass(frozen=True)
class Survey:
    """L and U compared.

    Attributes
    ----------
    labeled
        L's look.
    unlabeled_style
        U's look.
    scale
        Structure sizes, with evidence.
    polarity
        U's polarity, with evidence.
    """

    labeled: LabeledLook
    unlabeled_style: StyleStatistics
    scale: ScaleEvidence
    polarity: PolarityEvidence

    def fibre_px(self, image: Image) -> float:
        """Return the fibre diameter in px of an image of U."""
        return self.scale.per_image_px[image.name]

    def likely_fibre_px(self, name: str) -> float:
        """Return the fibre diameter in px of an image of U by its name: the usual one where it was not looked at."""
        return self.scale.per_image_px.get(name, self.scale.unlabeled_size_px)

    def sentences(self) -> list[str]:
        """Say what was found, a sentence each."""
        return [
            self.scale.sentence(),
            f"labelled images: {self.labeled.style.polarity}; new images: {self.polarity.sentence()}",
        ]

    def translator(self, fibre_px: float) -> IntensityTranslator:
        """Return the `intensity` translator for images whose fibres have `fibre_px`."""
        return IntensityTranslator(self.labeled.style, self.unlabeled_style, fibre_px=fibre_px)


def look_at_labeled(samples: Sequence[LabeledImage], size_px: float | None = None) -> LabeledLook:
    """Measure L.

    Parameters
    ----------
    samples
        Labelled images at the size of their files.
    size_px
        Fibre diameter in px at which the look is measured, or None for the files' own: local contrast depends on it.

    Raises
    ------
    InputError
        Where there is no axon.
    """
    own_px, fibre_per_response = measure_labeled(samples)
    wanted_px = min(own_px, size_px or own_px)
    data = [_at(sample.image.data, wanted_px / own_px) for sample in samples]
    style = measure_style(data, labeled_polarity(samples), wanted_px, fibre_per_response)
    return LabeledLook(own_px, style)


def look_at_examples(images: Sequence[Image], size_px: float | None = None) -> LabeledLook:
    """Measure L on images without labels: less certain than `look_at_labeled`, enough to translate to.

    Parameters
    ----------
    images
        Images of L at the size of their files.
    size_px
        As for `look_at_labeled`.

    Raises
    ------
    InputError
        Where there is no image.
    """
    sizes = estimate_scale(1.0, _FIBRE_PER_RESPONSE, images).per_image_px
    fibres_px = [sizes[image.name] for image in images]
    own_px = float(np.median(fibres_px))
    wanted_px = min(own_px, size_px or own_px)
    polarity = decide_polarity(_Pixels(images), fibres_px).polarity
    data = [_at(image.data, wanted_px / fibre_px) for image, fibre_px in zip(images, fibres_px, strict=True)]
    return LabeledLook(own_px, measure_style(data, polarity, wanted_px, _FIBRE_PER_RESPONSE))


def look_from_card(card: ModelCard) -> LabeledLook:
    """Return L's look as a model of ours remembers it.

    Raises
    ------
    InputError
        Where the model does not say.
    """
    if card.style is None or card.labeled_structure_size_px is None:
        raise InputError(
            f"got model '{card.name}', which does not remember how the images that it was trained on look; give a few "
            "of them (masks are not needed) with --labeled DIR."
        )
    return LabeledLook(card.labeled_structure_size_px, card.style)


def look_from_translator(card: TranslatorCard) -> LabeledLook:
    """Return L's look as a translator of ours remembers it.

    Raises
    ------
    InputError
        Where the translator does not say.
    """
    if card.labeled_style is None or card.labeled_structure_size_px is None:
        raise InputError(
            f"got translator '{card.name}', which does not remember how the images that it was trained on look; give "
            "some of the labelled modality with --labeled DIR."
        )
    return LabeledLook(card.labeled_structure_size_px, card.labeled_style)


def survey(labeled: LabeledLook, unlabeled: Sequence[Image], *, scale: float | None = None) -> Survey:
    """Compare U with L.

    Parameters
    ----------
    labeled
        L's look.
    unlabeled
        Images of U at the size of their files.
    scale
        The user's scale (U's fibre size over L's), or None to estimate it.

    Raises
    ------
    InputError
        Where there is no image of U or the scale is out of range.
    """
    if not unlabeled:
        raise InputError("got no image to bootstrap, expected at least one.")
    evidence = estimate_scale(labeled.size_px, labeled.style.fibre_per_response, unlabeled, given=scale)
    sizes = [evidence.per_image_px[image.name] for image in unlabeled]
    data = _Pixels(unlabeled)
    polarity = decide_polarity(data, sizes)
    style = measure_style(data, polarity.polarity, sizes, labeled.style.fibre_per_response)
    return Survey(labeled, style, evidence, polarity)


class _Pixels(Sequence[FloatArray]):
    """The arrays of images, one at a time: images may be read when they are asked for."""

    def __init__(self, images: Sequence[Image]) -> None:
        self._images = images

    def __len__(self) -> int:
        return len(self._images)

    @overload
    def __getitem__(self, index: int) -> FloatArray: ...
    @overload
    def __getitem__(self, index: slice) -> list[FloatArray]: ...
    def __getitem__(self, index: int | slice) -> FloatArray | list[FloatArray]:
        if isinstance(index, slice):
            return [image.data for image in self._images[index]]
        return self._images[index].data


def _at(data: FloatArray, factor: float) -> FloatArray:
    return resample(data, scaled_shape((data.shape[0], data.shape[1]), factor))
