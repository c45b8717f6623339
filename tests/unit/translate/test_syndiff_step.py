"""One step against a plain transcription of the equations: everything recomputed in each part, in float64."""

import math
from copy import deepcopy
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from torch.nn.functional import softplus

from labelbridge.translate.syndiff.dataset import Batch
from labelbridge.translate.syndiff.draws import Draw, Draws
from labelbridge.translate.syndiff.losses import structure_loss, tone_loss
from labelbridge.translate.syndiff.networks import Networks
from labelbridge.translate.syndiff.settings import SynDiffSettings
from labelbridge.translate.syndiff.step import SynDiff
from labelbridge.translate.syndiff.texture import Texture

SETTINGS = SynDiffSettings.from_preset("tiny", learning_rate_discriminators=2e-4).as_published()
HELD = SETTINGS.model_copy(
    update={
        "adversarial_weight": 0.1,
        "structure_weight": 0.7,
        "tone_weight": 1.5,
        "texture_weight": 2.0,
        "translation_weight": 0.5,
    }
)

# The constants from their formulas, in float64 and then rounded to the float32 in which they are kept.
TAU = [i / 4 * (1 - 1e-3) + 1e-3 for i in range(5)]
ALPHA_BAR = [math.exp(-0.5 * tau**2 * (20 - 0.1) - tau * 0.1) for tau in TAU]
BETA = [1e-8, *(1 - ALPHA_BAR[i] / ALPHA_BAR[i - 1] for i in (1, 2, 3, 4))]
A = [math.sqrt(math.prod(1 - beta for beta in BETA[: i + 1])) for i in range(5)]
KEPT = [math.prod(1 - beta for beta in BETA[1 : t + 1]) for t in range(5)]
C1 = [BETA[t + 1] * math.sqrt(KEPT[t]) / (1 - KEPT[t + 1]) for t in range(4)]
C2 = [(1 - KEPT[t]) * math.sqrt(1 - BETA[t + 1]) / (1 - KEPT[t + 1]) for t in range(4)]
VARIANCE = [BETA[t + 1] * (1 - KEPT[t]) / (1 - KEPT[t + 1]) for t in range(4)]
STILL = 1e-30
"""A learning rate that leaves weights where they are."""


def networks(seed=0):
    """Random everywhere: layers that start near zero would hide what goes through them."""
    torch.manual_seed(seed)
    made = Networks(SETTINGS.architecture)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    return made


def batch(size, seed=1):
    random = torch.Generator().manual_seed(seed)
    labeled, unlabeled = (torch.rand(size, 1, 24, 28, generator=random) * 2 - 1 for _ in range(2))
    examples = (torch.rand(3 * size, 1, 24, 28, generator=random) * 2 - 1 for _ in range(2))
    return Batch(labeled, -labeled, unlabeled, -unlabeled, *examples)


def draw_for(images, seed=0):
    return Draws.of(images, torch.Generator().manual_seed(seed))


def in_double(images, draws):
    def double(draw):
        values = (getattr(draw, field.name) for field in fields(Draw))
        return Draw(*(value.double() if value.is_floating_point() else value for value in values))

    parts = (tuple(double(draw) for draw in part) for part in (draws.discriminators, draws.generators))
    images = Batch(*(getattr(images, field.name).double() for field in fields(Batch)))
    return images, Draws(*parts, draws.directions)


def at(values, t):
    return torch.tensor([float(np.float32(values[k])) for k in t.tolist()], dtype=torch.float64).view(-1, 1, 1, 1)


def pair(x0, draw):
    x_t = at(A, draw.t) * x0 + at([math.sqrt(1 - value**2) for value in A], draw.t) * draw.e1
    a, sigma = at([math.sqrt(1 - beta) for beta in BETA], draw.t + 1), at([math.sqrt(b) for b in BETA], draw.t + 1)
    return x_t, a * x_t + sigma * draw.e2


def posterior(x0_hat, x_next, draw):
    deviation = at([math.sqrt(value) for value in VARIANCE], draw.t)
    return at(C1, draw.t) * x0_hat + at(C2, draw.t) * x_next + deviation * draw.e


