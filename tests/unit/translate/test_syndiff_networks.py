"""The networks against plain, slow transcriptions in float64; the whole NCSN++ is in test_syndiff_foreign.py."""

import math
from copy import deepcopy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from labelbridge.translate.syndiff.networks import (
    DiffusiveDiscriminator,
    DiffusiveGenerator,
    Networks,
    PatchGAN,
    ResNetGenerator,
)
from labelbridge.translate.syndiff.networks.layers import FirDown, FirUp, MinibatchDeviation, sinusoid
from labelbridge.translate.syndiff.settings import Architecture

SMALL = Architecture(
    generator_channels=16,
    generator_multipliers=(1, 2),
    generator_blocks=1,
    attention_levels=(1,),
    discriminator_channels=(8, 16, 12),
    resnet_channels=8,
    resnet_blocks=2,
    patchgan_channels=8,
)
INCREASE = 0.3
"""Added to all weights: layers that start near zero would hide what goes through them."""


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def made(kind):
    network = kind(SMALL)
    with torch.no_grad():
        for parameter in network.parameters():
            fan = parameter[0].numel() if parameter.ndim > 1 else 1
            parameter += INCREASE * torch.randn_like(parameter) / math.sqrt(fan)
    return network, deepcopy(network).double()


def close(got, expected):
    torch.testing.assert_close(got.double(), expected, rtol=1e-4, atol=1e-5)


def fir_by_hand(x, *, up=1, down=1, before=1, after=1, gain=1):
    """Insert zeros, pad, filter with [1, 3, 3, 1] along both axes, keep every `down`-th px."""
    kernel = torch.tensor([1.0, 3, 3, 1], dtype=torch.float64) / 8
    spread = torch.zeros(*x.shape[:2], x.shape[2] * up, x.shape[3] * up, dtype=torch.float64)
    spread[..., ::up, ::up] = x
    padded = F.pad(spread, [before, after, before, after])
    height, width = padded.shape[2] - 3, padded.shape[3] - 3
    rows = sum(kernel[k] * padded[:, :, k : k + height] for k in range(4))
    both = sum(kernel[k] * rows[..., k : k + width] for k in range(4))
    return (gain * both)[..., ::down, ::down]


@pytest.mark.parametrize("shape", [(8, 8), (6, 10), (2, 2)])
def test_fir_is_the_published_filter(shape):
    x = torch.randn(2, 3, *shape)
    close(FirDown(3)(x), fir_by_hand(x.double(), down=2))
    close(FirUp(3)(x), fir_by_hand(x.double(), up=2, before=2, gain=4))
    close(FirDown(3, stride=1, padding=2)(x), fir_by_hand(x.double(), before=2, after=2))


def test_fir_keeps_a_flat_image_inside():
    x = torch.ones(1, 1, 12, 12)
    close(FirDown(1)(x)[..., 1:-1, 1:-1], torch.ones(1, 1, 4, 4, dtype=torch.float64))
    close(FirUp(1)(x)[..., 2:-2, 2:-2], torch.ones(1, 1, 20, 20, dtype=torch.float64))


@pytest.mark.parametrize("width", [8, 64])
def test_steps_are_embedded_as_sines_and_cosines(width):
    last = width // 2 - 1
    got = sinusoid(torch.tensor([0, 1, 3]), width)
    for row, t in zip(got.tolist(), (0, 1, 3), strict=True):
        angles = [t * 10_000 ** (-k / last) for k in range(last + 1)]
        assert row == pytest.approx([math.sin(a) for a in angles] + [math.cos(a) for a in angles], abs=1e-6)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 8])
