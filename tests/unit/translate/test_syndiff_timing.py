"""What is measured of steps before a run."""

import numpy as np
import pytest
import torch

from labelbridge.core import Cancelled, Reporter
from labelbridge.translate.syndiff.dataset import Crops, TrainingImage
from labelbridge.translate.syndiff.networks import Networks
from labelbridge.translate.syndiff.plan import Plan
from labelbridge.translate.syndiff.savedtensors import SavedTensors
from labelbridge.translate.syndiff.settings import SynDiffSettings
from labelbridge.translate.syndiff.team import Team, work_together
from labelbridge.translate.syndiff.timing import StepTimes, TranslationTime, time_steps, weights_bytes

TINY = SynDiffSettings.from_preset("tiny")


def image(name: str) -> TrainingImage:
    data = np.random.default_rng(0).random((80, 80), np.float32)
    return TrainingImage(data, data, name)


def timed(settings: SynDiffSettings, budget_s: float, reporter: Reporter | None = None) -> StepTimes:
    crops, times = Crops([image("l")], [image("u")], settings), []

    def work(team: Team, told: Reporter) -> None:
        times.append(time_steps(settings, crops, team, budget_s, told))

    work_together(work, torch.device("cpu"), 1, reporter or Reporter())
    return times[0]


def test_all_kinds_of_steps_are_timed_within_the_budget() -> None:
    timed(TINY, 0.0)
    times = timed(TINY, 1.5)
    assert 0 < times.warm_s <= times.plain_s
    assert times.penalised_s > 0
    assert times.translation.tile_s > 0
    assert times.translation.tile_px == 32


def test_without_a_warm_start_there_is_no_step_of_one() -> None:
    published = TINY.as_published()
    times = timed(published, 1.0)
    assert times.warm_s == times.plain_s


def test_one_step_is_done_whatever_the_budget() -> None:
    times = timed(TINY, 0.0)
    assert times.plain_s == times.penalised_s > 0


def test_a_wish_to_stop_is_heard() -> None:
    class Impatient(Reporter):
        def should_stop(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        timed(TINY, 1.0, Impatient())


def test_a_run_is_the_sum_of_its_steps() -> None:
    times = StepTimes(1.0, 2.0, 5.0, TranslationTime(0.5, 32, 4, 0.25))
    assert times.run_s(Plan(10, 40, 4), penalised_every=10) == 10 + 36 * 2 + 4 * 5
    assert times.translation.of((32, 32)) == 0.5
    assert times.translation.of((64, 32)) > 1


def test_weights_are_counted_without_being_made() -> None:
    networks = Networks(TINY.architecture)
    every = sum(parameter.numel() for parameter in networks.parameters())
    assert 16 * every < weights_bytes(TINY.architecture) < 20 * every
    assert weights_bytes(SynDiffSettings.from_preset("paper").architecture) > 1e9


def test_what_is_saved_for_the_way_back_is_counted_once_and_until_it_goes() -> None:
    weight = torch.nn.Parameter(torch.ones(1000))
    with SavedTensors() as saved:
        first = torch.ones(500, requires_grad=True)
        made = (first * 1.0).exp()
        assert saved.peak_bytes == 4 * 500
        loss = (made * made).sum()
        assert saved.peak_bytes == 4 * 500, "one piece of memory, three times"
        loss.backward()
        (weight * 2.0).sum().backward()
        third = (torch.ones(300, requires_grad=True) * 1.0).exp().sum()
    assert saved.peak_bytes == 4 * 500, "the first was gone when the third came"
    third.backward()


def test_what_is_saved_grows_with_the_crops() -> None:
    peaks = []
    for side in (32, 64):
        with SavedTensors() as saved:
            timed(TINY.model_copy(update={"crop_px": side}), 0.0)
        peaks.append(saved.peak_bytes)
    assert 3.5 < peaks[1] / peaks[0] < 4.5
