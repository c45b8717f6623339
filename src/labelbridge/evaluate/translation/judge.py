"""How good a translator is, in numbers that need no label of U."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from labelbridge.core import FloatArray, InputError, LabelBridgeError, LabelMap, Polarity
from labelbridge.evaluate.translation.fibres import lost_labeled
from labelbridge.evaluate.translation.keeping import Translated, fibre_change, kept_structure
from labelbridge.evaluate.translation.patches import halves_distance, patch_distance
from labelbridge.evaluate.translation.shapes import require_same_shape
from labelbridge.evaluate.translation.similarity import Similarity, compare_images

__all__ = ["Direction", "HeldOut", "Translate", "TranslationJudge"]

Direction: TypeAlias = Literal["to_labeled", "to_unlabeled"]

Translate: TypeAlias = Callable[[FloatArray, Direction], FloatArray]
"""Translates a grey image (Y, X), float32, in [0, 1], to one of the same shape and range."""


@dataclass(frozen=True, eq=False)
class HeldOut:
    """An image that the translator was not trained on, at the training scale.

    Attributes
    ----------
    data
        Grey image, axes (Y, X), float32, in [0, 1].
    labels
        Its classes where they are known, same shape; used for images of L only.
    """

    data: FloatArray
    labels: LabelMap | None = None


@dataclass(frozen=True)
class _Side:
    """The held-out images of one modality."""

    name: Literal["labeled", "unlabeled"]
    images: Sequence[HeldOut]
    polarity: Polarity
    towards: Direction

    @property
    def data(self) -> list[FloatArray]:
        return [image.data for image in self.images]


class TranslationJudge:
    """Measures translators on held-out images, all by the same images and the same rules.

    Parameters
    ----------
    labeled, unlabeled
        Held-out images of L and of U, at least one of each. No label of U is used.
    labeled_polarity, unlabeled_polarity
        Shade of the axons in L and in U.
    fibre_px
        Fibre diameter in px, the same in all images.

    Raises
    ------
    InputError
        Where there is no image of one of the modalities.
    """

    def __init__(
        self,
        labeled: Sequence[HeldOut],
        unlabeled: Sequence[HeldOut],
        labeled_polarity: Polarity,
        unlabeled_polarity: Polarity,
        fibre_px: float,
    ) -> None:
        if not labeled or not unlabeled:
            raise InputError(
                f"got {len(labeled)} images of L and {len(unlabeled)} of U to judge a translator on, expected at least "
                "one of each; hold some back from the training."
            )
        self._labeled = _Side("labeled", labeled, labeled_polarity, "to_labeled")
        self._unlabeled = _Side("unlabeled", unlabeled, unlabeled_polarity, "to_unlabeled")
        self._fibre_px = fibre_px

    def __call__(self, translate: Translate) -> dict[str, float]:
        """Translate all images to the other modality and back, and measure.

        Parameters
        ----------
        translate
            The translator.

        Returns
        -------
        dict
            For ``labeled`` and ``unlabeled`` (below: M):

            - ``cycle_M_ssim``, ``cycle_M_psnr_db``, ``cycle_M_l1``: images of M against what comes back of them;
            - ``patch_distance_M``: images translated to M against real ones;
            - ``polarity_agreement_to_M``: part of the windows in which bright and dark kept their meaning;
            - ``edge_displacement_to_M_median_px``, ``edge_displacement_to_M_p95_px``, ``edges_found_to_M``: how far
              edges moved, and the part of the windows whose edges were found again at all;
            - ``fibres_lost_to_M``, ``fibres_invented_to_M`` and ``fibres_lost_cycle_M``, ``fibres_invented_cycle_M``:
              parts of the fibres;
            - ``fibres_M``: how many were found in the real images; of few fibres the parts say little.

            With labels also ``labeled_fibres_lost_to_unlabeled`` and ``labeled_fibres_lost_cycle_labeled``.

        Raises
        ------
        InputError
            Where a translation has another shape than its source.
        LabelBridgeError
            Where a translation is not finite.
        """
        return self._passage(translate, self._labeled, self._unlabeled) | self._passage(
            translate, self._unlabeled, self._labeled
        )

    def halves(self) -> dict[str, float]:
        """Return the patch distances from one half of the real images to the other, by the names of a judgement."""
        return {f"patch_distance_{side.name}": halves_distance(side.data) for side in (self._labeled, self._unlabeled)}

    def distance(self, images: Sequence[FloatArray], direction: Direction) -> float:
        """Return the patch distance of any images to the real ones that translations are compared with.

        Parameters
        ----------
        images
            Grey images (Y, X), float32, in [0, 1], at the training scale.
        direction
            Of the translations that they stand for.
        """
        target = self._unlabeled if direction == "to_unlabeled" else self._labeled
        return patch_distance(images, target.data)

    def _passage(self, translate: Translate, source: _Side, target: _Side) -> dict[str, float]:
        """Measure the way from one modality to the other, and back."""
        there = [_translated(translate, data, target.towards) for data in source.data]
        back = [_translated(translate, data, source.towards) for data in there]
        return {
            **_similarity(source, back),
            f"patch_distance_{target.name}": patch_distance(there, target.data),
            **kept_structure(self._pairs(source, there, target.polarity), target.towards),
            **self._fibres(source, there, target.polarity, target.towards),
            **self._fibres(source, back, source.polarity, f"cycle_{source.name}"),
        }

    def _pairs(self, source: _Side, translated: Sequence[FloatArray], polarity: Polarity) -> list[Translated]:
        return [
            Translated(data, other, source.polarity, polarity, self._fibre_px)
            for data, other in zip(source.data, translated, strict=True)
        ]

    def _fibres(
        self, source: _Side, translated: Sequence[FloatArray], polarity: Polarity, way: str
    ) -> dict[str, float]:
        change = fibre_change(self._pairs(source, translated, polarity))
        measured = {
            f"fibres_{source.name}": float(change.source),
            f"fibres_lost_{way}": change.lost_fraction,
            f"fibres_invented_{way}": change.invented_fraction,
        }
        pairs = zip(source.images, translated, strict=True)
        labeled = [(image.labels, image.data, other) for image, other in pairs if image.labels is not None]
        if source is self._labeled and labeled:
            counts = [lost_labeled(*one, source.polarity, polarity, self._fibre_px) for one in labeled]
            lost, clear = (sum(column) for column in zip(*counts, strict=True))
            measured[f"labeled_fibres_lost_{way}"] = lost / max(1, clear)
        return measured


def _similarity(source: _Side, back: Sequence[FloatArray]) -> dict[str, float]:
    pairs = zip(source.data, back, strict=True)
    mean = Similarity.mean([compare_images(data, returned) for data, returned in pairs])
    cycle = f"cycle_{source.name}"
    return {f"{cycle}_ssim": mean.ssim, f"{cycle}_psnr_db": mean.psnr_db, f"{cycle}_l1": mean.l1}


def _translated(translate: Translate, data: FloatArray, direction: Direction) -> FloatArray:
    translated = translate(data, direction)
    require_same_shape(data.shape, translated.shape)
    if not np.isfinite(translated).all():
        raise LabelBridgeError(
            f"the translation {direction.replace('_', ' ')} has values that are NaN or infinite, expected finite ones; "
            "go back to an earlier state of the training."
        )
    return np.asarray(np.clip(translated, 0.0, 1.0), np.float32)