def test_minibatch_deviation_is_the_mean_deviation_of_groups_of_four(size):
    x = torch.randn(size, 3, 2, 5)
    out = MinibatchDeviation()(x)
    assert torch.equal(out[:, :3], x)
    group = min(size, 4)
    for k in range(size):
        members = x[k % (size // group) :: size // group]
        expected = torch.sqrt(members.var(0, correction=0) + 1e-8).mean()
        torch.testing.assert_close(out[k, 3], expected.expand(2, 5))
    if size == 1:
        torch.testing.assert_close(out[:, 3], torch.full((1, 2, 5), 1e-4))


@pytest.mark.parametrize("size", [5, 6, 7])
def test_minibatch_deviation_of_other_batches_is_that_of_the_whole(size):
    x = torch.randn(size, 3, 2, 2)
    expected = torch.sqrt(x.var(0, correction=0) + 1e-8).mean()
    torch.testing.assert_close(MinibatchDeviation()(x)[:, 3], expected.expand(size, 2, 2))


@pytest.mark.parametrize("size", [1, 3])
def test_adaptive_group_norm(size):
    network, double = made(DiffusiveGenerator)
    x, latent = 0.01 * torch.randn(size, 32, 4, 6) + 0.1, torch.randn(size, 64)  # so flat that epsilon counts
    style = F.linear(latent.double(), double.middle_1.norm_1.style.weight, double.middle_1.norm_1.style.bias)
    groups = x.double().reshape(size, 8, 4 * 4 * 6)
    variance, mean = torch.var_mean(groups, 2, correction=0, keepdim=True)
    normed = ((groups - mean) / torch.sqrt(variance + 1e-6)).reshape(x.shape)
    expected = style[:, :32, None, None] * normed + style[:, 32:, None, None]
    close(network.middle_1.norm_1(x, latent), expected)


def test_attention_is_a_softmax_over_all_pixels():
    network, double = made(DiffusiveGenerator)
    own, x = double.middle_attention, torch.randn(2, 32, 3, 5)
    normed = own.norm(x.double())
    query, key, value = (
        torch.einsum("bcyx,dc->bdyx", normed, layer.weight[:, :, 0, 0]) + layer.bias[:, None, None]
        for layer in (own.query, own.key, own.value)
    )
    expected = torch.empty_like(query)
    for b in range(2):
        for row in range(3):
            for column in range(5):
                scores = torch.stack([query[b, :, row, column] @ key[b, :, y, x] for y in range(3) for x in range(5)])
                share = torch.exp(scores / math.sqrt(32))
                expected[b, :, row, column] = value[b].flatten(1) @ (share / share.sum())
    out = torch.einsum("bcyx,dc->bdyx", expected, own.out.weight[:, :, 0, 0]) + own.out.bias[:, None, None]
    close(network.middle_attention(x), (x.double() + out) / math.sqrt(2))


def conv(layer, x, **how):
    return F.conv2d(x, layer.weight, layer.bias, **how)


def leaky(x):
    return torch.where(x > 0, x, 0.2 * x)


def discriminate(own, x_t, t, x_next):
    """The time-dependent discriminator, for a batch that is one group."""
    time = leaky(F.linear(sinusoid(t, 16).double(), own.time_1.weight, own.time_1.bias))
    time = leaky(F.linear(time, own.time_2.weight, own.time_2.bias))
    h = conv(own.head, torch.cat([x_t, x_next], 1))
    for block in own.blocks:
        main = conv(block.conv_1, leaky(h), padding=1)
        main = main + F.linear(time, block.time.weight, block.time.bias)[:, :, None, None]
        main = conv(block.conv_2, fir_by_hand(leaky(main), down=2), padding=1)
        h = (main + conv(block.skip, fir_by_hand(h, down=2))) / math.sqrt(2)
    deviation = torch.sqrt(h.var(0, correction=0) + 1e-8).mean()
    h = torch.cat([h, deviation.expand(len(h), 1, *h.shape[2:])], 1)
    return F.linear(leaky(conv(own.conv, h, padding=1)).sum((2, 3)), own.tail.weight, own.tail.bias)


@pytest.mark.parametrize("size", [1, 3])
def test_diffusive_discriminator(size):
    network, double = made(DiffusiveDiscriminator)
    x_t, x_next, t = torch.randn(size, 1, 16, 20), torch.randn(size, 1, 16, 20), torch.tensor([3, 0, 2])[:size]
    close(network(x_t, t, x_next), discriminate(double, x_t.double(), t, x_next.double()))


def plain_resnet(own):
    """The ResNet of torch's own layers, with the weights of ours."""
    trained = [layer for layer in own.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]
    copies = iter([_plain(layer) for layer in trained])

    def normed():
        layer = next(copies)
        return [layer, nn.InstanceNorm2d(layer.out_channels)]

    layers = [nn.ReflectionPad2d(3), *normed(), nn.ReLU()]
    layers += [*normed(), nn.ReLU(), *normed(), nn.ReLU()]
    for _ in range(SMALL.resnet_blocks):
        inner = [nn.ReflectionPad2d(1), *normed(), nn.ReLU(), nn.ReflectionPad2d(1), *normed()]
        layers.append(_Added(*inner))
    layers += [*normed(), nn.ReLU(), *normed(), nn.ReLU(), nn.ReflectionPad2d(3), next(copies), nn.Tanh()]
    assert not list(copies)
    return nn.Sequential(*layers)


def plain_patchgan(own):
    copies = [_plain(layer) for layer in own.modules() if isinstance(layer, nn.Conv2d)]
    assert [(one.kernel_size, one.stride, one.padding) for one in copies] == [
        ((4, 4), (stride, stride), (1, 1)) for stride in (2, 2, 2, 1, 1)
    ]
    layers = [copies[0], nn.LeakyReLU(0.2)]
    for one in copies[1:-1]:
        layers += [one, nn.InstanceNorm2d(one.out_channels), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, copies[-1])


class _Added(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def _plain(layer):
    kind = nn.ConvTranspose2d if isinstance(layer, nn.ConvTranspose2d) else nn.Conv2d
    more = {"output_padding": 1} if kind is nn.ConvTranspose2d else {}
    copy = kind(layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride, layer.padding, **more).double()
    copy.load_state_dict(layer.state_dict())
    return copy


@pytest.mark.parametrize(("kind", "plain"), [(ResNetGenerator, plain_resnet), (PatchGAN, plain_patchgan)])
def test_direct_networks_are_those_of_usual_layers(kind, plain):
    network, double = made(kind)
    expected = plain(double)
    for size, sides in ((1, (32, 28)), (3, (24, 36))):
        x = torch.rand(size, 1, *sides) * 2 - 1
        close(network(x), expected(x.double()))


def test_a_batch_is_as_its_images_one_by_one():
    network, _ = made(DiffusiveGenerator)
    x, z, t = torch.randn(3, 2, 16, 20), torch.randn(3, 100), torch.tensor([0, 3, 1])
    together = network(x, t, z)
    for k in range(3):
        own = slice(k, k + 1)
        torch.testing.assert_close(network(x[own], t[own], z[own]), together[own], rtol=1e-4, atol=1e-5)


def test_noise_source_step_and_latent_all_count():
    network, _ = made(DiffusiveGenerator)
    x, t, z = torch.randn(1, 2, 16, 16), torch.tensor([1]), torch.randn(1, 100)
    out = network(x, t, z)
    for other in ((x * torch.tensor([1.0, 0.0])[:, None, None], t, z), (x.flip(1), t, z), (x, t + 1, z), (x, t, -z)):
        assert (network(*other) - out).abs().max() > 1e-3
    torch.testing.assert_close(network(x, t, 5 * z), out)  # the latent is normalised


def test_images_are_in_range():
    torch.manual_seed(1)
    for kind, more in ((DiffusiveGenerator, (torch.tensor([1]), torch.randn(1, 100))), (ResNetGenerator, ())):
        network = kind(SMALL)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(torch.randn_like(parameter))
        out = network(torch.randn(1, 2 if more else 1, 24, 16), *more)
        assert out.shape == (1, 1, 24, 16)
        assert 0.9 < float(out.detach().abs().max()) <= 1


def test_diffusive_networks_start_with_scaled_uniform_weights():
    """Variance gain / fan_avg, where fan_avg is the mean of what goes in and out of a layer."""
    networks = Networks(SMALL)
    for network in (networks.generators.labeled.diffusive, networks.discriminators.labeled.diffusive):
        for name, layer in network.named_modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                _check_uniform(layer.weight.detach(), _gain(network, name))
                _check_bias(layer.bias, shifts=name.endswith("style"))


def _gain(network, name):
    last = name.rpartition(".")[2]
    if last in {"query", "key", "value"}:
        return 0.1
    zero = last in {"conv_2", "out"} or (last == "tail" and isinstance(network, DiffusiveGenerator))
    return 1e-10 if zero else 1.0


def _check_uniform(weight, gain):
    pixels = weight[0, 0].numel()
    bound = math.sqrt(3 * gain / ((weight.shape[0] + weight.shape[1]) * pixels / 2))
    assert float(weight.abs().max()) <= bound * 1.00001
    if weight.numel() > 500:
        assert float(weight.std()) == pytest.approx(bound / math.sqrt(3), rel=0.1)


def _check_bias(bias, *, shifts):
    if bias is None:
        return
    expected = torch.zeros_like(bias)
    if shifts:
        expected[: len(bias) // 2] = 1
    assert torch.equal(bias, expected)


def test_direct_networks_start_with_normal_weights():
    networks = Networks(SMALL.model_copy(update={"resnet_channels": 16, "patchgan_channels": 16}))
    for network in (networks.generators.labeled.direct, networks.discriminators.labeled.direct):
        for name, parameter in network.state_dict().items():
            if name.endswith("bias"):
                assert not parameter.any()
            else:
                assert float(parameter.std()) == pytest.approx(0.02, rel=0.15)
                assert abs(float(parameter.mean())) < 0.003


def test_the_eight_networks_start_apart():
    weights = [one.detach() for one in Networks(SMALL).parameters() if one.ndim == 4]
    assert len({tuple(one.flatten()[:5].tolist()) for one in weights}) == len(weights)