def plain_step(nets, adams, batch, draws, *, penalise, settings=SETTINGS):
    """Do the three parts one after the other as the paper writes them: domain 1 is L, domain 2 is U."""
    g, d = nets.generators, nets.discriminators
    x1, x2 = batch.labeled, batch.unlabeled
    losses = {}
    in_use = settings.translation_weight > 0

    def translations(before, draws):
        """Return what the diffusive generators make of U and of L, given earlier estimates of it."""
        noisy1, noisy2 = (pair(x0, draw)[1] for x0, draw in zip(before, draws, strict=True))
        to1 = g.labeled.diffusive(torch.cat([noisy1, x2], 1), draws[0].t, draws[0].z)
        return to1, g.unlabeled.diffusive(torch.cat([noisy2, x1], 1), draws[1].t, draws[1].z)

    draw1, draw2 = draws.discriminators
    real = penalty = fake = 0.0
    for own, judge, x, other, draw in (
        (g.labeled, d.labeled, x1, lambda: g.unlabeled.direct(x1), draw1),
        (g.unlabeled, d.unlabeled, x2, lambda: g.labeled.direct(x2), draw2),
    ):
        x_t, x_next = pair(x, draw)
        x_t.requires_grad_()
        logits = judge.diffusive(x_t, draw.t, x_next)
        real = real + softplus(-logits).mean()
        if penalise:
            gradient = torch.autograd.grad(logits.sum(), x_t, create_graph=True)[0]
            penalty = penalty + 0.5 * (gradient.reshape(len(x), -1).norm(dim=1) ** 2).mean()
        x0_hat = own.diffusive(torch.cat([x_next, other()], 1), draw.t, draw.z)
        fake = fake + softplus(judge.diffusive(posterior(x0_hat, x_next, draw), draw.t, x_next)).mean()
    losses["diffusive_discriminator_real"], losses["diffusive_discriminator_fake"] = real, fake
    if penalise:
        losses["gradient_penalty"] = penalty
    nets.zero_grad()
    (real + fake + penalty).backward()
    adams["diffusive_discriminators"].step()

    direct = g.labeled.direct(x2).detach(), g.unlabeled.direct(x1).detach()
    seen = [one.detach() for one in translations(direct, draws.discriminators)] if in_use else []
    real = softplus(-d.labeled.direct(x1)).mean() + softplus(-d.unlabeled.direct(x2)).mean()
    fake = softplus(d.labeled.direct(direct[0])).mean() + softplus(d.unlabeled.direct(direct[1])).mean()
    if in_use:
        fake = fake + softplus(d.labeled.direct(seen[0])).mean() + softplus(d.unlabeled.direct(seen[1])).mean()
        fake = fake / 2
    losses["direct_discriminator_real"], losses["direct_discriminator_fake"] = real, fake
    nets.zero_grad()
    (real + fake).backward()
    adams["direct_discriminators"].step()

    draw1, draw2 = draws.generators
    _, x1_next = pair(x1, draw1)
    _, x2_next = pair(x2, draw2)
    a1, a2 = g.labeled.direct(x2), g.unlabeled.direct(x1)
    x1_hat = g.labeled.diffusive(torch.cat([x1_next, a2], 1), draw1.t, draw1.z)
    x2_hat = g.unlabeled.diffusive(torch.cat([x2_next, a1], 1), draw2.t, draw2.z)
    cycle = (g.labeled.direct(a2) - x1).abs().mean() + (g.unlabeled.direct(a1) - x2).abs().mean()
    adversarial = softplus(-d.labeled.diffusive(posterior(x1_hat, x1_next, draw1), draw1.t, x1_next)).mean()
    adversarial = (
        adversarial + softplus(-d.unlabeled.diffusive(posterior(x2_hat, x2_next, draw2), draw2.t, x2_next)).mean()
    )
    direct = softplus(-d.labeled.direct(a1)).mean() + softplus(-d.unlabeled.direct(a2)).mean()
    l1 = (x1_hat - x1).abs().mean() + (x2_hat - x2).abs().mean()
    losses |= {"cycle": cycle, "diffusive_adversarial": adversarial, "direct_adversarial": direct, "diffusive_l1": l1}
    total = 0.5 * cycle + settings.adversarial_weight * (adversarial + direct) + 0.5 * l1

    def held(by, made1, made2):
        structure = structure_loss(made1, batch.unlabeled_guide) + structure_loss(made2, batch.labeled_guide)
        texture = Texture(batch.labeled_examples, draws.directions).loss(made1)
        texture = texture + Texture(batch.unlabeled_examples, draws.directions).loss(made2)
        tone = tone_loss(made1, batch.unlabeled_guide) + tone_loss(made2, batch.labeled_guide)
        losses.update({f"{by}_structure": structure, f"{by}_texture": texture, f"{by}_tone": tone})
        weights = settings.structure_weight, settings.texture_weight, settings.tone_weight
        return sum(weight * term for weight, term in zip(weights, (structure, texture, tone), strict=True))

    if in_use:
        to1, to2 = translations(seen, draws.generators)
        judged = softplus(-d.labeled.direct(to1)).mean() + softplus(-d.unlabeled.direct(to2)).mean()
        losses["translation_adversarial"] = judged
        total = total + held("direct", a1, a2)
        total = total + settings.translation_weight * (
            settings.adversarial_weight * judged + held("translation", to1, to2)
        )
    nets.zero_grad()
    total.backward()
    adams["generators"].step()
    return {name: float(value.detach()) for name, value in losses.items()}


