"""Translating images of any size with the diffusive generators of a trained SynDiff."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Self, TypeAlias

import numpy as np
import torch
from torch import nn

from labelbridge.core import (
    ArrayPlane,
    Device,
    FloatArray,
    Image,
    InputError,
    Plane,
    Reporter,
    ResampledPlane,
    StageReporter,
    bands,
    check_overlap,
    look,
    resample,
    resolve_device,
    scaled_shape,
    scratch_array,
)
from labelbridge.translate.intensity.normalize import Stretch
from labelbridge.translate.syndiff.diffusion import STEPS, Diffusion
from labelbridge.translate.syndiff.memory import memory_kept
from labelbridge.translate.syndiff.noise import Noise
from labelbridge.translate.syndiff.package import read_translator
from labelbridge.translate.syndiff.sampling import denoise
from labelbridge.translate.syndiff.settings import Architecture
from labelbridge.translate.syndiff.tiles import Corner, Tiling, work_in_tiles

__all__ = ["Direction", "SynDiffTranslator", "Translation"]

Direction: TypeAlias = Literal["to_labeled", "to_unlabeled"]
"""Whose look an image gets."""

_STAGE = "translate"
_OVERLAP = 0.25
_SMALLEST_TILE_PX = 64
PX_AT_ONCE = {"cpu": 2**16, "mps": 2**17, "cuda": 2**19}
"""So few that a run stops soon, so many that the processor is busy: 16 tiles of 64 px on a CPU."""


@dataclass(frozen=True, eq=False)
class Translation:
    """Several translations of one image.

    Attributes
    ----------
    mean
        Mean over the samples, float32 in [0, 1].
    spread
        Their standard deviation (n - 1 in the denominator) at each pixel, in the same unit; None of a single sample.
    """

    mean: Image
    spread: Image | None


@dataclass(frozen=True, eq=False)
class SynDiffTranslator:
    """Translates with the diffusive generators; implements `core.Translator`.

    An image is resampled so that its fibres are as large as those of the training, centred between its 1st and 99th
    percentile, translated in overlapping tiles that share one noise field, and resampled back to its own shape.

    Attributes
    ----------
    generators
        The diffusive generator of each direction, on the device; used as they are, never changed.
    multiple_px
        Px that the generators need the sides of an image to be multiples of.
    structure_size_px
        Fibre diameter in px at which they were trained, or None to translate images as they are.
    fibre_px
        Fibre diameter in px of the images to translate, or None where it is `structure_size_px`.
    tile_px
        Largest side of a tile, best that of the training's crops; halved where the memory is not enough.
    overlap
        Part of its side that a tile shares with the next one at least, 0 to 0.75.
    seed
        Of the noise, at least 0.
    device
        Where to compute.
    white
        Intensity of the files that the networks saw as white, 0 being black, or None for each image's percentiles.
    """

    generators: Mapping[Direction, nn.Module]
    multiple_px: int
    structure_size_px: float | None = None
    fibre_px: float | None = None
    tile_px: int = 256
    overlap: float = _OVERLAP
    seed: int = 0
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    white: float | None = None

    def __post_init__(self) -> None:
        if self.fibre_px is not None and not self.fibre_px > 0:
            raise InputError(f"got fibres of {self.fibre_px} px, expected a diameter above 0.")
        check_overlap(self.overlap)

    @classmethod
    def load(cls, folder: Path, device: Device = "auto", *, seed: int = 0, overlap: float | None = None) -> Self:
        """Load a translator's folder.

        Parameters
        ----------
        folder
            As `package.write_translator` wrote it.
        device
            Where to compute.
        seed
            Of the noise.
        overlap
            Part of its side that a tile shares with the next one at least, 0 to 0.75; None takes a quarter.

        Raises
        ------
        InputError
            Where it is no translator's folder, is damaged, or the device or the overlap cannot be used.
        """
        resolved = resolve_device(device)
        card, generators = read_translator(folder, resolved)
        multiple_px = Architecture.model_validate(card.architecture).multiple_px
        tile = {"tile_px": card.crop_px} if card.crop_px else {}
        return cls(
            generators,
            multiple_px,
            card.structure_size_px,
            overlap=_OVERLAP if overlap is None else overlap,
            seed=seed,
            device=resolved,
            white=card.white,
            **tile,
        )

    @property
    def tiles_at_once(self) -> int:
        """How many tiles go through the network at once where the memory is enough."""
        return max(1, PX_AT_ONCE[self.device.type] // self.tile_px**2)

    def at(self, fibre_px: float) -> "SynDiffTranslator":
        """Return the same translator for images whose fibres have a diameter of `fibre_px`."""
        return replace(self, fibre_px=fibre_px)

    def to_labeled(self, image: Image, reporter: Reporter) -> Image:
        """Translate an image of U so that it looks like L: same shape, float32 in [0, 1]; on disk where it is large."""
        return self.sample(image, "to_labeled", 1, reporter).mean

    def to_unlabeled(self, image: Image, reporter: Reporter) -> Image:
        """Translate an image of L so that it looks like U: same shape, float32 in [0, 1]; on disk where it is large."""
        return self.sample(image, "to_unlabeled", 1, reporter).mean

    @memory_kept()
    def sample(self, image: Image, direction: Direction, samples: int, reporter: Reporter) -> Translation:
        """Translate an image several times, each time with other noise.

        Parameters
        ----------
        image
            Of the modality that is translated from.
        direction
            Whose look it gets.
        samples
            How many times, at least 1; the first is what `to_labeled` and `to_unlabeled` give.
        reporter
            Told after each step of each batch of tiles, asked before each whether to stop.

        Returns
        -------
        Translation
            Of the image's shape, on disk where it is large.

        Raises
        ------
        InputError
            Where `samples` is less than 1, or the memory is not enough for the smallest of tiles.
        Cancelled
            Where the reporter asked to stop.
        """
        if samples < 1:
            raise InputError(f"got {samples} samples, expected at least 1.")
        if samples == 1:
            return Translation(image.with_data(self._translated(image, direction, 0, reporter)), None)
        moments = _Moments(image.shape)
        for sample in range(samples):
            own = StageReporter(reporter, f"sample {sample + 1} of {samples}")
            moments.add(self._translated(image, direction, sample, own))
        return Translation(image.with_data(moments.mean), image.with_data(moments.deviation()))

    def _translated(self, image: Image, direction: Direction, sample: int, reporter: Reporter) -> FloatArray:
        """Return one translation (Y, X) in [0, 1], of the image's own shape."""
        source = self._source(image)
        noise = Noise(self.seed, sample)
        too_little: torch.OutOfMemoryError | None = None
        for tile_px, batch in self._sizes():
            tiling = Tiling.cut(source.shape, tile_px, self.multiple_px, self.overlap)
            out = scratch_array(source.shape, np.float32)
            try:
                top = 0
                for band in self._bands(source, tiling, batch, direction, noise, reporter):
                    out[top : top + len(band)] = np.clip(band, 0.0, 1.0)
                    top += len(band)
            except torch.OutOfMemoryError as error:
                too_little = error.with_traceback(None)  # which would hold what the next, smaller tiles need
                continue
            return resample(out, image.shape)
        raise InputError(
            f"{image.name}: the memory of {self.device.type} is not enough even for tiles of {tile_px} px; close other "
            "programs that use it, or use --device cpu."
        ) from too_little

    def _source(self, image: Image) -> Plane:
        """Return the image in [0, 1], its fibres as large as in training."""
        plane: Plane = ArrayPlane(image.data)
        if self.structure_size_px is not None and self.fibre_px is not None:
            plane = ResampledPlane(plane, scaled_shape(image.shape, self.structure_size_px / self.fibre_px))
        values = look(plane)
        if self.white is None:
            return _Stretched(plane, Stretch.centred_of(values))
        brightest = float(values.max())
        if not self.white / 255 < brightest <= self.white:
            raise InputError(
                f"{image.name}: got intensities up to {brightest:g}, expected them between 0 and {self.white:g} as "
                "this translator saw them; convert the image to that range."
            )
        return _Stretched(plane, Stretch(0.0, self.white))

    def _sizes(self) -> Iterator[tuple[int, int]]:
        """Give sides of tiles and numbers of tiles at once to try, until the memory is enough."""
        tile_px, batch = self.tile_px, self.tiles_at_once
        if batch > 1:
            yield tile_px, batch
        yield tile_px, 1
        while tile_px >= 2 * max(_SMALLEST_TILE_PX, 2 * self.multiple_px):
            tile_px //= 2
            yield tile_px, 1

    def _bands(
        self, source: Plane, tiling: Tiling, batch: int, direction: Direction, noise: Noise, reporter: Reporter
    ) -> Iterator[FloatArray]:
        """Give the translation at the network's size in bands (rows, X), float32, [0, 1] but for rounding."""
        generator, diffusion = self.generators[direction], Diffusion(self.device)
        done = 0.0

        def translate(tiles: FloatArray, corners: Sequence[Corner]) -> FloatArray:
            def after_step() -> None:
                nonlocal done
                done += len(tiles) / STEPS
                reporter.progress(done, len(tiling), _STAGE)
                reporter.checkpoint()

            reporter.checkpoint()
            source = torch.from_numpy(2 * tiles[:, None] - 1).to(self.device)
            x0 = denoise(generator, diffusion, source, noise, corners, after_step)
            return np.asarray((x0[:, 0].cpu().numpy() + 1) / 2, np.float32)

        return work_in_tiles(source, tiling, batch, translate)


class _Stretched:
    """A plane whose intensities are stretched to [0, 1]."""

    def __init__(self, plane: Plane, stretch: Stretch) -> None:
        self._plane, self._stretch = plane, stretch
        self.shape = plane.shape

    def rows(self, start: int, stop: int) -> FloatArray:
        """Compute rows."""
        return self._stretch(self._plane.rows(start, stop))


class _Moments:
    """Mean and deviation of images that come one after another (Welford, Technometrics 1962)."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._count = 0
        self.mean = scratch_array(shape, np.float32)
        self._squares = scratch_array(shape, np.float32)

    def add(self, data: FloatArray) -> None:
        """Take in another image (Y, X)."""
        self._count += 1
        for band in bands((data.shape[0], data.shape[1])):
            delta = data[band] - self.mean[band]
            self.mean[band] += delta / self._count
            self._squares[band] += delta * (data[band] - self.mean[band])

    def deviation(self) -> FloatArray:
        """Turn the sum of squares into the standard deviation (Y, X) and return it."""
        for band in bands((self.mean.shape[0], self.mean.shape[1])):
            self._squares[band] = np.sqrt(np.maximum(self._squares[band], 0) / (self._count - 1))
        return self._squares
