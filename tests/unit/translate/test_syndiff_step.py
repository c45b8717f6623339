"""One step against a plain transcription of the equations: everything recomputed in each part, in float64."""

from copy import deepcopy
from types import SimpleNamespace

import pytest
import torch
from torch.nn.functional import softplus

from labelbridge.translate.syndiff.dataset import Batch
from labelbridge.translate.syndiff.losses import structure_loss
from labelbridge.translate.syndiff.networks import Networks
from labelbridge.translate.syndiff.settings import SynDiffSettings
from labelbridge.translate.syndiff.step import Draws, SynDiff

SETTINGS = SynDiffSettings.from_preset("tiny", structure_weight=0.0, learning_rate_discriminators=2e-4)
A = (1.0, 0.722319, 0.280492, 0.058557)
S = (1e-4, 0.691560, 0.959856, 0.998284)
STEP_A = (0.722319, 0.388322, 0.208764, 0.112232)
STEP_SIGMA = tuple((1 - a**2) ** 0.5 for a in STEP_A)
C1, C2 = (1.0, 0.665778, 0.269191, 0.057822), (0.0, 0.201576, 0.193001, 0.111852)
DEVIATION = tuple(v**0.5 for v in (0.0, 0.440819, 0.884202, 0.984061))


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
    return Batch(labeled, -labeled, unlabeled, -unlabeled)


def per_image(values, t):
    return torch.tensor([values[int(one)] for one in t], dtype=torch.float64).view(-1, 1, 1, 1)


def pair(x0, draw):
    x_t = per_image(A, draw.t) * x0 + per_image(S, draw.t) * draw.e1
    return x_t, per_image(STEP_A, draw.t) * x_t + per_image(STEP_SIGMA, draw.t) * draw.e2


def posterior(x0_hat, x_next, draw):
    noise = per_image(DEVIATION, draw.t) * draw.e
    return per_image(C1, draw.t) * x0_hat + per_image(C2, draw.t) * x_next + noise


def plain_step(nets, adams, batch, draws, *, penalise):
    """Do the three parts one after the other as the paper writes them: domain 1 is L, domain 2 is U."""
    g, d = nets.generators, nets.discriminators
    x1, x2 = batch.labeled.double(), batch.unlabeled.double()
    losses = {}

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

    real = softplus(-d.labeled.direct(x1)).mean() + softplus(-d.unlabeled.direct(x2)).mean()
    fake = softplus(d.labeled.direct(g.labeled.direct(x2))).mean()
    fake = fake + softplus(d.unlabeled.direct(g.unlabeled.direct(x1))).mean()
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
    nets.zero_grad()
    (0.5 * cycle + adversarial + direct + 0.5 * l1).backward()
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


def in_double(draws):
    def double(draw):
        return SimpleNamespace(t=draw.t, **{name: getattr(draw, name).double() for name in ("e1", "e2", "e", "z")})

    return SimpleNamespace(
        discriminators=[double(draw) for draw in draws.discriminators],
        generators=[double(draw) for draw in draws.generators],
    )


@pytest.mark.parametrize("size", [1, 3])
def test_three_steps_are_those_of_the_equations(size):
    ours = SynDiff(networks(), SETTINGS)
    plain = deepcopy(ours.networks).double()
    adams, averaged = plain_adams(plain), deepcopy(plain.generators)
    for number in range(3):
        images, random = batch(size, number), torch.Generator().manual_seed(number)
        draws = Draws.of(images, random)
        got = ours.step(images, draws, penalise=number != 1)
        expected = plain_step(plain, adams, images, in_double(draws), penalise=number != 1)
        assert got.keys() == expected.keys()
        for name, value in expected.items():
            assert got[name] == pytest.approx(value, rel=1e-5 if number == 0 else 1e-3, abs=1e-6), name
        with torch.no_grad():
            for mean, now in zip(averaged.parameters(), plain.generators.parameters(), strict=True):
                mean.mul_(SETTINGS.ema_decay).add_(now, alpha=1 - SETTINGS.ema_decay)
    for got, expected in ((ours.networks, plain), (ours.averaged, averaged)):
        for (name, one), other in zip(got.named_parameters(), expected.parameters(), strict=True):
            if "direct" in name and name.endswith("bias"):
                continue  # instance norm takes them out again: their gradients are nothing but rounding
            # Adam's first steps are as long for tiny gradients as for large ones, and these differ by rounding.
            assert (one - other).abs().max() < 1.5e-3, name
            assert (one - other).abs().mean() < 2e-5, name


