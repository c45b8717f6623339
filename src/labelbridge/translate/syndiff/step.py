"""One training step: the discriminators, then the generators, then the moving average; and one of the warm start.

In the paper's notation x1 = l and x2 = u are real images of L and U; a1 = G_{U→L}(u) and a2 = G_{L→U}(l) are made by
the direct generators, which are `generators.labeled.direct` and `generators.unlabeled.direct`: the networks of a
modality make and judge its images.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

from labelbridge.translate.syndiff.diffusion import Diffusion
from labelbridge.translate.syndiff.draws import Draw, Draws
from labelbridge.translate.syndiff.losses import fake_loss, gradient_penalty, real_loss, structure_loss, tone_loss
from labelbridge.translate.syndiff.networks import Discriminators, Generators, Networks
from labelbridge.translate.syndiff.settings import SynDiffSettings
from labelbridge.translate.syndiff.texture import Texture

if TYPE_CHECKING:
    from labelbridge.translate.syndiff.dataset import Batch

__all__ = ["SynDiff"]

_WARM_DECAY = 0.9
"""Decay of the moving averages in the warm start, in which the first weights are soon of no use."""


@dataclass(frozen=True, eq=False)
class _Side:
    """One modality in a step.

    Attributes
    ----------
    own, judges
        Networks that make and judge its images.
    real
        Its images.
    examples
        More of them, for the texture term.
    foreign
        Images of the other modality.
    guide
        What the `intensity` mapping makes of those.
    made
        What the direct generator makes of those.
    source
        What the other modality's direct generator makes of `real`.
    """

    own: Generators
    judges: Discriminators
    real: Tensor
    examples: Tensor | None
    foreign: Tensor
    guide: Tensor | None
    made: Tensor
    source: Tensor


class SynDiff:
    """The networks with their optimisers and moving averages, and one training step.

    Parameters
    ----------
    networks
        All eight, on their device.
    settings
        Weights, rates and decays.
    average
        Averages gradients over processes, in place.
    autocast
        Context of the forward passes.

    Attributes
    ----------
    networks
        The networks.
    averaged
        The generators' moving averages.
    """

    def __init__(
        self,
        networks: Networks,
        settings: SynDiffSettings,
        *,
        average: Callable[[list[Tensor]], None] = lambda gradients: None,
        autocast: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self.networks = networks
        self.averaged = deepcopy(networks.generators).requires_grad_(False)
        self._settings = settings
        self._decay = settings.ema_decay
        self._average = average
        self._autocast = autocast
        self._generators_adam = _adam(networks.generators.parameters(), settings.learning_rate_generators)
        self._discriminators_adam = _adam(networks.discriminators.parameters(), settings.learning_rate_discriminators)
        self._diffusion = Diffusion(next(networks.parameters()).device)

    def state(self) -> dict[str, Any]:
        """Return everything that another run must load to go on from here; tensors are not copied."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def set_pace(self, done: float, steps: int = 0) -> None:
        """Set what changes during a run.

        Parameters
        ----------
        done
            Part of the run, 0 to 1: the learning rates fall from the settings' first to their last along a cosine.
        steps
            Steps done, the warm start not counted: the averages follow the more slowly the more these are.
        """
        settings = self._settings
        self._decay = min(settings.ema_decay, (1 + steps) / (10 + steps) if settings.ema_ramps else 1.0)
        for adam, first in (
            (self._generators_adam, settings.learning_rate_generators),
            (self._discriminators_adam, settings.learning_rate_discriminators),
        ):
            last = min(first, settings.learning_rate_final)
            for group in adam.param_groups:
                group["lr"] = last + (first - last) * (1 + math.cos(math.pi * done)) / 2

    def step(self, batch: "Batch", draws: Draws, *, penalise: bool) -> dict[str, float]:
        """Do one step.

        Parameters
        ----------
        batch
            Real crops and, where the structure term counts, their guides.
        draws
            What chance decides.
        penalise
            Whether this step has the gradient penalty R1.

        Returns
        -------
        dict
            Each term of the losses, summed over both modalities, before its weight.
        """
        generators = self.networks.generators
        with self._autocast():
            a1, a2 = generators.labeled.direct(batch.unlabeled), generators.unlabeled.direct(batch.labeled)
        sides = self._sides(batch, a1, a2)
        losses, translated = self._step_discriminators(sides, draws.discriminators, penalise=penalise)
        losses |= self._step_generators(sides, translated, draws)
        self._follow(self._decay)
        return {name: float(value) for name, value in losses.items()}

    def warm_step(self, batch: "Batch", draws: Draws) -> dict[str, float]:
        """Do one step of the warm start: the generators learn the `intensity` mapping by L1.

        The discriminators learn to tell their work from real images, so that they have something to say when the game
        begins.

        Parameters
        ----------
        batch
            Real crops and their guides.
        draws
            What chance decides.

        Returns
        -------
        dict
            Each term of the losses, summed over both modalities.
        """
        generators, guides = self.networks.generators, _guides(batch)
        with self._autocast():
            a1, a2 = generators.labeled.direct(batch.unlabeled), generators.unlabeled.direct(batch.labeled)
        sides = self._sides(batch, a1, a2)
        losses, _ = self._step_discriminators(sides, draws.discriminators, penalise=False)
        terms: dict[str, Tensor] = {}
        for side, guide, source, draw in zip(sides, guides, reversed(guides), draws.generators, strict=True):
            with self._autocast():
                x0_hat = self._denoised(side, side.real, source, draw)
            _add(terms, {"direct_l1": F.l1_loss(side.made, guide), "diffusive_l1": F.l1_loss(x0_hat, side.real)})
        _backward(self._total(terms))
        self._apply(self._generators_adam)
        self._follow(min(_WARM_DECAY, self._settings.ema_decay))
        return {name: float(value) for name, value in (losses | _detached(terms)).items()}

    def _sides(self, batch: "Batch", a1: Tensor, a2: Tensor) -> tuple[_Side, _Side]:
        generators, discriminators = self.networks.generators, self.networks.discriminators
        labeled, unlabeled = batch.labeled, batch.unlabeled
        return (
            _Side(
                generators.labeled,
                discriminators.labeled,
                real=labeled,
                examples=batch.labeled_examples,
                foreign=unlabeled,
                guide=batch.unlabeled_guide,
                made=a1,
                source=a2,
            ),
            _Side(
                generators.unlabeled,
                discriminators.unlabeled,
                real=unlabeled,
                examples=batch.unlabeled_examples,
                foreign=labeled,
                guide=batch.labeled_guide,
                made=a2,
                source=a1,
            ),
        )

    def _step_discriminators(
        self, sides: tuple[_Side, _Side], draws: tuple[Draw, Draw], *, penalise: bool
    ) -> tuple[dict[str, Tensor], list[Tensor]]:
        """Also return the diffusive generators' translations that were judged; none where they have no weight."""
        losses: dict[str, Tensor] = {}
        translated = []
        for side, draw in zip(sides, draws, strict=True):
            _add(losses, self._judge_diffused(side, draw, penalise=penalise))
            made = [side.made.detach()]
            if self._settings.translation_weight:
                with torch.no_grad(), self._autocast():
                    made.append(self._denoised(side, side.made, side.foreign, draw))
                translated.append(made[-1])
            _add(losses, self._judge_direct(side, made))
        self._apply(self._discriminators_adam)
        return losses, translated

    def _judge_diffused(self, side: _Side, draw: Draw, *, penalise: bool) -> dict[str, Tensor]:
        judge = side.judges.diffusive
        x_t, x_next = self._diffusion.pair(side.real, draw.t, draw.e1, draw.e2)
        x_t.requires_grad_(penalise)
        with self._autocast():
            logits = judge(x_t, draw.t, x_next)
            loss = real_loss(logits)
        terms = {"diffusive_discriminator_real": loss}
        if penalise:
            terms["gradient_penalty"] = gradient_penalty(logits, x_t, self._settings.r1_gamma)
            loss = loss + terms["gradient_penalty"]
        _backward(loss)
        with torch.no_grad(), self._autocast():
            x0_hat = _estimate(side.own, x_next, side.source, draw)
        x_t_hat = self._diffusion.posterior(x0_hat, x_next, draw.t, draw.e)
        with self._autocast():
            loss = fake_loss(judge(x_t_hat, draw.t, x_next))
        _backward(loss)
        return _detached(terms | {"diffusive_discriminator_fake": loss})

    def _judge_direct(self, side: _Side, made: list[Tensor]) -> dict[str, Tensor]:
        judge = side.judges.direct
        with self._autocast():
            fake = torch.stack([fake_loss(judge(images)) for images in made]).mean()
            terms = {"direct_discriminator_real": real_loss(judge(side.real)), "direct_discriminator_fake": fake}
        _backward(torch.stack(list(terms.values())).sum())
        return _detached(terms)

    def _denoised(self, side: _Side, x0: Tensor, source: Tensor, draw: Draw) -> Tensor:
        """Return the diffusive generator's estimate of images whose noisy state comes from `x0`.

        Of translations of real images of the other modality the truth is unknown; there `x0` is an earlier estimate, as
        it is in use.
        """
        _, x_next = self._diffusion.pair(x0, draw.t, draw.e1, draw.e2)
        return _estimate(side.own, x_next, source, draw)

    def _step_generators(self, sides: tuple[_Side, _Side], translated: list[Tensor], draws: Draws) -> dict[str, Tensor]:
        discriminators = self.networks.discriminators
        discriminators.requires_grad_(False)
        losses: dict[str, Tensor] = {}
        with self._autocast():
            for number, (side, draw) in enumerate(zip(sides, draws.generators, strict=True)):
                _add(losses, self._reconstruct(side, draw))
                texture = self._texture(side, draws.directions)
                _add(losses, self._hold(side, side.made, "direct", texture))
                if translated:
                    images = self._denoised(side, translated[number], side.foreign, draw)
                    _add(losses, self._hold(side, images, "translation", texture))
        _backward(self._total(losses))
        discriminators.requires_grad_(True)
        self._apply(self._generators_adam)
        return _detached(losses)

    def _reconstruct(self, side: _Side, draw: Draw) -> dict[str, Tensor]:
        """Return the terms on real images that are made anew from what the other modality's network made of them."""
        _, x_next = self._diffusion.pair(side.real, draw.t, draw.e1, draw.e2)
        x0_hat = _estimate(side.own, x_next, side.source, draw)
        x_t_hat = self._diffusion.posterior(x0_hat, x_next, draw.t, draw.e)
        return {
            "cycle": F.l1_loss(side.own.direct(side.source), side.real),
            "diffusive_l1": F.l1_loss(x0_hat, side.real),
            "diffusive_adversarial": real_loss(side.judges.diffusive(x_t_hat, draw.t, x_next)),
        }

    def _texture(self, side: _Side, directions: Tensor) -> Texture | None:
        if side.examples is None or not self._settings.texture_weight:
            return None
        return Texture(side.examples, directions)

    def _hold(self, side: _Side, made: Tensor, by: str, texture: Texture | None) -> dict[str, Tensor]:
        """Return the terms on translations of the other modality's real images, whose truth is unknown."""
        terms = {f"{by}_adversarial": real_loss(side.judges.direct(made))}
        if side.guide is not None and self._settings.structure_weight:
            terms[f"{by}_structure"] = structure_loss(made, side.guide)
        if side.guide is not None and self._settings.tone_weight:
            terms[f"{by}_tone"] = tone_loss(made, side.guide)
        if texture is not None:
            terms[f"{by}_texture"] = texture.loss(made)
        return terms

    def _total(self, losses: dict[str, Tensor]) -> Tensor:
        settings = self._settings
        weights = {
            "cycle": settings.cycle_weight,
            "diffusive_l1": settings.cycle_weight,
            "diffusive_adversarial": settings.adversarial_weight,
        }
        for by, weight in (("direct", 1.0), ("translation", settings.translation_weight)):
            weights[f"{by}_adversarial"] = weight * settings.adversarial_weight
            weights[f"{by}_structure"] = weight * settings.structure_weight
            weights[f"{by}_tone"] = weight * settings.tone_weight
            weights[f"{by}_texture"] = weight * settings.texture_weight
        return torch.stack([weights.get(name, 1.0) * loss.float() for name, loss in losses.items()]).sum()

    def _parts(self) -> dict[str, Any]:
        return {
            "networks": self.networks,
            "averaged": self.averaged,
            "generators_adam": self._generators_adam,
            "discriminators_adam": self._discriminators_adam,
        }

    def _apply(self, adam: torch.optim.Adam) -> None:
        parameters = (parameter for group in adam.param_groups for parameter in group["params"])
        self._average([one.grad for one in parameters if one.grad is not None])
        adam.step()
        adam.zero_grad()

    @torch.no_grad()
    def _follow(self, decay: float) -> None:
        """Let the moving averages follow the generators."""
        torch._foreach_lerp_(
            list(self.averaged.parameters()),
            list(self.networks.generators.parameters()),
            1 - decay,
        )


def _estimate(own: Generators, x_next: Tensor, source: Tensor, draw: Draw) -> Tensor:
    """Return what the diffusive generator takes for x_0."""
    x0_hat: Tensor = own.diffusive(torch.cat([x_next, source], dim=1), draw.t, draw.z)
    return x0_hat


def _adam(parameters: Iterable[torch.nn.Parameter], rate: float) -> torch.optim.Adam:
    return torch.optim.Adam(list(parameters), lr=rate, betas=(0.5, 0.9), fused=True)


def _guides(batch: "Batch") -> tuple[Tensor, Tensor]:
    """Return what the `intensity` mapping makes of the batch: L-like images of U's, and U-like ones of L's."""
    if batch.unlabeled_guide is None or batch.labeled_guide is None:
        raise ValueError("got a batch without guides, expected them for the warm start")
    return batch.unlabeled_guide, batch.labeled_guide


def _backward(loss: Tensor) -> None:
    torch.autograd.backward(loss)


def _add(losses: dict[str, Tensor], terms: dict[str, Tensor]) -> None:
    for name, value in terms.items():
        losses[name] = losses[name] + value if name in losses else value


def _detached(losses: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach() for name, value in losses.items()}
