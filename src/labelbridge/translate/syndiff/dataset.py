"""The training images: held-out subjects set apart, and crops drawn from the others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self, TypeVar

import numpy as np
import torch
from torch import Tensor

from labelbridge.core import FloatArray, InputError
from labelbridge.translate.syndiff.settings import SynDiffSettings

__all__ = ["Batch", "Crops", "Member", "TrainingImage", "crop_sentences", "split_held_out"]

_GAIN, _OFFSET, _GAMMA = 0.1, 0.05, 0.15
_LABELED, _UNLABELED = 0, 1
_EXAMPLES = 8


class Member(Protocol):
    """An image as far as a split asks."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def subject(self) -> str | None:
        """Animal or patient, or None where unknown."""
        ...


@dataclass(frozen=True, eq=False)
class TrainingImage:
    """A whole image of one modality at the training scale.

    Attributes
    ----------
    data
        (Y, X), float32, stretched to [0, 1].
    guide
        What the `intensity` mapping makes of it, centred: same shape and range; None where nothing is to guide.
    name
        For sentences.
    subject
        Animal or patient, or None where unknown.
    """

    data: FloatArray
    guide: FloatArray | None
    name: str
    subject: str | None = None


@dataclass(frozen=True)
class Batch:
    """Crops of both modalities, unpaired: (B, 1, Y, X), float32, [-1, 1].

    Attributes
    ----------
    labeled, unlabeled
        Real crops.
    labeled_guide, unlabeled_guide
        What the `intensity` mapping makes of each: a crop like U of L's, one like L of U's.
    labeled_examples, unlabeled_examples
        More real crops, 8 times as many, for the texture term; None where it has no weight.
    """

    labeled: Tensor
    labeled_guide: Tensor | None
    unlabeled: Tensor
    unlabeled_guide: Tensor | None
    labeled_examples: Tensor | None = None
    unlabeled_examples: Tensor | None = None

    def to(self, device: torch.device) -> Self:
        """Return the batch on a device."""
        present = {name: images.to(device) for name, images in vars(self).items() if images is not None}
        return replace(self, **present)


class Crops:
    """Draws batches; each is a function of the seed, the step and the process's rank alone.

    Images are drawn with the same probability whatever their size, so that a single large one does not make the
    modality.

    Parameters
    ----------
    labeled, unlabeled
        Images of L and of U.
    settings
        Crop, batch, augmentation and seed.
    rank
        Number of the process, which draws its own crops.

    Raises
    ------
    InputError
        Where there is no image of a modality.

    Attributes
    ----------
    crop_px
        Side of the crops.
    """

    def __init__(
        self,
        labeled: Sequence[TrainingImage],
        unlabeled: Sequence[TrainingImage],
        settings: SynDiffSettings,
        rank: int = 0,
    ) -> None:
        for images, of in ((labeled, "labelled"), (unlabeled, "new")):
            if not images:
                raise InputError(f"got no {of} image to train a translator on, expected at least one of each modality.")
        self._settings, self._rank = settings, rank
        self._smallest = min((*labeled, *unlabeled), key=lambda image: min(image.data.shape))
        self.crop_px = _crop_px(settings, min(self._smallest.data.shape))
        self._labeled = [_padded(image, self.crop_px) for image in labeled]
        self._unlabeled = [_padded(image, self.crop_px) for image in unlabeled]

    def sentences(self) -> list[str]:
        """Say where crops differ from what was asked for, a sentence each."""
        return crop_sentences(self._settings, self._smallest.name, min(self._smallest.data.shape))

    def batch(self, step: int) -> Batch:
        """Draw the batch of a step."""
        size = self._settings.batch
        labeled, labeled_guide = self._draw(self._labeled, step, _LABELED, range(size))
        unlabeled, unlabeled_guide = self._draw(self._unlabeled, step, _UNLABELED, range(size))
        batch = Batch(labeled, labeled_guide, unlabeled, unlabeled_guide)
        if not self._settings.texture_weight:
            return batch
        further = range(size, size + _EXAMPLES * size)
        return replace(
            batch,
            labeled_examples=self._draw(self._labeled, step, _LABELED, further)[0],
            unlabeled_examples=self._draw(self._unlabeled, step, _UNLABELED, further)[0],
        )

    def _draw(
        self, images: Sequence[TrainingImage], step: int, modality: int, items: range
    ) -> tuple[Tensor, Tensor | None]:
        drawn = [
            self._crop(images, np.random.default_rng((self._settings.seed, step, self._rank, item, modality)))
            for item in items
        ]
        guides = [guide for _, guide in drawn if guide is not None]
        return _tensor([data for data, _ in drawn]), _tensor(guides) if guides else None

    def _crop(
        self, images: Sequence[TrainingImage], random: np.random.Generator
    ) -> tuple[FloatArray, FloatArray | None]:
        image = images[int(random.integers(len(images)))]
        top, left = (int(random.integers(side - self.crop_px + 1)) for side in image.data.shape)
        window = (slice(top, top + self.crop_px), slice(left, left + self.crop_px))
        full = self._settings.augmentation == "full"
        turns, flip = (int(random.integers(4)) if full else 0), bool(random.integers(2))
        data, guide = (
            None if whole is None else _turned(whole[window], turns, flip=flip) for whole in (image.data, image.guide)
        )
        assert data is not None
        return (_jittered(data, random) if full else data), guide


