"""The training run: steps, judgements, saved states, and an ending that leaves the best generators."""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TypeAlias

import numpy as np
import torch

from labelbridge.core import Cancelled, LabelBridgeError, Reporter
from labelbridge.translate.syndiff.checkpoints import Candidate, Checkpoints
from labelbridge.translate.syndiff.dataset import Crops, TrainingImage
from labelbridge.translate.syndiff.draws import Draws
from labelbridge.translate.syndiff.memory import memory_kept
from labelbridge.translate.syndiff.networks import compile_networks
from labelbridge.translate.syndiff.plan import Plan
from labelbridge.translate.syndiff.predict import Direction, SynDiffTranslator
from labelbridge.translate.syndiff.settings import SynDiffSettings
from labelbridge.translate.syndiff.step import SynDiff
from labelbridge.translate.syndiff.team import Team, work_together
from labelbridge.translate.syndiff.timing import new_syndiff

__all__ = ["Judge", "SynDiffTraining", "seed_of", "train_generators"]

Judge: TypeAlias = Callable[[SynDiffTranslator, Reporter], tuple[float, dict[str, float]]]
"""Gives a score, higher is better, and the numbers behind it; told of the translator with the averaged weights."""

_REPORT_EVERY_S = 2.0
_TRIAL_STEPS = 2


def train_generators(
    labeled: Sequence[TrainingImage],
    unlabeled: Sequence[TrainingImage],
    settings: SynDiffSettings,
    checkpoints: Checkpoints,
    judge: Judge,
    *,
    device: torch.device,
    devices: int = 1,
    minutes: float | None = None,
    compiles: bool = False,
    reporter: Reporter | None = None,
) -> Candidate:
    """Train on one device or several, or go on with a run that was interrupted.

    Parameters
    ----------
    labeled, unlabeled
        Images of L and of U to train on.
    settings, checkpoints, judge
        As `SynDiffTraining` takes them; picklable where there are several devices.
    device
        Kind of device.
    devices
        How many; each draws its own crops, so together they have so many times the batch.
    minutes, reporter
        As `SynDiffTraining.run` takes them.
    compiles
        Whether the networks are compiled first.

    Returns
    -------
    Candidate
        The best of the translators that the judge saw.

    Raises
    ------
    InputError
        Where there is no image of a modality.
    Cancelled, LabelBridgeError
        As `SynDiffTraining.run` raises them.
    """
    Crops(labeled, unlabeled, settings)  # what is wrong with the images is told before any process starts
    work = _Run(labeled, unlabeled, settings, checkpoints, judge, minutes, compiles)
    work_together(work, device, devices, reporter or Reporter())
    best = checkpoints.best()
    assert best is not None  # the end of a run is always judged
    return best


@dataclass(frozen=True)
class _Run:
    """The work of each process; a class so that it can be sent to another."""

    labeled: Sequence[TrainingImage]
    unlabeled: Sequence[TrainingImage]
    settings: SynDiffSettings
    checkpoints: Checkpoints
    judge: Judge
    minutes: float | None
    compiles: bool

    def __call__(self, team: Team, reporter: Reporter) -> None:
        crops = Crops(self.labeled, self.unlabeled, self.settings, team.rank)
        training = SynDiffTraining(self.settings, crops, self.checkpoints, self.judge, team, compiles=self.compiles)
        training.run(reporter, self.minutes)