def test_the_penalty_comes_without_the_lazy_factor():
    penalties = []
    for every in (1, 10):
        ours = SynDiff(networks(), SETTINGS.model_copy(update={"r1_every": every}))
        images = batch(1)
        draws = Draws.of(images, torch.Generator().manual_seed(0))
        penalties.append(ours.step(images, draws, penalise=True)["gradient_penalty"])
    assert penalties[0] == penalties[1] > 0


def test_the_diffusive_losses_train_the_direct_generators_too():
    still = {"cycle_weight": 0.0, "learning_rate_discriminators": 1e-30}
    ours = SynDiff(networks(), SETTINGS.model_copy(update=still))
    for judge in (ours.networks.discriminators.labeled, ours.networks.discriminators.unlabeled):
        torch.nn.init.zeros_(judge.direct.layers[-1].weight)  # it has nothing to say of the direct generators' work
    before = deepcopy(ours.networks.generators.state_dict())
    images = batch(1)
    ours.step(images, Draws.of(images, torch.Generator().manual_seed(0)), penalise=False)
    for modality in ("labeled", "unlabeled"):
        name = f"{modality}.direct.layers.1.weight"
        assert not torch.equal(before[name], ours.networks.generators.state_dict()[name])


def test_steps_of_a_batch_are_spread_evenly_and_each_is_as_likely():
    seen = torch.zeros(4)
    for seed in range(200):
        draws = Draws.of(batch(4), torch.Generator().manual_seed(seed))
        for draw in (*draws.discriminators, *draws.generators):
            assert sorted(draw.t.tolist()) == [0, 1, 2, 3]
            seen[draw.t[0]] += 1
    assert (seen / seen.sum() - 0.25).abs().max() < 0.05


def test_draws_are_new_for_each_part_and_modality():
    draws = Draws.of(batch(1), torch.Generator().manual_seed(0))
    noises = [draw.e1 for draw in (*draws.discriminators, *draws.generators)]
    assert all(not torch.equal(one, other) for k, one in enumerate(noises) for other in noises[:k])


def test_the_warm_start_learns_the_guides():
    ours = SynDiff(networks(), SETTINGS)
    ours.set_rates(0.0)
    images = batch(4)
    losses = [ours.warm_step(images, Draws.of(images, torch.Generator().manual_seed(k))) for k in range(60)]
    assert losses[-1]["direct_l1"] < 0.6 * losses[0]["direct_l1"]


def test_rates_fall_along_a_cosine():
    ours = SynDiff(networks(), SETTINGS)
    rates = []
    for done in (0.0, 0.5, 1.0):
        ours.set_rates(done)
        rates.append(ours.state()["generators_adam"]["param_groups"][0]["lr"])
    assert rates == pytest.approx([1.6e-4, 1e-5 + 0.75e-4, 1e-5])


def test_structure_is_kept_whatever_the_contrast_and_lost_when_inverted_or_moved():
    torch.manual_seed(0)
    guide = torch.nn.functional.interpolate(torch.rand(2, 1, 12, 12) * 2 - 1, scale_factor=4, mode="bilinear")
    assert float(structure_loss(0.4 * guide + 0.2, guide)) < 0.01
    assert float(structure_loss(-guide, guide)) > 1.98
    moved = [float(structure_loss(torch.roll(guide, px, 3), guide)) for px in (0, 1, 2, 4)]
    assert moved == sorted(moved)
    assert moved[3] > 0.3
