"""Tiles cover an image of any size, agree with the network's grid, and blend into one picture."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from labelbridge.core import ArrayPlane, FloatArray
from labelbridge.translate.syndiff.tiles import Corner, TiledAxis, Tiling, work_in_tiles

LENGTHS = (1, 2, 16, 31, 32, 33, 64, 90, 255, 256, 257, 300, 512, 700, 1001)


@pytest.mark.parametrize("side", [20, 64, 96, 100, 256])
@pytest.mark.parametrize("multiple", [4, 32])
@pytest.mark.parametrize("overlap", [0.25, 0.5])
def test_tiles_cover_the_axis_on_the_networks_grid(side: int, multiple: int, overlap: float) -> None:
    for length in LENGTHS:
        axis = TiledAxis.cut(length, side, multiple, overlap)
        assert axis.side % multiple == 0
        assert axis.side <= max(side, 2 * multiple)
        assert all(start % multiple == 0 for start in axis.starts)
        assert axis.starts[0] == 0
        assert length <= axis.padded < length + multiple
        shared = [axis.side - (later - earlier) for earlier, later in pairwise(axis.starts)]
        assert all(px >= overlap * axis.side for px in shared)


@pytest.mark.parametrize("length", LENGTHS)
def test_weights_are_above_0_and_sum_to_1(length: int) -> None:
    axis = TiledAxis.cut(length, 64, 4, 0.25)
    total = np.zeros(axis.padded)
    for start, weights in zip(axis.starts, axis.weights, strict=True):
        assert weights.min() > 0
        total[start : start + axis.side] += weights
    np.testing.assert_allclose(total, 1, atol=1e-6)


def test_weights_change_smoothly() -> None:
    axis = TiledAxis.cut(1000, 128, 4, 0.25)
    first = np.zeros(axis.padded + 1)
    first[axis.starts[2] : axis.starts[2] + axis.side] = axis.weights[2]
    overlap = axis.side - (axis.starts[3] - axis.starts[2])
    steps = np.abs(np.diff(first))
    assert steps.max() < 3 / overlap
    assert steps[axis.starts[2] - 1] < 1 / overlap


def blended(data: FloatArray, side: int, multiple: int, batch: int, work=lambda tiles, corners: tiles) -> FloatArray:
    tiling = Tiling.cut(data.shape, side, multiple, 0.25)
    return np.concatenate(list(work_in_tiles(ArrayPlane(data), tiling, batch, work)))


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (17, 300), (300, 17), (333, 205)])
@pytest.mark.parametrize("batch", [1, 3, 100])
def test_an_image_goes_through_unchanged(shape: tuple[int, int], batch: int) -> None:
    data = np.random.default_rng(1).random(shape, np.float32)
    np.testing.assert_allclose(blended(data, 64, 32, batch), data, atol=1e-6)


def test_a_tile_gets_its_part_of_the_image_mirrored_beyond_the_end() -> None:
    data = np.random.default_rng(2).random((75, 5), np.float32)
    padded = np.pad(data, ((0, 21), (0, 27)), "symmetric")
    seen = []

    def work(tiles: FloatArray, corners: Sequence[Corner]) -> FloatArray:
        for tile, (top, left) in zip(tiles, corners, strict=True):
            seen.append((top, left))
            np.testing.assert_array_equal(tile, padded[top : top + 64, left : left + 32])
        return tiles

    blended(data, 64, 32, 2, work)
    assert seen == [(0, 0), (32, 0)]


def test_a_batch_holds_tiles_of_several_rows_of_a_narrow_image() -> None:
    sizes = []
    data = np.random.default_rng(3).random((300, 100), np.float32)
    result = blended(data, 64, 4, 8, lambda tiles, corners: (sizes.append(len(tiles)), tiles)[1])
    tiles = len(Tiling.cut(data.shape, 64, 4, 0.25))
    assert sizes == [8] * (tiles // 8) + [tiles % 8] * (tiles % 8 > 0)
    np.testing.assert_allclose(result, data, atol=1e-6)


def test_bands_leave_early() -> None:
    data = np.zeros((2000, 40), np.float32)
    tiling = Tiling.cut((2000, 40), 64, 4, 0.25)
    done = []
    bands = work_in_tiles(ArrayPlane(data), tiling, 1, lambda tiles, corners: (done.append(corners), tiles)[1])
    assert len(next(bands)) == tiling.rows.starts[1]
    assert len(done) == 1
    assert max(len(band) for band in bands) <= 64
