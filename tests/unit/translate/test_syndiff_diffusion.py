"""The constants, to the digits that are published, and that the posterior is the diffusion backwards."""

import pytest
import torch

from labelbridge.translate.syndiff.diffusion import LATENT, STEPS, Diffusion

HALF_A_DIGIT = 5e-7
CONSTANTS = {
    "beta": [1e-8, 0.478255, 0.849206, 0.956418, 0.987404],
    "a": [1, 0.722319, 0.388322, 0.208764, 0.112232],
    "A": [1, 0.722319, 0.280492, 0.058557, 0.006572],
    "S": [1e-4, 0.691560, 0.959856, 0.998284, 0.999978],
    "c1": [1, 0.665778, 0.269191, 0.057822],
    "c2": [0, 0.201576, 0.193001, 0.111852],
    "variance": [0, 0.440819, 0.884202, 0.984061],
}


def noise(count, x0):
    return torch.randn((count, *x0.shape), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants(name):
    values, expected = getattr(Diffusion(), name), torch.tensor(CONSTANTS[name])
    assert values.dtype == torch.float32
    torch.testing.assert_close(values, expected, rtol=1.2e-7, atol=HALF_A_DIGIT)


def test_step_0_leaves_next_to_no_noise():
    diffusion = Diffusion()
    assert float(diffusion.beta[0]) == pytest.approx(1e-8, rel=1e-6)
    assert float(diffusion.S[0]) == pytest.approx(1e-4, rel=1e-6)
    assert float(diffusion.sigma[0]) == pytest.approx(1e-4, rel=1e-6)


def test_four_steps_and_a_latent_of_100():
    assert (STEPS, LATENT) == (4, 100)


def test_constants_agree_with_one_another():
    diffusion = Diffusion()
    for one, other in ((diffusion.a, diffusion.sigma), (diffusion.A, diffusion.S)):
        torch.testing.assert_close(one**2 + other**2, torch.ones(5))
    # The posterior's mean given the means of x_0 and x_{t+1} is that of x_t, which is A of x_0 without beta_0.
    mean = diffusion.c1 + diffusion.c2 * diffusion.A[1:]
    torch.testing.assert_close(mean, torch.tensor([1.0, *diffusion.A[1:4]]), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("step", range(STEPS))
def test_a_pair_is_one_step_of_noise_apart(step):
    diffusion, x0 = Diffusion(), torch.full((1, 1, 400, 400), 0.5)
    x_t, x_next = diffusion.pair(x0, torch.tensor([step]), *noise(2, x0))
    assert float(x_t.mean()) == pytest.approx(0.5 * float(diffusion.A[step]), abs=0.01)
    assert float(x_t.std()) == pytest.approx(float(diffusion.S[step]), abs=0.01)
    assert float(x_next.mean()) == pytest.approx(0.5 * float(diffusion.A[step + 1]), abs=0.01)
    assert float(x_next.std()) == pytest.approx(float(diffusion.S[step + 1]), abs=0.01)


@pytest.mark.parametrize("step", range(STEPS))
def test_the_posterior_of_the_true_image_is_the_diffusion_backwards(step):
    """Mean, variance and covariance with x_{t+1} are those of the forward process; from x_0 on nothing is added."""
    diffusion, x0, t = Diffusion(), torch.full((1, 1, 600, 600), -0.7), torch.tensor([step])
    e1, e2, e = noise(3, x0)
    x_t, x_next = diffusion.pair(x0, t, e1, e2)
    sample = diffusion.posterior(x0, x_next, t, e)
    if step == 0:
        assert torch.equal(sample, x0)
        return
    forward, backward = (torch.cov(torch.stack([one.flatten(), x_next.flatten()])) for one in (x_t, sample))
    assert float(sample.mean()) == pytest.approx(-0.7 * float(diffusion.A[step]), abs=0.006)
    assert float(sample.var()) == pytest.approx(float(diffusion.S[step] ** 2), abs=0.006)
    torch.testing.assert_close(backward, forward, rtol=0, atol=0.01)


def test_each_image_of_a_batch_has_its_own_step():
    diffusion = Diffusion()
    x0, e = torch.rand(4, 1, 3, 5), torch.randn(3, 4, 1, 3, 5)
    t = torch.tensor([3, 0, 2, 1])
    together = diffusion.pair(x0, t, e[0], e[1])
    posterior = diffusion.posterior(x0, together[1], t, e[2])
    for k in range(4):
        own = slice(k, k + 1)
        alone = diffusion.pair(x0[own], t[own], e[0][own], e[1][own])
        assert torch.equal(alone[0], together[0][own])
        assert torch.equal(diffusion.posterior(x0[own], alone[1], t[own], e[2][own]), posterior[own])
