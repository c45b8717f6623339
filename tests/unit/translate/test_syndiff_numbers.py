"""Sizes and costs as published: Özbey et al., arXiv 2207.08208; the figures were measured on its code. And presets."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from labelbridge.core import InputError
from labelbridge.translate.syndiff.networks import Networks
from labelbridge.translate.syndiff.settings import Architecture, SynDiffSettings

PARAMETERS = {"diffusive_generator": 39_133_122, "diffusive_discriminator": 27_736_705, "resnet": 7_825_153}
PATCHGAN = 2_762_689


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def on_meta(architecture):
    with torch.device("meta"):
        return Networks(architecture)


def test_published_networks_have_the_published_size():
    """The count is that of networks for crops of 128 px, whose fourth level, 128 channels wide, is 16 px wide."""
    networks = on_meta(Architecture(attention_levels=(3,)))
    own, judges = networks.generators.labeled, networks.discriminators.labeled
    assert count(own.diffusive) == PARAMETERS["diffusive_generator"]
    assert count(judges.diffusive) == PARAMETERS["diffusive_discriminator"]
    assert count(own.direct) == PARAMETERS["resnet"]
    assert count(judges.direct) == PATCHGAN
    assert count(networks) == 154_915_338


def test_networks_for_512_px_attend_at_256_channels_and_so_are_larger():
    """There 16 px is the sixth level: each of the three attentions beside the middle one has twice the channels."""
    attention = [4 * (channels * channels + channels) + 2 * channels for channels in (128, 256)]
    expected = PARAMETERS["diffusive_generator"] + 3 * (attention[1] - attention[0])
    assert count(on_meta(Architecture()).generators.labeled.diffusive) == expected == 39_725_250


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


@pytest.mark.parametrize("preset", ["tiny", "cpu", "gpu", "paper"])
def test_as_published_only_drops_what_was_added(preset):
    added = {"warmup_steps": 0, "structure_weight": 0, "tone_weight": 0, "translation_weight": 0, "texture_weight": 0}
    changed = dict.fromkeys([*added, "adversarial_weight"], 3)
    settings = SynDiffSettings.from_preset(preset, ema_ramps=True, **changed)
    published = settings.as_published().model_dump()
    assert published == settings.model_dump() | added | {"adversarial_weight": 1, "ema_ramps": False}


@pytest.mark.parametrize(("preset", "device"), [("tiny", "cpu"), ("cpu", "cpu"), ("gpu", "cpu"), ("paper", "meta")])
def test_presets_run_on_the_smallest_crop(preset, device):
    architecture = SynDiffSettings.from_preset(preset).architecture
    side = -(-architecture.smallest_px // architecture.multiple_px) * architecture.multiple_px
    with torch.device(device), torch.no_grad():
        networks = Networks(architecture)
        x, t, z = torch.rand(1, 1, side, side), torch.tensor([2]), torch.randn(1, 100)
        made = networks.generators.labeled.diffusive(torch.cat([x, x], 1), t, z), networks.generators.labeled.direct(x)
        judged = networks.discriminators.labeled.diffusive(x, t, x), networks.discriminators.labeled.direct(x)
    assert all(images.shape == x.shape for images in made)
    assert judged[0].shape == (1, 1)
    assert judged[1].shape[:2] == (1, 1)
    if device == "cpu":
        assert all(images.isfinite().all() for images in (*made, *judged))


@pytest.mark.parametrize(
    ("field", "value"), [("crop_px", 23), ("steps", 0), ("ema_decay", 1.0), ("seed", -1), ("augmentation", "none")]
)
def test_settings_that_make_no_sense_are_one_sentence(field, value):
    with pytest.raises(InputError, match=f"training settings: {field}"):
        SynDiffSettings.from_preset("tiny", **{field: value})


def test_an_unknown_preset_names_those_that_are_known():
    with pytest.raises(InputError, match="got preset 'huge', expected one of"):
        SynDiffSettings.from_preset("huge")
