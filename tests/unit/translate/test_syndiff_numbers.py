"""Constants, sizes and costs as published: Özbey et al., arXiv 2207.08208; the figures were measured on its code."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from labelbridge.core import InputError
from labelbridge.translate.syndiff.diffusion import STEPS, Diffusion
from labelbridge.translate.syndiff.networks import Networks
from labelbridge.translate.syndiff.settings import Architecture, SynDiffSettings

PARAMETERS = {"diffusive_generator": 39_133_122, "diffusive_discriminator": 27_736_705, "resnet": 7_825_153}
PATCHGAN = 2_762_689


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def on_meta(architecture):
    with torch.device("meta"):
        return Networks(architecture)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("beta", [1e-8, 0.478255, 0.849206, 0.956418, 0.987404]),
        ("a", [1, 0.722319, 0.388322, 0.208764, 0.112232]),
        ("A", [1, 0.722319, 0.280492, 0.058557, 0.006572]),
        ("S", [1e-4, 0.691560, 0.959856, 0.998284, 0.999978]),
        ("c1", [1, 0.665778, 0.269191, 0.057822]),
        ("c2", [0, 0.201576, 0.193001, 0.111852]),
        ("variance", [0, 0.440819, 0.884202, 0.984061]),
    ],
)
def test_constants(name, expected):
    values = getattr(Diffusion(), name)
    assert values.dtype == torch.float32
    torch.testing.assert_close(values, torch.tensor(expected), rtol=2e-6, atol=1e-6)


def test_a_pair_is_one_step_of_noise_apart():
    diffusion, torch_random = Diffusion(), torch.Generator().manual_seed(0)
    x0 = torch.full((1, 1, 400, 400), 0.5)
    for step in range(STEPS):
        t = torch.tensor([step])
        e1, e2 = torch.randn((2, *x0.shape), generator=torch_random)
        x_t, x_next = diffusion.pair(x0, t, e1, e2)
        assert float(x_t.mean()) == pytest.approx(0.5 * float(diffusion.A[step]), abs=0.01)
        assert float(x_t.std()) == pytest.approx(float(diffusion.S[step]), abs=0.01)
        assert float(x_next.mean()) == pytest.approx(0.5 * float(diffusion.A[step + 1]), abs=0.01)
        assert float(x_next.std()) == pytest.approx(float(diffusion.S[step + 1]), abs=0.01)


def test_the_posterior_of_the_true_image_is_the_diffusion_backwards():
    diffusion, random = Diffusion(), torch.Generator().manual_seed(0)
    x0 = torch.full((1, 1, 600, 600), -0.7)
    for step in range(STEPS):
        t = torch.tensor([step])
        e1, e2, e = torch.randn((3, *x0.shape), generator=random)
        x_t, x_next = diffusion.pair(x0, t, e1, e2)
        sample = diffusion.posterior(x0, x_next, t, e)
        assert float(sample.mean()) == pytest.approx(float(x_t.mean()), abs=0.01)
        assert float(sample.std()) == pytest.approx(float(x_t.std()) if step else 0.0, abs=0.01)
        covariance = float(((sample - sample.mean()) * (x_next - x_next.mean())).mean())
        expected = float(((x_t - x_t.mean()) * (x_next - x_next.mean())).mean())
        assert covariance == pytest.approx(expected if step else 0.0, abs=0.01)


def test_each_image_of_a_batch_has_its_own_step():
    diffusion = Diffusion()
    x0, noise = torch.rand(4, 1, 3, 5), torch.randn(3, 4, 1, 3, 5)
    t = torch.tensor([3, 0, 2, 1])
    together = diffusion.pair(x0, t, noise[0], noise[1])
    posterior = diffusion.posterior(x0, together[1], t, noise[2])
    for k in range(4):
        own = slice(k, k + 1)
        alone = diffusion.pair(x0[own], t[own], noise[0][own], noise[1][own])
        assert torch.equal(alone[0], together[0][own])
        assert torch.equal(diffusion.posterior(x0[own], alone[1], t[own], noise[2][own]), posterior[own])


def test_published_networks_have_the_published_size():
    """The count is that of networks for crops of 128 px, whose fourth level, 128 channels wide, is 16 px wide."""
    networks = on_meta(Architecture(attention_levels=(3,)))
    own, judges = networks.generators.labeled, networks.discriminators.labeled
    assert count(own.diffusive) == PARAMETERS["diffusive_generator"]
    assert count(judges.diffusive) == PARAMETERS["diffusive_discriminator"]
    assert count(own.direct) == PARAMETERS["resnet"]
    assert count(judges.direct) == PATCHGAN
    assert count(networks) == 154_915_338


def test_attention_at_the_sixth_level_as_for_512_px_is_wider():
    widening = 3 * ((4 * (256 * 256 + 256) + 512) - (4 * (128 * 128 + 128) + 256))
    assert count(on_meta(Architecture()).generators.labeled.diffusive) == PARAMETERS["diffusive_generator"] + widening


@pytest.mark.parametrize(
    ("side", "level", "expected"),
    [(128, 3, (35.3, 37.8, 17.1)), (256, 4, (140.9, 151.4, 68.5)), (512, 5, (561.9, 605.5, 273.9))],
)
def test_published_networks_cost_what_is_published(side, level, expected):
    networks = on_meta(Architecture(attention_levels=(level,)))
    own, judges = networks.generators.labeled, networks.discriminators.labeled
    with torch.device("meta"):
        x, t, z = torch.zeros(1, 1, side, side), torch.zeros(1, dtype=torch.long), torch.zeros(1, 100)
    forwards = (
        lambda: own.diffusive(torch.cat([x, x], 1), t, z),
        lambda: judges.diffusive(x, t, x),
        lambda: own.direct(x),
    )
    for forward, gflop in zip(forwards, expected, strict=True):
        with FlopCounterMode(display=False) as counter:
            forward()
        assert counter.get_total_flops() / 1e9 == pytest.approx(gflop, abs=0.051)


def test_the_gpu_preset_is_small_enough():
    own = on_meta(SynDiffSettings.from_preset("gpu").architecture).generators.labeled
    assert count(own.diffusive) <= 12e6
    assert count(own.direct) <= 12e6


def test_the_paper_preset_is_the_published_method():
    settings = SynDiffSettings.from_preset("paper")
    assert settings.architecture == Architecture()
    assert (settings.batch, settings.crop_px, settings.augmentation) == (1, 512, "flips")
    assert (settings.learning_rate_generators, settings.learning_rate_discriminators) == (1.6e-4, 1e-4)
    assert (settings.learning_rate_final, settings.ema_decay) == (1e-5, 0.999)
    assert (settings.r1_gamma, settings.r1_every, settings.cycle_weight) == (1.0, 10, 0.5)
    assert settings.steps // settings.steps_per_epoch == 500


@pytest.mark.parametrize("preset", ["tiny", "cpu", "gpu"])
def test_presets_run_on_the_smallest_crop(preset):
    architecture = SynDiffSettings.from_preset(preset).architecture
    networks = Networks(architecture)
    side = architecture.multiple_px * 2
    x, t, z = torch.randn(1, 1, side, side), torch.tensor([2]), torch.randn(1, 100)
    with torch.no_grad():
        for images in (
            networks.generators.labeled.diffusive(torch.cat([x, x], 1), t, z),
            networks.generators.labeled.direct(x),
        ):
            assert images.shape == x.shape
            assert images.abs().max() <= 1
        assert networks.discriminators.labeled.diffusive(x, t, x).shape == (1, 1)


@pytest.mark.parametrize(
    ("field", "value"), [("crop_px", 23), ("steps", 0), ("ema_decay", 1.0), ("seed", -1), ("augmentation", "none")]
)
def test_settings_that_make_no_sense_are_one_sentence(field, value):
    with pytest.raises(InputError, match=f"training settings: {field}"):
        SynDiffSettings.from_preset("tiny", **{field: value})


def test_an_unknown_preset_names_those_that_are_known():
    with pytest.raises(InputError, match="got preset 'huge', expected one of"):
        SynDiffSettings.from_preset("huge")
