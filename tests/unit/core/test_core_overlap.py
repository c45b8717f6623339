import math

import pytest

from labelbridge.core import InputError, check_overlap


@pytest.mark.parametrize("overlap", [None, 0, 0.25, 0.75])
def test_tiles_can_share_so_much(overlap: float | None) -> None:
    check_overlap(overlap)


@pytest.mark.parametrize("overlap", [-0.01, 0.76, 1.0, math.inf, math.nan])
def test_what_tiles_cannot_share_is_one_sentence(overlap: float) -> None:
    with pytest.raises(InputError, match=f"^got a tile overlap of {overlap:g}, expected .* from 0 to 0.75; .*usual"):
        check_overlap(overlap)
