"""Gradients on the CPU against float64, in the memory formats that are used and in those that arrive."""

from copy import deepcopy

import pytest
import torch

from labelbridge.translate.syndiff.networks import Networks
from labelbridge.translate.syndiff.networks.layers import FirDown, FirUp, MinibatchDeviation
from labelbridge.translate.syndiff.settings import Architecture

ARCHITECTURE = Architecture(
    generator_channels=16,
    generator_multipliers=(1, 2),
    generator_blocks=1,
    attention_levels=(1,),
    discriminator_channels=(8, 16, 16),
    resnet_channels=8,
    resnet_blocks=1,
    patchgan_channels=8,
)
NETWORKS = {
    "diffusive generator": lambda nets, x, t, z: nets.generators.labeled.diffusive(torch.cat([x, x.flip(3)], 1), t, z),
    "diffusive discriminator": lambda nets, x, t, z: nets.discriminators.labeled.diffusive(x, t, x.flip(2)),
    "direct generator": lambda nets, x, t, z: nets.generators.labeled.direct(x),
    "patch discriminator": lambda nets, x, t, z: nets.discriminators.labeled.direct(x),
}


def networks():
    torch.manual_seed(0)
    made = Networks(ARCHITECTURE)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    return made


def gradients(nets, forward, x, t, z, incoming, layout):
    x = x.clone().requires_grad_()
    out = forward(nets, x.to(memory_format=layout), t, z)
    given = incoming(out)
    out.backward(given.contiguous(memory_format=layout) if given.ndim == 4 else given)
    own = {name: one.grad for name, one in nets.named_parameters() if one.grad is not None}
    return out.detach(), x.grad, own


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_those_of_float64(name, size, layout):
    random = torch.Generator().manual_seed(3)
    x = torch.rand(size, 1, 32, 40, generator=random) * 2 - 1
    t, z = torch.arange(size) + 1, torch.randn(size, 100, generator=random)

    def incoming(out):
        return torch.randn(out.shape, generator=torch.Generator().manual_seed(4)).to(out.dtype)

    nets = networks()
    expected = gradients(
        deepcopy(nets).double(), NETWORKS[name], x.double(), t, z.double(), incoming, torch.contiguous_format
    )
    got = gradients(nets, NETWORKS[name], x, t, z, incoming, layout)
    torch.testing.assert_close(got[0].double(), expected[0], rtol=1e-4, atol=1e-5)
    _close(got[1], expected[1])
    for parameter, gradient in expected[2].items():
        if gradient.norm() > 1e-9:  # biases before an instance norm have none
            _close(got[2][parameter], gradient)


def _close(got, expected):
    assert (got.double() - expected).norm() < 2e-4 * expected.norm()


def test_torch_still_has_the_defect_that_the_direct_networks_avoid():
    """Instance norm's gradient on the CPU is wrong where the incoming one is channels last (torch 2.15)."""
    random = torch.Generator().manual_seed(0)
    x, incoming = torch.randn(2, 1, 8, 16, 16, generator=random)
    expected, got = (x.clone().requires_grad_() for _ in range(2))
    torch.nn.functional.instance_norm(expected).backward(incoming)
    torch.nn.functional.instance_norm(got).backward(incoming.contiguous(memory_format=torch.channels_last))
    if torch.allclose(got.grad, expected.grad, rtol=1e-4, atol=1e-6):
        pytest.skip(f"torch {torch.__version__} has mended instance norm")
    assert (got.grad - expected.grad).norm() > 0.1 * expected.grad.norm()


def fir_by_hand(x, *, up, down, before, after, gain):
    """Insert zeros, pad, filter with [1, 3, 3, 1] along both axes, keep every `down`-th px."""
    kernel = torch.tensor([1.0, 3, 3, 1], dtype=torch.float64) / 8
    spread = torch.zeros(*x.shape[:2], x.shape[2] * up, x.shape[3] * up, dtype=torch.float64)
    spread[..., ::up, ::up] = x
    padded = torch.nn.functional.pad(spread, [before, after, before, after])
    height, width = padded.shape[2] - 3, padded.shape[3] - 3
    rows = sum(kernel[k] * padded[:, :, k : k + height] for k in range(4))
    both = sum(kernel[k] * rows[..., k : k + width] for k in range(4))
    return (gain * both)[..., ::down, ::down]


@pytest.mark.parametrize("shape", [(8, 8), (6, 10), (2, 2)])
def test_fir_is_the_published_filter(shape):
    x = torch.randn(2, 3, *shape)
    down = fir_by_hand(x.double(), up=1, down=2, before=1, after=1, gain=1)
    torch.testing.assert_close(FirDown(3)(x).double(), down, rtol=1e-5, atol=1e-6)
    up = fir_by_hand(x.double(), up=2, down=1, before=2, after=1, gain=4)
    torch.testing.assert_close(FirUp(3)(x).double(), up, rtol=1e-5, atol=1e-6)
    only = fir_by_hand(x.double(), up=1, down=1, before=2, after=2, gain=1)
    torch.testing.assert_close(FirDown(3, stride=1, padding=2)(x).double(), only, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_minibatch_deviation_is_the_mean_deviation_of_groups_of_four(size):
    x = torch.randn(size, 3, 2, 2)
    out = MinibatchDeviation()(x)
    assert torch.equal(out[:, :3], x)
    group = min(size, 4)
    for k in range(size):
        members = x[k % (size // group) :: size // group]
        expected = torch.sqrt(members.var(0, correction=0) + 1e-8).mean()
        torch.testing.assert_close(out[k, 3], expected.expand(2, 2))
    if size == 1:
        torch.testing.assert_close(out[:, 3], torch.full((1, 2, 2), 1e-4))


def test_a_batch_is_as_its_images_one_by_one():
    nets = networks().generators.labeled
    x, z, t = torch.randn(3, 2, 16, 16), torch.randn(3, 100), torch.tensor([0, 3, 1])
    together = nets.diffusive(x, t, z)
    for k in range(3):
        alone = nets.diffusive(x[k : k + 1], t[k : k + 1], z[k : k + 1])
        torch.testing.assert_close(alone[0], together[k], rtol=1e-4, atol=1e-5)
