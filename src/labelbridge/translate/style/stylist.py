"""The Stylist: labelled images of L, made to look like many possible U."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from labelbridge.core import LabeledImage, LabelMap, Polarity, Reporter, Translator, resample, resample_labels
from labelbridge.translate.intensity.normalize import stretch
from labelbridge.translate.style.artefacts import add_artefacts
from labelbridge.translate.style.recolour import draw, grow_myelin, recolour
from labelbridge.translate.style.settings import StyleSettings

__all__ = ["Stylist"]

_MIN_SIDE_PX = 48
_TRANSLATED = 1 / 8


class Stylist:
    """Draws styled images from labelled ones: random size, orientation, myelin thickness, colours and artefacts.

    Parameters
    ----------
    polarity
        Polarity that the styled images have.
    settings
        Ranges of the draws.
    translator
        Where given, one image in eight, drawn at random, is translated by it instead of recoloured.
    """

    def __init__(
        self, polarity: Polarity, settings: StyleSettings | None = None, *, translator: Translator | None = None
    ) -> None:
        self._polarity = polarity
        self._translator = translator
        self._settings = settings or StyleSettings()

    def draw_set(
        self,
        samples: Sequence[LabeledImage],
        scale: float,
        count: int,
        seed: int,
        reporter: Reporter,
        *,
        keep_colours: bool = False,
    ) -> list[LabeledImage]:
        """Draw `count` styled images, each from the next sample in turn; the same seed gives the same set.

        Parameters
        ----------
        samples
            Labelled images of L at the size of their files.
        scale
            Factor that brings the samples' fibres to the size wanted.
        count
            Number of images to draw.
        seed
            Seed of the draws.
        reporter
            Receives progress and may ask to stop.
        keep_colours
            Whether size, orientation and artefacts alone vary: for samples that look like U already.

        Returns
        -------
        list of LabeledImage
            Images float32 in [0, 1] with labels of the same shape; sizes vary.
        """
        styled = []
        for index in range(count):
            reporter.checkpoint()
            reporter.progress(index, count, "style")
            rng = np.random.default_rng((seed, index))
            sample = samples[index % len(samples)]
            translator = self._translator if rng.random() < _TRANSLATED else None
            turned = _placed(sample, scale * np.exp(draw(rng, _log(self._settings.scale))), self._settings, rng)
            own = turned if keep_colours else self._coloured(turned, rng, translator)
            data = add_artefacts(own.image.data, self._settings, rng)
            styled.append(replace(own, image=replace(own.image, data=data, name=f"styled-{index:04d}")))
        reporter.progress(count, count, "style")
        return styled

    def _coloured(self, sample: LabeledImage, rng: np.random.Generator, translator: Translator | None) -> LabeledImage:
        if translator is not None:
            return replace(sample, image=translator.to_unlabeled(sample.image, Reporter()))
        labels = grow_myelin(sample.labels, draw(rng, self._settings.myelin_growth_px))
        data = recolour(sample.image.data, labels, self._polarity, self._settings, rng)
        return replace(sample, image=sample.image.with_data(data), labels=labels)


def _placed(sample: LabeledImage, scale: float, settings: StyleSettings, rng: np.random.Generator) -> LabeledImage:
    """Return a sample resampled, stretched, flipped and turned at random."""
    aspect = draw(rng, settings.stretch)
    wanted = sample.image.shape[0] * scale * aspect, sample.image.shape[1] * scale / aspect
    shape = max(_MIN_SIDE_PX, round(wanted[0])), max(_MIN_SIDE_PX, round(wanted[1]))
    data, values = resample(stretch(sample.image.data), shape), resample_labels(sample.labels.data, shape)
    turns, flip = int(rng.integers(0, 4)), bool(rng.integers(0, 2))
    data, values = np.rot90(data, turns), np.rot90(values, turns)
    if flip:
        data, values = data[:, ::-1], values[:, ::-1]
    labels = LabelMap(np.ascontiguousarray(values), sample.labels.classes)
    return LabeledImage(sample.image.with_data(np.ascontiguousarray(data)), labels, sample.subject)


def _log(span: tuple[float, float]) -> tuple[float, float]:
    return float(np.log(span[0])), float(np.log(span[1]))
