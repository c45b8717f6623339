"""Tiles must not show in what is made of them."""

from pathlib import Path

import numpy as np
import pytest

from labelbridge.core import ArrayPlane, FloatArray, Reporter
from labelbridge.segment.nnunet.predict import NnUnetSegmenter
from make_phantoms import make_tem

MODEL = Path(__file__).parents[3] / "sample_data" / "models" / "segmenter"
PATCH = 128
HEIGHT = 4 * PATCH


def probabilities(data: FloatArray, overlap: float) -> FloatArray:
    segmenter = NnUnetSegmenter.load(MODEL, device="cpu", mirroring=False, overlap=overlap)
    return np.concatenate(list(segmenter.predict(ArrayPlane(data), Reporter())), axis=1)


def jump(result: FloatArray) -> float:
    """Return the steps between rows at the middles and ends of tiles over those elsewhere, on average."""
    steps = np.abs(np.diff(result, axis=1)).mean(axis=(0, 2))
    at = np.arange(PATCH // 2, HEIGHT, PATCH // 2) - 1
    elsewhere = np.setdiff1d(np.arange(PATCH // 2, HEIGHT - PATCH // 2), np.concatenate([at - 1, at, at + 1]))
    return float(steps[at].mean() / steps[elsewhere].mean())


@pytest.mark.parametrize("kind", ["ramp", "fibres"])
def test_there_is_no_jump_at_the_borders_of_tiles(kind: str) -> None:
    if kind == "ramp":
        data = np.tile(np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None], (1, 150))
    else:
        data = make_tem(3, (HEIGHT, 200))[0].astype(np.float32)
    assert jump(probabilities(data, overlap=0.5)) < 1.5
    assert jump(probabilities(data, overlap=0.0)) > 2.0


def test_bands_are_as_high_as_tiles_whatever_the_image(trained, make_rings) -> None:
    segmenter = NnUnetSegmenter.load(trained.model, device="cpu", mirroring=False)
    data = make_rings(5, (256, 80)).image.data
    heights = [band.shape[1] for band in segmenter.predict(ArrayPlane(data), Reporter())]
    assert sum(heights) == 256
    assert max(heights) <= 64
    assert len(heights) > 5