class SynDiffTraining:
    """One run, new or resumed, in one process of a team.

    Parameters
    ----------
    settings
        How to train.
    crops
        Where the images come from.
    checkpoints
        Where states and candidates go, and an earlier state comes from.
    judge
        Scores the translators on held-out images.
    team
        This process and those that train with it.
    compiles
        Whether the networks are compiled first.
    """

    def __init__(
        self,
        settings: SynDiffSettings,
        crops: Crops,
        checkpoints: Checkpoints,
        judge: Judge,
        team: Team,
        *,
        compiles: bool = False,
    ) -> None:
        self._settings, self._crops, self._checkpoints, self._judge = settings, crops, checkpoints, judge
        self._team, self._compiles = team, compiles
        self._syndiff = self._new()
        self._done = 0
        self._plan: Plan | None = None
        self._losses: dict[str, list[float]] = defaultdict(list)

    @memory_kept()
    def run(self, reporter: Reporter, minutes: float | None = None) -> None:
        """Go on from the latest state, or begin, and train to the end; the candidates then lie in the checkpoints.

        Parameters
        ----------
        reporter
            Told of progress, losses and judgements; asked after each step whether to stop.
        minutes
            Time for the run, or None for as many steps as the settings say. Of a resumed run, what was decided at its
            beginning counts.

        Raises
        ------
        Cancelled
            Where the reporter asked to stop; the state is saved.
        LabelBridgeError
            Where the training diverged or the memory is not enough.
        """
        try:
            self._resume()
            plan = self._plan = self._plan or self._decide(minutes)
            self._train(plan, reporter)
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise LabelBridgeError(self._advice("the memory was not enough", "a smaller --preset")) from error

    def _train(self, plan: Plan, reporter: Reporter) -> None:
        saved = told = time.monotonic()
        while self._done < plan.total:
            if self._team.any(reporter.should_stop()):
                self._save()
                raise Cancelled("The training was stopped.")
            self._one(plan)
            if self._team.rank > 0:
                continue
            now, ends = time.monotonic(), self._done == plan.total
            judges = plan.is_judged(self._done)
            if judges or ends or now - told > _REPORT_EVERY_S:
                self._report(plan, reporter)
                told = now
            if judges:
                self._judged(plan, reporter)
            if judges or ends or now - saved > self._settings.checkpoint_every_s:
                self._save()
                saved = time.monotonic()

    def _one(self, plan: Plan) -> None:
        """Do the next step; what chance decides in it depends on the seed and its number alone."""
        number, settings = self._done, self._settings
        batch = self._crops.batch(number).to(self._team.device)
        random = torch.Generator().manual_seed(seed_of(settings.seed, number, self._team.rank))
        draws = Draws.of(batch, random)
        if number < plan.warmup_steps:
            self._syndiff.set_pace(0.0)
            losses = self._syndiff.warm_step(batch, draws)
        else:
            self._syndiff.set_pace(plan.done(number, settings.steps_per_epoch), number - plan.warmup_steps)
            losses = self._syndiff.step(batch, draws, penalise=number % settings.r1_every == 0)
        self._done += 1
        for name, value in losses.items():
            self._losses[name].append(value)
        if self._team.any(not all(math.isfinite(value) for value in losses.values())):
            advice = self._advice(f"the training diverged at step {self._done}", "another --seed or a larger --preset")
            raise LabelBridgeError(advice)

    def _report(self, plan: Plan, reporter: Reporter) -> None:
        stage = "warm start" if self._done <= plan.warmup_steps else "training"
        reporter.metrics(self._done, **{name: float(np.mean(values)) for name, values in self._losses.items()})
        reporter.progress(self._done, plan.total, stage)
        self._losses.clear()

    def _judged(self, plan: Plan, reporter: Reporter) -> None:
        averaged = self._syndiff.averaged
        generators: dict[Direction, torch.nn.Module] = {
            "to_labeled": averaged.labeled.diffusive,
            "to_unlabeled": averaged.unlabeled.diffusive,
        }
        translator = SynDiffTranslator(
            generators,
            self._settings.architecture.multiple_px,
            tile_px=self._crops.crop_px,
            seed=self._settings.seed,
            device=self._team.device,
        )
        score, metrics = self._judge(translator, reporter)
        reporter.metrics(self._done, score=score, **metrics)
        states = {direction: generator.state_dict() for direction, generator in generators.items()}
        self._checkpoints.add_candidate(states, self._done, score, metrics, part=self._done / plan.total)

    def _decide(self, minutes: float | None) -> Plan:
        seconds_a_step = self._seconds_a_step() if minutes is not None else None
        return Plan.of(self._settings, self._team.agree(seconds_a_step), minutes)

    def _seconds_a_step(self) -> float:
        """Time steps on networks that are thrown away."""
        trial = self._new()
        for number in range(_TRIAL_STEPS):
            batch = self._crops.batch(number).to(self._team.device)
            draws = Draws.of(batch, torch.Generator().manual_seed(number))
            start = time.perf_counter()
            trial.step(batch, draws, penalise=False)
        return time.perf_counter() - start

    def _new(self) -> SynDiff:
        """Return networks whose first weights depend on the seed alone, compiled where that is wanted."""
        syndiff = new_syndiff(self._settings, self._team)
        if self._compiles:
            compile_networks(syndiff.networks)
        return syndiff

    def _resume(self) -> None:
        state = self._checkpoints.latest()
        if state is not None:
            self._syndiff.load(state["syndiff"])
            self._done, self._plan = int(state["done"]), Plan(**state["plan"])

    def _save(self) -> None:
        if self._team.rank > 0 or self._plan is None:
            return
        state = {"syndiff": self._syndiff.state(), "done": self._done, "plan": asdict(self._plan)}
        self._checkpoints.save(state, self._done)

    def _advice(self, what: str, instead: str) -> str:
        best = self._checkpoints.best()
        kept = f"the best translator so far is kept in {best.folder}" if best else "no translator was kept yet"
        return f"{what[0].upper()}{what[1:]}; {kept}; train again with {instead}."


def seed_of(*numbers: int) -> int:
    """Return a seed that depends on all the numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))
