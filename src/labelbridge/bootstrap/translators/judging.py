"""How good a translator is on images that it was not trained on, in numbers and in pictures."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from labelbridge.bootstrap.translators.images import ScaledImage, Split, TranslatorImages
from labelbridge.core import FloatArray, Image, LabelMap, QuietReporter, Reporter, Translator, evenly
from labelbridge.evaluate.translation import Direction, HeldOut, Translate, TranslationJudge, score
from labelbridge.translate.intensity import centred

__all__ = ["HeldOutJudge"]

_CROPS = 6
_LARGEST_CROP_PX = 256
_CROP_FIBRES = 5.0
_ROWS = 3
_SETS = 8
_GAP_PX = 4


class HeldOutJudge:
    """Judges translators on crops of the held-out images, and shows what they make of some.

    Parameters
    ----------
    images
        Both modalities.
    held_out
        Which of their images judge.
    """

    def __init__(self, images: TranslatorImages, held_out: Split) -> None:
        side = int(min(_LARGEST_CROP_PX, _CROP_FIBRES * images.fibre_px))
        labeled = list(_crops(held_out.labeled_held_out, side))
        unlabeled = list(_crops(held_out.unlabeled_held_out, side))
        self._ways: dict[Direction, tuple[list[HeldOut], Direction]] = {
            "to_unlabeled": (labeled, "to_labeled"),
            "to_labeled": (unlabeled, "to_unlabeled"),
        }
        self._trained: dict[Direction, list[ScaledImage]] = {
            "to_labeled": [image for image in held_out.labeled if image not in held_out.labeled_held_out],
            "to_unlabeled": [image for image in held_out.unlabeled if image not in held_out.unlabeled_held_out],
        }
        self._intensity = images.intensity
        found = images.survey
        self._judge = TranslationJudge(
            labeled,
            unlabeled,
            labeled_polarity=found.labeled.style.polarity,
            unlabeled_polarity=found.polarity.polarity,
            fibre_px=images.fibre_px,
        )

    def __call__(self, translator: Translator, reporter: Reporter) -> tuple[float, dict[str, float]]:
        """Score a translator (higher is better), give the numbers behind it, and send previews to the reporter.

        Raises
        ------
        Cancelled
            Where the reporter asked to stop.
        """
        translate = _remembering(translator, reporter)
        metrics = self._measured(translate)
        for direction in self._ways:
            reporter.preview(direction, self._picture(direction, translate))
        return score(metrics), metrics

    def judge(self, translator: Translator, reporter: Reporter) -> dict[str, float]:
        """Return the numbers of a translator, as `TranslationJudge` gives them; those that are not finite are left out.

        Raises
        ------
        Cancelled
            Where the reporter asked to stop.
        """
        return self._measured(_remembering(translator, reporter))

    def intensity(self) -> dict[str, float]:
        """Return the numbers of the `intensity` translator, to compare with."""
        return self.judge(self._intensity, Reporter())

    def real(self) -> dict[str, dict[str, float]]:
        """Return the patch distances of real images to the held-out ones, by what they are.

        No translation can be expected to be nearer than one half of the held-out images is to the other. Images of
        other subjects, those of the training, tell how much subjects differ anyway: of about as many pixels as are
        translated, mean over several such sets.
        """
        others: dict[str, float] = {}
        for direction, (sources, _) in self._ways.items():
            sets = _sets_like(sources, self._trained[direction])
            measured = [self._judge.distance(images, direction) for images in sets]
            if measured:
                others[f"patch_distance_{direction.removeprefix('to_')}"] = float(np.mean(measured))
        found = {"real halves": _finite(self._judge.halves()), "real other subjects": _finite(others)}
        return {what: metrics for what, metrics in found.items() if metrics}

    def _measured(self, translate: Translate) -> dict[str, float]:
        return _finite(self._judge(translate))

    def _picture(self, direction: Direction, translate: Translate) -> FloatArray:
        """Return rows of source, `intensity`, translation and the way back, (Y, X)."""
        crops, back = self._ways[direction]
        by_intensity = _remembering(self._intensity, Reporter())
        rows = []
        for crop in crops[:_ROWS]:
            made = translate(crop.data, direction)
            rows.append([crop.data, by_intensity(crop.data, direction), made, translate(made, back)])
        return _mosaic(rows)


def _finite(numbers: dict[str, float]) -> dict[str, float]:
    """Leave out what could not be measured: JSON knows no NaN."""
    return {name: value for name, value in numbers.items() if math.isfinite(value)}


def _remembering(translator: Translator, reporter: Reporter) -> Translate:
    """Return the translator as a function of arrays that translates each but once."""
    quiet = QuietReporter(reporter)
    made: dict[tuple[Direction, bytes], FloatArray] = {}

    def translate(data: FloatArray, direction: Direction) -> FloatArray:
        key = (direction, data.tobytes())
        if key not in made:
            made[key] = getattr(translator, direction)(Image(data, "held out"), quiet).data
        return made[key]

    return translate


def _crops(images: Sequence[ScaledImage], side: int, most: int = _CROPS) -> Iterator[HeldOut]:
    """Cut squares out of the images, spread evenly over them; all of one side, centred once more by themselves."""
    side = min(side, *(length for image in images for length in image.data.shape))
    chosen = [images[index] for index in evenly(len(images), most)]
    for image in chosen:
        windows = _windows(image.data.shape, side)
        for index in evenly(len(windows), max(1, most // len(chosen))):
            data, labels = centred(image.data[windows[index]]), image.labels
            yield HeldOut(data, LabelMap(labels.data[windows[index]], labels.classes) if labels else None)


def _sets_like(sources: Sequence[HeldOut], images: Sequence[ScaledImage]) -> list[list[FloatArray]]:
    """Cut images into sets of squares that show about as much as the sources, which are all of one size."""
    if not images:
        return []
    wanted_px = sources[0].data.size * len(sources)
    side = min(sources[0].data.shape)
    crops = [crop.data for crop in _crops(images, side, _SETS * len(sources))]
    together = min(len(crops), max(1, round(wanted_px / crops[0].size)))
    count = len(crops) // together
    return [crops[number::count][:together] for number in range(count)]


def _windows(shape: tuple[int, ...], side: int) -> list[tuple[slice, slice]]:
    """Return as many squares as fit beside each other, in the middle of an image."""
    starts = [
        [(length - length // side * side) // 2 + number * side for number in range(length // side)] for length in shape
    ]
    return [(slice(top, top + side), slice(left, left + side)) for top in starts[0] for left in starts[1]]


def _mosaic(rows: Sequence[Sequence[FloatArray]]) -> FloatArray:
    """Put pictures of one size (Y, X) side by side, white between them."""
    framed = [np.hstack([np.pad(picture, _GAP_PX, constant_values=1.0) for picture in row]) for row in rows]
    return np.asarray(np.vstack(framed), np.float32)
