"""Gradients on the CPU against float64, in the memory formats that are used and in those that may arrive."""

from copy import deepcopy

import pytest
import torch

from labelbridge.translate.syndiff.networks import Networks
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
    "diffusive generator": lambda nets: nets.generators.labeled.diffusive,
    "diffusive discriminator": lambda nets: nets.discriminators.labeled.diffusive,
    "direct generator": lambda nets: nets.generators.labeled.direct,
    "patch discriminator": lambda nets: nets.discriminators.labeled.direct,
}
LAYOUTS = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}


def network_called(name):
    torch.manual_seed(0)
    network = NETWORKS[name](Networks(ARCHITECTURE))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    return network


def inputs(name, size):
    random = torch.Generator().manual_seed(3)
    x = torch.rand(size, 2, 32, 40, generator=random) * 2 - 1
    return (x if name == "diffusive generator" else x[:, :1]), torch.arange(size) + 1, torch.randn(size, 100)


def forward(name, network, x, t, z):
    if name == "diffusive generator":
        return network(x, t, z)
    if name == "diffusive discriminator":
        return network(x, t, x.flip(2))
    return network(x)


def gradients(name, network, x, t, z, *, layout=torch.contiguous_format):
    """Return output, input gradient and weight gradients; x and the incoming gradient are laid out as asked."""
    leaf = x.clone().requires_grad_()
    out = forward(name, network, leaf.contiguous(memory_format=layout), t, z)
    incoming = torch.randn(out.shape, generator=torch.Generator().manual_seed(4)).to(out.dtype)
    out.backward(incoming.contiguous(memory_format=layout) if incoming.ndim == 4 else incoming)
    return out.detach(), leaf.grad, {key: one.grad for key, one in network.named_parameters()}


def close(got, expected):
    return (got.double() - expected).norm() < 2e-4 * expected.norm()


@pytest.mark.parametrize("weights", LAYOUTS)
@pytest.mark.parametrize("images", LAYOUTS)
@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_those_of_float64(name, size, images, weights):
    network = network_called(name)
    x, t, z = inputs(name, size)
    expected = gradients(name, deepcopy(network).double(), x.double(), t, z.double())
    network = network.to(memory_format=LAYOUTS[weights])
    got = gradients(name, network, x, t, z, layout=LAYOUTS[images])
    torch.testing.assert_close(got[0].double(), expected[0], rtol=1e-4, atol=1e-5)
    assert close(got[1], expected[1])
    for parameter, gradient in expected[2].items():
        if gradient.norm() > 1e-9:  # biases before an instance norm have none
            assert close(got[2][parameter], gradient), parameter


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_that_are_channels_last_make_images_between_so(name):
    """Else no gradient inside would arrive so either, and the test above would show nothing."""
    network, seen = network_called(name).to(memory_format=torch.channels_last), []

    def look(module, given, out):
        seen.append(out.is_contiguous(memory_format=torch.channels_last) and not out.is_contiguous())

    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(look)
    forward(name, network, *inputs(name, 1))
    assert sum(seen) >= 4


@pytest.mark.parametrize("name", ["direct generator", "patch discriminator"])
def test_gradients_that_arrive_channels_last_inside_are_taken_right(name):
    """As a neighbour's kernel may hand them on; torch's own instance norm errs in a batch of one."""
    network = network_called(name)
    x, t, z = inputs(name, 1)
    expected = gradients(name, network, x, t, z)
    again = network_called(name)
    for module in again.modules():
        module.register_forward_hook(lambda module, given, out: _LastGradient.apply(out) if out.ndim == 4 else None)
    got = gradients(name, again, x, t, z)
    assert close(got[1], expected[1].double())
    for parameter, gradient in expected[2].items():
        if gradient.norm() > 1e-4:
            assert close(got[2][parameter], gradient.double()), parameter


class _LastGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient.contiguous(memory_format=torch.channels_last)


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