def plain_adams(nets):
    rates = {"betas": (0.5, 0.9)}
    judges = (nets.discriminators.labeled, nets.discriminators.unlabeled)
    return {
        "generators": torch.optim.Adam(nets.generators.parameters(), lr=1.6e-4, **rates),
        "diffusive_discriminators": torch.optim.Adam(
            [p for j in judges for p in j.diffusive.parameters()], 2e-4, **rates
        ),
        "direct_discriminators": torch.optim.Adam([p for j in judges for p in j.direct.parameters()], 2e-4, **rates),
    }


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("settings", [SETTINGS, HELD], ids=["published", "held"])
def test_steps_are_those_of_the_equations(size, settings):
    """Losses, all weights and the averaged ones, in float64; the second step is one without a penalty."""
    ours = SynDiff(networks().double(), settings)
    plain = deepcopy(ours.networks)
    adams, averaged = plain_adams(plain), {name: one.clone() for name, one in plain.generators.state_dict().items()}
    for number in range(3):
        images, draws = in_double(batch(size, number), draw_for(batch(size, number), number))
        got = ours.step(images, draws, penalise=number != 1)
        expected = plain_step(plain, adams, images, draws, penalise=number != 1, settings=settings)
        assert got == pytest.approx(expected, rel=1e-6)
        for name, one in plain.generators.state_dict().items():
            averaged[name] = SETTINGS.ema_decay * averaged[name] + (1 - SETTINGS.ema_decay) * one
    same(ours.networks.state_dict(), plain.state_dict())
    same(ours.averaged.state_dict(), averaged)


def same(got, expected):
    """Compare weights to a hundredth of what a step changes and, mean, to far less."""
    assert got.keys() == expected.keys()
    for name, one in got.items():
        assert (one - expected[name]).abs().max() < 2e-6, name
        assert (one - expected[name]).abs().mean() < 1e-8, name


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("size", [1, 3])
def test_a_step_in_float32_is_that_of_the_equations(size, layout):
    """Also where the diffusive networks are channels last; the direct ones are always contiguous."""
    nets = networks()
    plain = deepcopy(nets).double()
    adams = plain_adams(plain)
    for own in (nets.generators.labeled, nets.generators.unlabeled, *nets.discriminators.children()):
        own.diffusive.to(memory_format=layout)
    ours, images = SynDiff(nets, SETTINGS), batch(size)
    draws = draw_for(images)
    got = ours.step(images, draws, penalise=True)
    assert got == pytest.approx(plain_step(plain, adams, *in_double(images, draws), penalise=True), rel=1e-5)
    before, expected, now = ([*one.state_dict().values()] for one in (networks(), plain, ours.networks))
    moved = sum(float((one - other).abs().sum()) for one, other in zip(expected, before, strict=True))
    error = sum(float((one - other).abs().sum()) for one, other in zip(expected, now, strict=True))
    assert (
        error < 0.01 * moved
    )  # Adam's first step has one length for all, also where a gradient is nothing but rounding