def crop_sentences(settings: SynDiffSettings, smallest: str, smallest_px: int) -> list[str]:
    """Say where crops differ from what was asked for, a sentence each.

    Parameters
    ----------
    settings
        What was asked for.
    smallest, smallest_px
        Name of the smallest image, and its shorter side in px at the training scale.
    """
    wanted, crop_px = settings.crop_px, _crop_px(settings, smallest_px)
    told = []
    if crop_px != wanted:
        told.append(
            f"crops of {crop_px} px instead of {wanted}: {smallest} is {smallest_px} px wide at the training scale"
        )
    if smallest_px < crop_px:
        told.append(f"images narrower than {crop_px} px are mirrored at their borders up to that")
    return told


_Image = TypeVar("_Image", bound=Member)


def split_held_out(images: Sequence[_Image], fraction: float, seed: int) -> tuple[list[_Image], list[_Image]]:
    """Set images apart that only judge: all of some subjects, or some images where subjects are unknown.

    Parameters
    ----------
    images
        Of one modality, in any order.
    fraction
        Part of the subjects to set apart, at least one of them where there are two; 0 sets none apart.
    seed
        Decides which.

    Returns
    -------
    tuple of list
        Images to train on, and those set apart, which are none where there is one subject alone.
    """
    groups = sorted({image.subject or image.name for image in images})
    count = min(len(groups) - 1, max(1, round(fraction * len(groups)))) if fraction > 0 else 0
    chosen = set(np.random.default_rng(seed).permutation(groups)[:count]) if count > 0 else set()
    parts: tuple[list[_Image], list[_Image]] = ([], [])
    for image in images:
        parts[(image.subject or image.name) in chosen].append(image)
    return parts


def _crop_px(settings: SynDiffSettings, smallest_px: int) -> int:
    """Return the side of crops: as wanted or what the smallest image has, but at least half of what is wanted."""
    multiple = settings.architecture.multiple_px
    wanted = max(multiple, settings.crop_px // multiple * multiple)
    fitting = smallest_px // multiple * multiple
    least = -(-max(wanted // 2, settings.architecture.smallest_px) // multiple) * multiple
    return max(least, min(wanted, fitting))


def _padded(image: TrainingImage, side: int) -> TrainingImage:
    """Mirror an image at its lower and right border up to at least `side`."""
    pads = [(0, max(0, side - length)) for length in image.data.shape]
    if not any(after for _, after in pads):
        return image
    guide = None if image.guide is None else np.pad(image.guide, pads, mode="symmetric")
    return replace(image, data=np.pad(image.data, pads, mode="symmetric"), guide=guide)


def _turned(data: FloatArray, turns: int, *, flip: bool) -> FloatArray:
    data = np.rot90(data, turns)
    return data[:, ::-1] if flip else data


def _jittered(data: FloatArray, random: np.random.Generator) -> FloatArray:
    gain, offset, gamma = random.uniform(-1, 1, 3) * (_GAIN, _OFFSET, _GAMMA)
    changed = np.clip((1 + gain) * (data - 0.5) + 0.5 + offset, 0.0, 1.0) ** np.exp(gamma)
    return np.asarray(changed, np.float32)


def _tensor(crops: Sequence[FloatArray]) -> Tensor:
    return torch.from_numpy(2 * np.stack(crops)[:, None].astype(np.float32) - 1)
