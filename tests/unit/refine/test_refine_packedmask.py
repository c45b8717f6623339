import numpy as np
import pytest

from labelbridge.refine.packedmask import PackedMask


@pytest.mark.parametrize("width", [1, 7, 8, 9, 64, 101])
def test_windows_are_read_and_written_as_in_an_array(width: int) -> None:
    chance = np.random.default_rng(width)
    mask = chance.integers(0, 2, (23, width), np.uint8)
    packed = PackedMask(mask)
    mask = mask.copy()
    for _ in range(200):
        (top, bottom), (left, right) = (np.sort(chance.integers(0, side + 1, 2)).tolist() for side in mask.shape)
        window = slice(top, bottom), slice(left, right)
        np.testing.assert_array_equal(packed[window], mask[window])
        mask[window] = packed[window] ^ (chance.random(mask[window].shape) < 1 / 2)
        packed[window] = mask[window]
        np.testing.assert_array_equal(packed.whole(), mask)
    assert packed.whole().dtype == np.uint8


def test_it_is_a_copy_that_knows_0_and_1_alone() -> None:
    mask = np.array([[0, 7, 255, 0, 1]], np.uint8)
    packed = PackedMask(mask)
    mask[:] = 0
    assert packed.whole().tolist() == [[0, 1, 1, 0, 1]]
    packed[slice(0, 1), slice(0, 2)] = np.array([[5, 0]], np.uint8)
    assert packed.whole().tolist() == [[1, 0, 1, 0, 1]]


def test_windows_end_where_the_mask_ends() -> None:
    packed = PackedMask(np.ones((3, 10), np.uint8))
    assert packed[slice(2, 9), slice(6, 99)].tolist() == [[1, 1, 1, 1]]
    assert packed[slice(0, 3), slice(4, 4)].shape == (3, 0)
