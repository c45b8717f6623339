"""The bookkeeping of benchmarks/syndiff_speed.py: what it counts and how it adds up."""

import pytest
import torch
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

import syndiff_speed as speed
from labelbridge.translate.syndiff.settings import SynDiffSettings

CPU = speed.Conditions(torch.device("cpu"), repeats=1)
SETTINGS = SynDiffSettings.from_preset("tiny").as_published()


def test_a_convolution_counts_two_for_each_multiply_add_forward_and_for_each_gradient():
    x, weight = torch.randn(1, 6, 10, 12, requires_grad=True), torch.randn(8, 6, 3, 3, requires_grad=True)
    forward = 2 * 9 * 6 * 8 * 10 * 12
    assert speed.counted(lambda: F.conv2d(x, weight, padding=1)) == forward
    assert speed.counted(lambda: F.conv2d(x, weight, padding=1).sum().backward()) == 3 * forward
    weight.requires_grad_(False)
    assert speed.counted(lambda: F.conv2d(x, weight, padding=1).sum().backward()) == 2 * forward


def test_each_channel_by_itself_counts_once():
    x, kernel = torch.randn(1, 6, 8, 8), torch.randn(6, 1, 4, 4)
    assert speed.counted(lambda: F.conv2d(x, kernel, stride=2, padding=1, groups=6)) == 2 * 16 * 6 * 4 * 4


def forward_gflop(network, *arguments):
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(*arguments)
    return counter.get_total_flops() / 1e9


def test_a_step_needs_each_pass_of_the_method_once():
    """Forward and backward cost 3, with fixed weights 2; first layers cost a little less, attention a little more."""
    syndiff, batch, draws = speed.prepared(CPU, SETTINGS)
    own, judges = syndiff.networks.generators.labeled, syndiff.networks.discriminators.labeled
    image, draw = batch.labeled, draws.generators[0]
    diffusive = forward_gflop(own.diffusive, torch.cat([image, image], 1), draw.t, draw.z)
    judged = forward_gflop(judges.diffusive, image, draw.t, image) + forward_gflop(judges.direct, image)
    direct = forward_gflop(own.direct, image)
    expected = 2 * ((1 + 3) * diffusive + (3 + 3 + 2) * judged + (3 + 3) * direct)
    got = speed.counted(lambda: syndiff.step(batch, draws, penalise=False)) / 1e9
    assert got == pytest.approx(expected, rel=0.02)
    penalised = speed.counted(lambda: syndiff.step(batch, draws, penalise=True)) / 1e9
    assert got + judged < penalised < got + 2 * 4 * judged


def test_a_translation_needs_the_generator_four_times():
    generator = speed.Networks(SETTINGS.architecture).generators.labeled.diffusive
    x, t, z = torch.randn(1, 2, 32, 32), torch.tensor([1]), torch.randn(1, 100)
    measured = speed.measure_translation(CPU, SETTINGS.architecture, 32)
    assert measured.gflop == pytest.approx(4 * forward_gflop(generator, x, t, z))
    assert measured.seconds > 0
    assert 0 < measured.convolving < 1


def test_one_penalised_step_in_ten_counts_a_tenth():
    assert speed.with_penalty(10.0, 30.0, 10) == 12.0


def test_attention_is_where_the_image_is_16_px_wide():
    assert [speed.architecture_for(px).attention_levels for px in (128, 256, 512)] == [(3,), (4,), (5,)]


def test_shares_are_of_the_best_peak_seen():
    slow, fast = speed.Measured(100, 2.0, 0.7, 1.5, 50), speed.Measured(400, 4.0, 0.9, 2.5, 200)
    text = speed.table({"step": slow, "128": fast})
    assert "convolution peak: 200 GFLOP/s" in text
    assert "| training step, 128 px | 100 | 2.00 | 25% | 70% | 1.50 |" in text
    assert "| translation, 128 px | 400 | 4.00 | 50% | 90% | 2.50 |" in text
