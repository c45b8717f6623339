"""The texture term: a distance of sets of images that sees what the structure term leaves free."""

import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from labelbridge.translate.syndiff.texture import Texture, draw_directions


def noise(count, side=64, seed=0, sigma=2.0):
    """Smooth noise of unit deviation."""
    values = np.random.default_rng(seed).standard_normal((count, 1, side, side))
    smooth = ndimage.gaussian_filter(values, (0, 0, sigma, sigma))
    return torch.from_numpy((smooth / smooth.std()).astype(np.float32))


def directions(seed=0):
    return draw_directions(torch.Generator().manual_seed(seed))


def texture_loss(made, real, w):
    return Texture(real, w).loss(made)


def test_directions_are_unit_vectors_each_band_its_own():
    w = directions()
    torch.testing.assert_close(w.square().sum((-1, -2)), torch.ones(w.shape[:3]))
    assert not torch.equal(w[0], w[1])
    assert not torch.equal(w, directions(1))


def test_it_is_zero_for_the_same_images_in_any_order_and_number():
    images = noise(4)
    assert float(texture_loss(images, images.flip(0), directions())) == pytest.approx(0, abs=1e-6)
    assert float(texture_loss(images, images.repeat(3, 1, 1, 1), directions())) < 1e-5


@pytest.mark.parametrize(
    "change",
    [
        lambda x: 1.5 * x,
        lambda x: torch.from_numpy(ndimage.gaussian_filter(x.numpy(), (0, 0, 1.5, 1.5))),
        lambda x: x + 0.3 * torch.from_numpy(np.random.default_rng(9).standard_normal(x.shape).astype(np.float32)),
    ],
    ids=["more contrast", "blurred", "noisy"],
)
def test_it_sees_contrast_blur_and_grain(change):
    made, real = noise(4), noise(16, seed=1)
    assert float(texture_loss(change(made), real, directions())) > 1.5 * float(texture_loss(made, real, directions()))


def test_it_leaves_brightness_free():
    made, real = noise(4), noise(16, seed=1)
    before = float(texture_loss(made, real, directions()))
    assert float(texture_loss(made + 0.5, real, directions())) == pytest.approx(before, rel=1e-3)


def finest_band(image):
    kernel = np.array([1, 4, 6, 4, 1]) / 16
    blurred = ndimage.correlate1d(ndimage.correlate1d(image, kernel, 0, mode="mirror"), kernel, 1, mode="mirror")
    return image - blurred


def test_it_is_the_earth_movers_distance_of_projected_patches():
    """A plain transcription for images of one band, which are too small for a second one."""
    made, real, w = noise(2, 12), 1.3 * noise(6, 12, seed=1), directions()
    found = []
    for direction in w[0, :, 0].numpy().astype(float):
        ours, theirs = (
            np.sort(
                [
                    (window * direction).sum()
                    for image in images[:, 0].numpy()
                    for window in sliding_window_view(finest_band(image.astype(float)), (7, 7)).reshape(-1, 7, 7)
                ]
            )
            for images in (made, real)
        )
        found.append((ours, theirs.reshape(len(ours), -1).mean(1)))
    ours, theirs = (np.array(one) for one in zip(*found, strict=True))
    expected = np.abs(ours - theirs).mean() / theirs.std()
    assert float(texture_loss(made, real, w)) == pytest.approx(expected, rel=1e-4)


def test_faint_grain_weighs_as_much_as_in_strong_images():
    """In images of a tenth of the contrast the same wrong ones are as wrong."""
    made, real, w = noise(4), noise(16, seed=1), directions()
    expected = float(texture_loss(made, real, w))
    assert float(texture_loss(made / 10, real / 10, w)) == pytest.approx(expected, rel=1e-3)


def test_descent_along_it_gives_blurred_images_their_grain():
    real, w = noise(16, 32, sigma=1.0), directions()
    made = torch.from_numpy(ndimage.gaussian_filter(noise(4, 32, seed=1, sigma=1.0).numpy(), (0, 0, 1, 1)))
    made.requires_grad_()
    adam, before = torch.optim.Adam([made], lr=0.05), float(texture_loss(made.detach(), real, w))
    for step in range(30):
        adam.zero_grad()
        texture_loss(made, real, directions(step)).backward()
        adam.step()
    assert float(texture_loss(made.detach(), real, w)) < 0.5 * before


@pytest.mark.parametrize("side", [24, 40, 200])
def test_it_takes_crops_of_any_size(side):
    value = texture_loss(noise(1, side), noise(8, side, seed=1), directions())
    assert 0 < float(value) < 3
