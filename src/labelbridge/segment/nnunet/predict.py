"""Class probabilities of an image by sliding window, within this process."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np
import torch

from labelbridge.core import (
    ClassMap,
    Device,
    FloatArray,
    ModelCard,
    Plane,
    Reporter,
    check_overlap,
    look,
    reduced_precision,
    resolve_device,
)
from labelbridge.segment.nnunet.loading import NnUnetModel, load_networks, read_model
from labelbridge.segment.nnunet.scaling import Normalizer, fit_normalizer

__all__ = ["NnUnetSegmenter", "predicting_precision", "tile_count"]

_OVERLAP = 0.5
"""As nnU-Net has it."""

_STAGE = "segmenting"
_FORWARD_PX = {"cpu": 2**16, "mps": 2**18, "cuda": 2**20}
"""Pixels of all patches in one forward pass: small enough to stop soon and to fit, large enough to be quick."""


class NnUnetSegmenter:
    """A trained model folder, loaded; implements `core.Segmenter`.

    Made by `load`. Predictions of the folds, mirrored views and overlapping tiles are averaged as logits, tiles with a
    Gaussian weight, as nnU-Net does it.
    """

    def __init__(
        self,
        model: NnUnetModel,
        networks: Sequence[torch.nn.Module],
        device: torch.device,
        *,
        mirroring: bool,
        overlap: float,
    ) -> None:
        self._model = model
        self._networks = networks
        self._device = device
        self._mirrors = _mirrored_views(model.card.mirror_axes) if mirroring else [()]
        self._overlap = overlap
        self._most_tiles: int | None = None

    @classmethod
    def load(
        cls, folder: Path, *, device: Device = "auto", mirroring: bool = True, overlap: float | None = None
    ) -> "NnUnetSegmenter":
        """Load a model folder.

        Parameters
        ----------
        folder
            As written by `train_segmenter`.
        device
            Where to compute.
        mirroring
            Average over mirrored views (four of most models): better, as many times slower.
        overlap
            Part of a tile's side that neighbours share, 0 to 0.75; None takes half of it.

        Raises
        ------
        InputError
            Where the folder, the device or the overlap cannot be used.
        """
        check_overlap(overlap)
        model, resolved = read_model(folder), resolve_device(device)
        networks, shared = load_networks(model, resolved), _OVERLAP if overlap is None else overlap
        return cls(model, networks, resolved, mirroring=mirroring, overlap=shared)

    def unmirrored(self) -> "NnUnetSegmenter":
        """Return the same networks, each tile seen once: quicker, a little worse. It is the same one each time."""
        return self._unmirrored

    @cached_property
    def _unmirrored(self) -> "NnUnetSegmenter":
        return NnUnetSegmenter(self._model, self._networks, self._device, mirroring=False, overlap=self._overlap)

    @property
    def classes(self) -> ClassMap:
        """Names of the classes, in the order of the probabilities."""
        return self._model.classes

    @property
    def card(self) -> ModelCard:
        """The model's config.json."""
        return self._model.card

    @property
    def structure_size_px(self) -> float | None:
        """Fibre diameter in px of the training images, or None where unknown."""
        return self.card.structure_size_px

    def predict(self, plane: Plane, reporter: Reporter) -> Iterator[FloatArray]:
        """Give the class probabilities of an image, band by band, as soon as no further tile touches a band.

        Parameters
        ----------
        plane
            At the network's scale, any size.
        reporter
            Told after each forward pass, asked whether to stop before each. Where the memory is not enough for several
            tiles at once, it hears a sentence and fewer are taken from then on.

        Yields
        ------
        FloatArray
            Bands from top to bottom: (class, rows, X), float32 in [0, 1], sums to one over classes. Together they have
            the plane's own shape.

        Raises
        ------
        Cancelled
            Where the reporter asked to stop.
        torch.OutOfMemoryError
            Where the memory is not enough for a single tile.
        """
        model = self._model
        normalize = fit_normalizer(
            look(plane),
            model.normalization,
            percentiles=model.card.intensities == "percentiles",
            training=model.intensities,
        )
        source = _Padded(plane, model.patch, normalize)
        tops, lefts = _steps(source.shape, model.patch, self._overlap)
        height, width = model.patch[0], source.shape[1]
        sums = _Sums(len(self.classes), height, width, _window(model.patch))
        strip = np.empty((0, width), np.float32)
        for row, top in enumerate(tops):
            have = top + len(strip)
            strip = np.concatenate([strip, source.rows(have, top + height)])
            for start in range(0, len(lefts), self._tiles_per_pass()):
                reporter.checkpoint()
                batch = lefts[start : start + self._tiles_per_pass()]
                for left, result in zip(batch, self._fitting(strip, batch, reporter), strict=True):
                    sums.add(left, result)
                reporter.progress(row * len(lefts) + start + len(batch), len(tops) * len(lefts), _STAGE)
            final = (tops[row + 1] if row + 1 < len(tops) else top + height) - top
            yield source.inner(sums.take(final), top)
            strip = strip[final:]

    def _tiles_per_pass(self) -> int:
        height, width = self._model.patch
        fitting = max(1, _FORWARD_PX[self._device.type] // (height * width * len(self._mirrors)))
        return min(fitting, self._most_tiles or fitting)

    def _fitting(self, strip: FloatArray, lefts: Sequence[int], reporter: Reporter) -> FloatArray:
        """Do `_forward` in as many parts as the memory asks for, and take no more tiles at once from then on."""
        if len(lefts) == 1:
            return self._forward(strip, lefts)
        try:
            if self._most_tiles is None or len(lefts) <= self._most_tiles:
                return self._forward(strip, lefts)
        except torch.OutOfMemoryError:
            self._most_tiles = len(lefts) // 2
            reporter.say(
                f"The memory of {self._device.type} is not enough for {len(lefts)} tiles at once: segmenting goes on "
                f"with {self._most_tiles}."
            )
        middle = len(lefts) // 2
        parts = [self._fitting(strip, part, reporter) for part in (lefts[:middle], lefts[middle:])]
        return np.concatenate(parts)

    @torch.inference_mode()
    def _forward(self, strip: FloatArray, lefts: Sequence[int]) -> FloatArray:
        """Mean logits (tile, class, Y, X) over folds and mirrored views of the tiles that begin at `lefts`."""
        tiles = np.stack([strip[:, left : left + self._model.patch[1]] for left in lefts])
        data = torch.from_numpy(tiles[:, None]).to(self._device)
        views = torch.cat([data.flip(axes) for axes in self._mirrors])
        total = torch.zeros((len(lefts), len(self.classes), *self._model.patch), device=self._device)
        with predicting_precision(self._device):
            outputs = [network(views) for network in self._networks]
        for output in outputs:
            for axes, part in zip(self._mirrors, output.float().split(len(lefts)), strict=True):
                total += part.flip(axes)
        mean = total / (len(self._mirrors) * len(self._networks))
        return np.asarray(mean.cpu().numpy(), np.float32)


class _Padded:
    """A normalised plane, padded with 0 to at least the patch's size, the image in the middle."""

    def __init__(self, plane: Plane, patch: tuple[int, int], normalize: Normalizer) -> None:
        self._plane = plane
        self._normalize = normalize
        self.shape = (max(plane.shape[0], patch[0]), max(plane.shape[1], patch[1]))
        self._above, self._before = ((big - have) // 2 for big, have in zip(self.shape, plane.shape, strict=True))

    def rows(self, start: int, stop: int) -> FloatArray:
        """Return rows of the padded plane."""
        height, width = self._plane.shape
        first, last = (min(height, max(0, row - self._above)) for row in (start, stop))
        out = np.zeros((stop - start, self.shape[1]), np.float32)
        top = first + self._above - start
        out[top : top + last - first, self._before : self._before + width] = self._normalize(
            self._plane.rows(first, last)
        )
        return out

    def inner(self, band: FloatArray, top: int) -> FloatArray:
        """Return the part of a band (class, rows, X) from row `top` that is not padding."""
        height, width = self._plane.shape
        first = max(0, self._above - top)
        last = min(band.shape[1], self._above + height - top)
        return band[:, first:last, self._before : self._before + width]


class _Sums:
    """Weighted sums of logits for the rows that tiles still touch."""

    def __init__(self, classes: int, height: int, width: int, window: FloatArray) -> None:
        self._logits = np.zeros((classes, height, width), np.float32)
        self._weights = np.zeros((height, width), np.float32)
        self._window = window

    def add(self, left: int, logits: FloatArray) -> None:
        """Add a tile (class, Y, X) of the current row of tiles."""
        columns = slice(left, left + logits.shape[2])
        self._logits[:, :, columns] += logits * self._window
        self._weights[:, columns] += self._window

    def take(self, rows: int) -> FloatArray:
        """Return the probabilities (class, rows, X) of the first rows and go on behind them."""
        done = self._logits[:, :rows] / self._weights[:rows]
        for sums in (self._logits, self._weights):
            kept = sums.shape[-2] - rows
            sums[..., :kept, :] = sums[..., rows:, :].copy()
            sums[..., kept:, :] = 0
        done = np.exp(done - done.max(axis=0))
        return np.asarray(done / done.sum(axis=0), np.float32)


def predicting_precision(device: torch.device) -> AbstractContextManager[object]:
    """Return what networks predict in: nnU-Net's own float16 on cards, and 16 bits on CPUs that are made for them."""
    return torch.autocast("cuda") if device.type == "cuda" else reduced_precision(device)


def _mirrored_views(axes: Sequence[int]) -> list[tuple[int, ...]]:
    """Return every choice of the axes (0: Y, 1: X), as those of a batch (tile, channel, Y, X)."""
    shifted = [axis + 2 for axis in axes]
    return [chosen for count in range(len(axes) + 1) for chosen in combinations(shifted, count)]


def tile_count(shape: tuple[int, int], patch: tuple[int, int], overlap: float | None = None) -> int:
    """Return how many tiles cover an image.

    Parameters
    ----------
    shape
        Height and width of the image in px, at the network's scale.
    patch
        Those of a tile.
    overlap
        Part of its side that a tile shares with the next one; None takes what is usual.
    """
    padded = (max(shape[0], patch[0]), max(shape[1], patch[1]))
    tops, lefts = _steps(padded, patch, _OVERLAP if overlap is None else overlap)
    return len(tops) * len(lefts)


def _steps(shape: tuple[int, int], patch: tuple[int, int], overlap: float) -> tuple[list[int], list[int]]:
    from nnunetv2.inference.sliding_window_prediction import compute_steps_for_sliding_window

    tops, lefts = compute_steps_for_sliding_window(shape, patch, 1 - overlap)
    return list(tops), list(lefts)


def _window(patch: tuple[int, int]) -> FloatArray:
    from nnunetv2.inference.sliding_window_prediction import compute_gaussian

    weights = compute_gaussian(patch, 1 / 8, 1, dtype=torch.float32, device=torch.device("cpu")).numpy()
    return np.asarray(weights, np.float32)
