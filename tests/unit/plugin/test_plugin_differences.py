"""Where two sets of masks differ."""

import numpy as np
import pytest

from labelbridge.plugin.presenters.differences import ANOTHER_CLASS, ONLY_AFTER, ONLY_BEFORE, differences


def masks(axon: list[int], myelin: list[int], **more: list[int]) -> dict[str, np.ndarray]:
    return {name: np.array([values], np.uint8) for name, values in {"axon": axon, "myelin": myelin, **more}.items()}


def test_each_kind_of_difference_has_its_value() -> None:
    before = masks([1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0])
    after = masks([1, 0, 0, 1, 0, 1], [0, 1, 0, 0, 0, 0])
    expected = [[0, ANOTHER_CLASS, ONLY_BEFORE, ANOTHER_CLASS, 0, ONLY_AFTER]]
    np.testing.assert_array_equal(differences(before, after), expected)


def test_a_class_that_only_one_set_has_counts() -> None:
    before, after = masks([1, 0], [0, 0]), masks([0, 0], [0, 0], uaxon=[1, 1])
    np.testing.assert_array_equal(differences(before, after), [[ANOTHER_CLASS, ONLY_AFTER]])


@pytest.mark.parametrize("value", [1, 7])
def test_any_value_counts_as_inside(value: int) -> None:
    assert not differences(masks([1], [0]), masks([value], [0])).any()
