"""What is held out stays held out."""

import numpy as np
import pytest
from correctedscenes import done, fibres, partly
from scipy import ndimage

from labelbridge.bootstrap.retraining.heldout import HELD_OUT_OF, divide
from labelbridge.core import Image


def test_no_pixel_and_no_fibre_is_on_both_sides() -> None:
    corrected = done(1, rows=8, columns=8)
    division = divide(corrected)
    assert not np.any(division.learnt & division.held_out)
    numbers = corrected.verified.fibres
    assert not set(np.unique(numbers[division.learnt])) & set(np.unique(numbers[division.held_out])) - {0}
    assert division.learnt_fibres + division.held_out_fibres == 64


@pytest.mark.parametrize("seed", range(4))
def test_about_a_fifth_is_held_out(seed: int) -> None:
    division = divide(done(seed, rows=10, columns=10))
    assert division.held_out_fibres == pytest.approx(100 / HELD_OUT_OF, abs=8)


def test_what_was_held_out_once_is_never_learnt_from() -> None:
    """More is verified from time to time: each tile stays on its side."""
    earlier = divide(partly(3, 8))
    for accepted in (14, 22, 30):
        later = divide(partly(3, accepted))
        assert not np.any(earlier.held_out & later.learnt)
        assert not np.any(earlier.learnt & later.held_out)
        assert np.all(later.held_out[earlier.held_out]), "what was measured on still is"
        earlier = later
    whole = divide(done(3))
    assert not np.any(earlier.held_out & whole.learnt)
    assert np.all(whole.held_out[earlier.held_out])


def test_the_name_of_an_image_does_not_matter_and_its_pixels_do() -> None:
    one = done(4)
    renamed = type(one)(Image(one.image.data, "elsewhere"), one.labels, one.verified)
    assert np.array_equal(divide(one).held_out, divide(renamed).held_out)
    others = [divide(done(seed)).held_out for seed in range(5, 12)]
    assert any(not np.array_equal(divide(one).held_out, other) for other in others)


def test_tiles_are_as_large_as_fibres() -> None:
    division = divide(done(1, rows=10, columns=10))
    held_out, count = ndimage.label(division.held_out | ~(division.learnt | division.held_out))
    sides = [max(part.stop - part.start for part in window) for window in ndimage.find_objects(held_out)]
    assert count > 5
    assert 30 <= np.median(sides) <= 4 * 34


def test_without_a_fibre_there_is_only_background() -> None:
    corrected = partly(1, 0)
    division = divide(corrected)
    assert not division.learnt.any()
    assert not division.held_out.any()
    assert (division.learnt_fibres, division.held_out_fibres) == (0, 0)
    assert fibres(1)[0].shape == division.learnt.shape