def test_each_part_leaves_the_networks_of_the_other_alone():
    images = batch(2)
    for settled, moved in (("discriminators", "generators"), ("generators", "discriminators")):
        ours = SynDiff(networks(), SETTINGS.model_copy(update={f"learning_rate_{settled}": STILL}))
        ours.step(images, draw_for(images), penalise=True)
        before = networks()
        for part, unchanged in ((settled, True), (moved, False)):
            pairs = zip(getattr(ours.networks, part).parameters(), getattr(before, part).parameters(), strict=True)
            assert all(torch.equal(one, other) for one, other in pairs) == unchanged
    assert all(one.requires_grad for one in ours.networks.parameters())
    assert not any(one.requires_grad for one in ours.averaged.parameters())


def test_the_penalty_comes_without_the_lazy_factor():
    images = batch(1)
    penalties = []
    for every in (1, 10):
        ours = SynDiff(networks(), SETTINGS.model_copy(update={"r1_every": every}))
        penalties.append(ours.step(images, draw_for(images), penalise=True)["gradient_penalty"])
    assert penalties[0] == penalties[1] > 0


def test_the_diffusive_losses_train_the_direct_generators_too():
    """Nothing else can move them here: the L1 terms have no weight, and the patch discriminators say nothing."""
    still = {"cycle_weight": 0.0, "learning_rate_discriminators": STILL}
    ours = SynDiff(networks(), SETTINGS.model_copy(update=still))
    for judge in (ours.networks.discriminators.labeled, ours.networks.discriminators.unlabeled):
        torch.nn.init.zeros_(judge.direct.layers[-1].weight)
    before = deepcopy(ours.networks.generators.state_dict())
    images = batch(1)
    ours.step(images, draw_for(images), penalise=False)
    for modality in ("labeled", "unlabeled"):
        name = f"{modality}.direct.layers.1.weight"
        assert not torch.equal(before[name], ours.networks.generators.state_dict()[name])


def test_the_structure_term_holds_the_direct_generators():
    """It counts with its weight, alone with a guide, and draws both translations to their guides."""
    images = batch(1)
    update = {"structure_weight": 2.0, "learning_rate_generators": 1e-3}
    ours = SynDiff(networks(), SETTINGS.model_copy(update=update))
    terms = [ours.step(images, draw_for(images, k), penalise=False)["direct_structure"] for k in range(10)]
    assert terms[-1] < terms[0] - 0.05
    alone = Batch(images.labeled, None, images.unlabeled, None)
    assert "direct_structure" not in ours.step(alone, draw_for(images), penalise=False)
    assert "direct_structure" not in SynDiff(networks(), SETTINGS).step(images, draw_for(images), penalise=False)


@pytest.mark.parametrize("by", ["direct", "translation"])
def test_the_tone_term_holds_the_brightness_of_areas(by):
    """It draws translations to the brightness of their guides, and needs them."""
    images = batch(2)
    darker = replace(images, labeled_guide=images.labeled_guide - 0.5, unlabeled_guide=images.unlabeled_guide - 0.5)
    update = {"tone_weight": 3.0, "translation_weight": 1.0, "learning_rate_generators": 1e-3}
    ours = SynDiff(networks(), SETTINGS.model_copy(update=update))
    terms = [ours.step(darker, draw_for(images, k), penalise=False)[f"{by}_tone"] for k in range(12)]
    assert np.mean(terms[-3:]) < 0.9 * np.mean(terms[:3])
    alone = Batch(images.labeled, None, images.unlabeled, None)
    assert f"{by}_tone" not in ours.step(alone, draw_for(images), penalise=False)


