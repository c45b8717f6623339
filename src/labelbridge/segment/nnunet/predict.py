"""Class probabilities of an image by sliding window, within this process."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from itertools import product
from pathlib import Path

import numpy as np
import torch

from labelbridge.core import ClassMap, Device, FloatArray, Image, InputError, ModelCard, Reporter
from labelbridge.segment.device import resolve_device
from labelbridge.segment.nnunet.loading import NnUnetModel, load_networks, read_model
from labelbridge.segment.nnunet.scaling import standardized

__all__ = ["NnUnetSegmenter"]

_STAGE = "segmenting"
_MIRRORS: tuple[tuple[int, ...], ...] = ((), (2,), (3,), (2, 3))
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
        self._mirrors = _MIRRORS if mirroring else _MIRRORS[:1]
        self._overlap = overlap

    @classmethod
    def load(
        cls, folder: Path, *, device: Device = "auto", mirroring: bool = True, overlap: float = 0.5
    ) -> "NnUnetSegmenter":
        """Load a model folder.

        Parameters
        ----------
        folder
            As written by `train_segmenter`.
        device
            Where to compute.
        mirroring
            Average over the four mirrored views: better, four times slower.
        overlap
            Part of a tile's side that neighbours share, 0 to 0.9.

        Raises
        ------
        InputError
            Where the folder, the device or the overlap cannot be used.
        """
        if not 0 <= overlap <= 0.9:
            raise InputError(f"got an overlap of {overlap}, expected 0 to 0.9.")
        model, resolved = read_model(folder), resolve_device(device)
        return cls(model, load_networks(model, resolved), resolved, mirroring=mirroring, overlap=overlap)

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

    def predict(self, image: Image, reporter: Reporter) -> FloatArray:
        """Return the class probabilities of an image.

        Parameters
        ----------
        image
            At the network's scale, any size.
        reporter
            Told after each forward pass, asked whether to stop before each.

        Returns
        -------
        FloatArray
            (class, Y, X), float32 in [0, 1], sums to one over classes, the image's own shape.

        Raises
        ------
        Cancelled
            Where the reporter asked to stop.
        """
        padded, inner = _padded(standardized(image.data), self._model.patch)
        logits = np.zeros((len(self.classes), *padded.shape), np.float32)
        weights = np.zeros(padded.shape, np.float32)
        window = _window(self._model.patch)
        corners = list(_corners(padded.shape, self._model.patch, self._overlap))
        done = 0
        for batch in _batches(corners, self._tiles_per_pass()):
            reporter.checkpoint()
            for tile, result in zip(batch, self._forward(padded, batch), strict=True):
                logits[:, *tile] += result * window
                weights[tile] += window
            done += len(batch)
            reporter.progress(done, len(corners), _STAGE)
        return _softmax(logits[:, *inner], weights[inner])

    def _tiles_per_pass(self) -> int:
        height, width = self._model.patch
        return max(1, _FORWARD_PX[self._device.type] // (height * width * len(self._mirrors)))

    @torch.inference_mode()
    def _forward(self, padded: FloatArray, tiles: Sequence[tuple[slice, slice]]) -> FloatArray:
        """Mean logits (tile, class, Y, X) over folds and mirrored views."""
        data = torch.from_numpy(np.stack([padded[tile] for tile in tiles])[:, None]).to(self._device)
        views = torch.cat([data.flip(axes) for axes in self._mirrors])
        total = torch.zeros((len(tiles), len(self.classes), *self._model.patch), device=self._device)
        with torch.autocast("cuda") if self._device.type == "cuda" else nullcontext():
            outputs = [network(views) for network in self._networks]
        for output in outputs:
            for axes, part in zip(self._mirrors, output.float().split(len(tiles)), strict=True):
                total += part.flip(axes)
        mean = total / (len(self._mirrors) * len(self._networks))
        return np.asarray(mean.cpu().numpy(), np.float32)


def _padded(data: FloatArray, patch: tuple[int, int]) -> tuple[FloatArray, tuple[slice, slice]]:
    """Pad a plane with 0 to at least the patch's size, the image in the middle; also return where the image is."""
    missing = [max(0, side - have) for side, have in zip(patch, data.shape, strict=True)]
    before = [gap // 2 for gap in missing]
    padded = np.pad(data, [(start, gap - start) for start, gap in zip(before, missing, strict=True)])
    rows, columns = (slice(start, start + side) for start, side in zip(before, data.shape, strict=True))
    return padded, (rows, columns)


def _corners(shape: tuple[int, ...], patch: tuple[int, int], overlap: float) -> Iterator[tuple[slice, slice]]:
    from nnunetv2.inference.sliding_window_prediction import compute_steps_for_sliding_window

    tops, lefts = compute_steps_for_sliding_window(shape, patch, 1 - overlap)
    for top, left in product(tops, lefts):
        yield slice(top, top + patch[0]), slice(left, left + patch[1])


def _window(patch: tuple[int, int]) -> FloatArray:
    from nnunetv2.inference.sliding_window_prediction import compute_gaussian

    weights = compute_gaussian(patch, 1 / 8, 1, dtype=torch.float32, device=torch.device("cpu")).numpy()
    return np.asarray(weights, np.float32)


def _batches(tiles: list[tuple[slice, slice]], size: int) -> Iterator[list[tuple[slice, slice]]]:
    for start in range(0, len(tiles), size):
        yield tiles[start : start + size]


def _softmax(logits: FloatArray, weights: FloatArray) -> FloatArray:
    """Turn weighted sums of logits (class, Y, X) into probabilities, band by band to spare memory."""
    out = np.empty(logits.shape, np.float32)
    for top in range(0, logits.shape[1], 256):
        rows = slice(top, top + 256)
        band = logits[:, rows] / weights[rows]
        band = np.exp(band - band.max(axis=0))
        out[:, rows] = band / band.sum(axis=0)
    return out
