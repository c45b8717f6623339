"""What a translation has kept of images: the meaning of bright and dark, edges, and fibres."""

from collections.abc import Sequence
from dataclasses import dataclass

from labelbridge.core import FloatArray, Polarity
from labelbridge.evaluate.translation.edges import Displacements, edge_displacements
from labelbridge.evaluate.translation.fibres import FibreChange, compare_fibres
from labelbridge.evaluate.translation.polarity import Agreement, polarity_agreement

__all__ = ["Translated", "fibre_change", "kept_structure"]


@dataclass(frozen=True, eq=False)
class Translated:
    """An image and its translation.

    Attributes
    ----------
    source, translation
        Grey images of one shape, axes (Y, X), float32, any range.
    source_polarity, translation_polarity
        Shade of the axons in each.
    fibre_px
        Fibre diameter in px.
    """

    source: FloatArray
    translation: FloatArray
    source_polarity: Polarity
    translation_polarity: Polarity
    fibre_px: float


def kept_structure(pairs: Sequence[Translated], way: str) -> dict[str, float]:
    """Measure whether translations of one way have kept the meaning of bright and dark, and the places of edges.

    Parameters
    ----------
    pairs
        Images and their translations.
    way
        Such as ``to_labeled``; ends the names of the numbers.

    Returns
    -------
    dict
        As `TranslationJudge` names and explains them.

    Raises
    ------
    InputError
        Where the shapes of a pair differ.
    """
    agreement = Agreement.total(
        polarity_agreement(one.source, one.translation, one.source_polarity, one.translation_polarity, one.fibre_px)
        for one in pairs
    )
    moved = Displacements.total([edge_displacements(one.source, one.translation, one.fibre_px) for one in pairs])
    return {
        f"polarity_agreement_{way}": agreement.fraction,
        f"edge_displacement_{way}_median_px": moved.median_px,
        f"edge_displacement_{way}_p95_px": moved.p95_px,
        f"edges_found_{way}": moved.found_again,
    }


def fibre_change(pairs: Sequence[Translated]) -> FibreChange:
    """Count the fibres that translations lost and invented; raises InputError where the shapes of a pair differ."""
    return FibreChange.total(
        compare_fibres(one.source, one.translation, one.source_polarity, one.translation_polarity, one.fibre_px)
        for one in pairs
    )
