"""The terms of the losses, each against its equation."""

import math

import pytest
import torch
from torch.nn.functional import interpolate

from labelbridge.translate.syndiff.losses import fake_loss, gradient_penalty, real_loss, structure_loss, tone_loss


def softplus(x):
    return math.log1p(math.exp(-abs(x))) + max(x, 0.0)


def guide(seed=0):
    coarse = torch.rand(2, 1, 12, 12, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return interpolate(coarse, scale_factor=4, mode="bilinear")


def test_logits_are_judged_by_the_mean_softplus():
    logits = torch.tensor([[-30.0], [-0.5], [0.0], [2.0]])
    assert float(real_loss(logits)) == pytest.approx(sum(softplus(-x) for x in logits.flatten().tolist()) / 4)
    assert float(fake_loss(logits)) == pytest.approx(sum(softplus(x) for x in logits.flatten().tolist()) / 4)


def test_without_a_signal_the_four_terms_are_4_ln_2():
    none = torch.zeros(3, 1)
    assert float(2 * real_loss(none) + 2 * fake_loss(none)) == pytest.approx(4 * math.log(2))


def test_the_penalty_is_half_gamma_times_the_squared_gradient():
    """D(x) = sum of w x²/2 over the image has the gradient w x; the mean is over the batch, not over the pixels."""
    random = torch.Generator().manual_seed(0)
    images, w = torch.randn(2, 3, 1, 4, 5, generator=random, dtype=torch.float64)
    expected = float((w * images).square().sum((1, 2, 3)).mean() / 2)
    slope = w * images**2 / 3
    images.requires_grad_()
    w.requires_grad_()
    logits = (w * images.square() / 2).sum((1, 2, 3))[:, None]
    for gamma in (1.0, 0.3):
        penalty = gradient_penalty(logits, images, gamma)
        assert float(penalty.detach()) == pytest.approx(gamma * expected, rel=1e-12)
        (trained,) = torch.autograd.grad(penalty, w, retain_graph=True)
        torch.testing.assert_close(trained, gamma * slope)


def test_structure_is_kept_whatever_brightness_contrast_and_shading():
    image = guide()
    shading = torch.linspace(-0.3, 0.3, image.shape[3])
    assert float(structure_loss(image, image)) < 0.002
    assert float(structure_loss(0.4 * image + 0.2, image)) < 0.01
    assert float(structure_loss(image + shading, image)) < 0.05


def test_structure_is_lost_where_inverted_moved_or_made_up():
    image = guide()
    assert float(structure_loss(-image, image)) > 1.98
    assert float(structure_loss(guide(seed=1), image)) == pytest.approx(1.0, abs=0.25)
    moved = [float(structure_loss(torch.roll(image, px, 3), image)) for px in (0, 1, 2, 4)]
    assert moved == sorted(moved)
    assert moved[3] > 0.3


def test_flat_areas_say_nothing_of_structure():
    """Noise in half of the image, where the guide is flat, hardly counts."""
    image = guide()
    image[..., 24:] = 0.0
    made = image + torch.where(torch.arange(48) < 24, 0.0, 0.02) * torch.randn(image.shape)
    assert float(structure_loss(made, image)) < 0.1


def test_structure_can_be_learnt():
    image = guide()
    made = torch.zeros_like(image).requires_grad_()
    adam = torch.optim.Adam([made], lr=0.05)
    for _ in range(40):
        adam.zero_grad()
        loss = structure_loss(made, image)
        loss.backward()
        adam.step()
    assert float(loss.detach()) < 0.1
    assert float(torch.corrcoef(torch.stack([made.detach().flatten(), image.flatten()]))[0, 1]) > 0.3


def test_tone_is_the_mean_brightness_of_areas():
    """Whatever is finer than 8 px is free; a shift of the whole image counts in full."""
    image = guide()
    checks = 0.5 * (-1.0) ** torch.arange(48)
    assert float(tone_loss(image + checks, image)) < 1e-6
    assert float(tone_loss(image - 0.25, image)) == pytest.approx(0.25, rel=1e-4)
    darker_areas = torch.kron(0.5 * (torch.arange(36).view(1, 1, 6, 6) % 2), torch.ones(8, 8))
    assert float(tone_loss(image - darker_areas, image)) == pytest.approx(0.25, rel=1e-4)