@pytest.mark.parametrize("by", ["direct", "translation"])
def test_the_texture_term_draws_translations_to_real_images(by):
    """Sources are white and black, real ones grey: contrast is what it must move."""
    images = batch(2)
    grey = replace(images, labeled_examples=images.labeled / 8, unlabeled_examples=images.unlabeled / 8)
    update = {"texture_weight": 2.0, "translation_weight": 1.0, "learning_rate_generators": 1e-3}
    ours = SynDiff(networks(), SETTINGS.model_copy(update=update))
    terms = [ours.step(grey, draw_for(images, k), penalise=False)[f"{by}_texture"] for k in range(12)]
    assert np.mean(terms[-3:]) < 0.9 * np.mean(terms[:3])
    alone = replace(images, labeled_examples=None, unlabeled_examples=None)
    assert f"{by}_texture" not in ours.step(alone, draw_for(images), penalise=False)


def test_steps_of_a_batch_are_spread_evenly_and_each_is_as_likely():
    seen = torch.zeros(4)
    for seed in range(200):
        draws = draw_for(batch(4), seed)
        for draw in (*draws.discriminators, *draws.generators):
            assert sorted(draw.t.tolist()) == [0, 1, 2, 3]
            seen[draw.t[0]] += 1
    assert (seen / seen.sum() - 0.25).abs().max() < 0.05


def test_draws_are_new_for_each_part_and_modality():
    draws = draw_for(batch(1))
    every = (*draws.discriminators, *draws.generators)
    noises = [noise for draw in every for noise in (draw.e1, draw.e2, draw.e)]
    for drawn in (noises, [draw.z for draw in every]):
        assert all(not torch.equal(one, other) for k, one in enumerate(drawn) for other in drawn[:k])


def test_the_warm_start_learns_the_guides():
    ours = SynDiff(networks(), SETTINGS.model_copy(update={"learning_rate_generators": 2e-3}))
    images = batch(1)
    losses = [ours.warm_step(images, draw_for(images, k)) for k in range(12)]
    assert losses[-1]["direct_l1"] < 0.85 * losses[0]["direct_l1"]
    assert {"diffusive_l1", "diffusive_discriminator_fake", "direct_discriminator_fake"} <= losses[0].keys()
    assert "gradient_penalty" not in losses[0]


def test_the_warm_start_shows_the_diffusive_generators_the_guides():
    """What a direct generator makes is then no source yet: moving it does not change the estimate of x_0."""
    images, found = batch(1), []
    for change in (0.0, 0.5):
        nets = networks()
        with torch.no_grad():
            nets.generators.unlabeled.direct.layers[1].weight += change
        found.append(SynDiff(nets, SETTINGS).warm_step(images, draw_for(images)))
    assert found[0]["direct_l1"] != found[1]["direct_l1"]
    assert found[0]["diffusive_l1"] == found[1]["diffusive_l1"]


def test_averages_follow_fast_in_the_warm_start():
    images, ours = batch(1), SynDiff(networks(), SETTINGS)
    ours.warm_step(images, draw_for(images))
    first, now = networks().generators.state_dict(), ours.networks.generators.state_dict()
    for name, one in ours.averaged.state_dict().items():
        torch.testing.assert_close(one, 0.9 * first[name] + 0.1 * now[name], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("steps", "decay"), [(0, 0.1), (90, 0.91), (10**6, SETTINGS.ema_decay)])
def test_averages_of_short_runs_leave_their_begin_behind(steps, decay):
    images, ours = batch(1), SynDiff(networks(), SETTINGS.model_copy(update={"ema_ramps": True}))
    ours.set_pace(0.5, steps)
    ours.step(images, draw_for(images), penalise=False)
    first, now = networks().generators.state_dict(), ours.networks.generators.state_dict()
    for name, one in ours.averaged.state_dict().items():
        torch.testing.assert_close(one, decay * first[name] + (1 - decay) * now[name], rtol=1e-5, atol=1e-7)


def test_the_warm_start_needs_guides():
    images = batch(1)
    alone = Batch(images.labeled, None, images.unlabeled, None)
    with pytest.raises(ValueError, match="without guides"):
        SynDiff(networks(), SETTINGS).warm_step(alone, draw_for(images))


def test_rates_fall_along_a_cosine():
    ours = SynDiff(networks(), SETTINGS)
    rates = []
    for done in (0.0, 0.5, 1.0):
        ours.set_pace(done)
        rates.append(ours.state()["generators_adam"]["param_groups"][0]["lr"])
    assert rates == pytest.approx([1.6e-4, 1e-5 + 0.75e-4, 1e-5])
