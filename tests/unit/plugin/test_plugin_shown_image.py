"""The image of a layer, without a viewer."""

from typing import Any

import numpy as np
import pytest

from labelbridge.core import InputError
from labelbridge.plugin.presenters.shownimage import GreyWindows, ShownImage

RNG = np.random.default_rng(31)


def shown(data: Any, **more: Any) -> ShownImage:
    return ShownImage("layer", "picture", data, **more)


def test_a_grey_image_is_taken_as_it_is() -> None:
    data = RNG.integers(-5, 3000, (20, 30)).astype(np.int32)
    image = shown(data, pixel_size_um=0.1).read(())
    assert image.data.dtype == np.float32
    np.testing.assert_array_equal(image.data, data)
    assert (image.name, image.pixel_size_um) == ("picture", 0.1)


def test_a_colour_image_gives_its_luminance_or_a_channel() -> None:
    data = RNG.integers(0, 255, (20, 30, 4)).astype(np.uint8)
    colour = shown(data, is_colour=True)
    assert colour.shape == (20, 30)
    assert not colour.is_stack
    weighed = data[..., :3] @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(colour.read((), "luminance").data, weighed, atol=1e-3)
    np.testing.assert_array_equal(colour.read((), "green").data, data[..., 1])


def test_a_stack_gives_its_planes() -> None:
    data = RNG.random((2, 3, 20, 30))
    stack = shown(data, plane=(1, 2))
    assert stack.is_stack
    assert list(stack.planes(everything=False)) == [(1, 2)]
    assert len(list(stack.planes(everything=True))) == 6
    np.testing.assert_array_equal(stack.read((0, 1)).data, data[0, 1].astype(np.float32))
    coloured = shown(RNG.random((5, 20, 30, 3)), is_colour=True, plane=(4,))
    assert (coloured.stack_shape, coloured.shape) == ((5,), (20, 30))
    np.testing.assert_array_equal(coloured.read((4,), "blue").data, coloured.data[4, ..., 2].astype(np.float32))


def test_grey_planes_know_no_channel() -> None:
    assert shown(np.zeros((20, 30))).read((), "red").shape == (20, 30)


def test_only_large_images_are_offered_in_parts() -> None:
    assert not shown(np.broadcast_to(np.uint8(0), (8192, 8192))).is_large
    assert shown(np.broadcast_to(np.uint8(0), (8192, 8193))).is_large


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (np.full((20, 30), np.nan), "picture: got 600 pixels that are NaN"),
        (np.zeros((0, 30)), "picture: got an image of 30 x 0 px"),
        (np.zeros((0, 0)), "picture: got an image of 0 x 0 px"),
        (np.zeros((20, 10)), "picture: got an image of 10 x 20 px"),
        (np.zeros((20, 30), np.complex64), "picture: got pixels of type complex64"),
        (np.zeros((20, 30), object), "picture: got pixels of type object"),
    ],
)
def test_what_cannot_be_worked_on_is_one_sentence(data: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        shown(data).read(())


class Recorded:
    """Pixels that remember which windows were read."""

    def __init__(self, data: Any) -> None:
        self.data, self.shape, self.dtype = data, data.shape, data.dtype
        self.windows: list[Any] = []

    def __getitem__(self, window: Any) -> Any:
        self.windows.append(window)
        return self.data[window]


def test_windows_are_read_as_grey_and_no_more_than_these() -> None:
    window = (slice(3, 9), slice(10, 14))
    grey = Recorded(RNG.integers(0, 60_000, (20, 30)).astype(np.uint16))
    read = GreyWindows("picture", grey)[window]
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, grey.data[window])
    assert grey.windows == [window]
    colour = RNG.integers(0, 255, (20, 30, 4)).astype(np.uint8)
    windows = GreyWindows("picture", colour, is_colour=True)
    assert windows.shape == (20, 30)
    np.testing.assert_array_equal(windows[window], shown(colour, is_colour=True).read(()).data[window])


def test_pixels_that_are_no_numbers_are_not_readable() -> None:
    assert GreyWindows("picture", np.zeros((2, 2), np.uint8)).is_readable
    assert not GreyWindows("picture", np.zeros((2, 2), np.complex64)).is_readable
