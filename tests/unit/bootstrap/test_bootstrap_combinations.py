"""The best tutorship that fits a time; what trainings take is stood in for, as they are themselves."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from labelbridge.bootstrap import Bootstrap, Plan, TutorshipSettings, plannedmodel
from labelbridge.bootstrap.combinations import COMBINATIONS, Combination
from labelbridge.bootstrap.survey import look_at_labeled, survey
from labelbridge.bootstrap.tasks.bootstrap import BootstrapTask
from labelbridge.bootstrap.trial import times as times_module
from labelbridge.bootstrap.trial.times import TutorshipTimes, time_tutorship
from labelbridge.core import Image, InputError, LabeledImage, Reporter
from labelbridge.segment.nnunet.timing import SegmenterTimes

NETWORK = SegmenterTimes(begin_s=0.0, image_s=0.0, iteration_s=6.0, tile_s=0.0, patch=(64, 64))
"""With the ten iterations of the preset ``tiny`` a training takes a minute, and so does a round."""


class Sentences(Reporter):
    """Remembers what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """How long parts take, for a test to change, and how often that was measured; no model is trained."""
    told = SimpleNamespace(network=NETWORK, masks_s=0.0, count=0)

    def measure(*_: object, **__: object) -> tuple[TutorshipTimes, float]:
        told.count += 1
        return TutorshipTimes(0.0, 0.0, told.network, 0.0, told.masks_s, lessons_s=0.0), 0.0

    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(times_module, "time_tutorship", measure)
    monkeypatch.setattr(plannedmodel, "trained", lambda folder, _: folder)
    return told


@pytest.fixture
def job(labeled: list[LabeledImage], new: list[Image]) -> Callable[..., Bootstrap]:
    def make(minutes: float | None, reporter: Reporter | None = None, **plan: object) -> Bootstrap:
        settings = TutorshipSettings(preset="tiny", styled_images=3, device="cpu")
        chosen = Plan("tutorship", labeled, settings=settings, minutes=minutes)
        return Bootstrap(plannedmodel.replace(chosen, **plan), new, reporter)

    return make


def chosen_in(job: Bootstrap) -> Combination:
    job.model_folder()
    return Combination(job.plan.settings.length, job.plan.settings.rounds)


@pytest.mark.parametrize(("minutes", "place"), [(0.1, 0), (0.6, 0), (1.6, 1), (2.1, 2), (3.1, 3), (99, 3)])
def test_the_best_that_fits_is_chosen(
    minutes: float, place: int, job: Callable[..., Bootstrap], measured: SimpleNamespace
) -> None:
    assert chosen_in(job(minutes)) == COMBINATIONS[place]


def test_the_masks_are_a_part_of_the_time(job: Callable[..., Bootstrap], measured: SimpleNamespace) -> None:
    measured.masks_s = 60.0
    assert chosen_in(job(2.6)) == COMBINATIONS[1]


def test_the_user_is_told_what_was_chosen(job: Callable[..., Bootstrap], measured: SimpleNamespace) -> None:
    told = Sentences()
    job(2.5, told).model_folder()
    job(0.1, told).model_folder()
    assert told.said == [
        "In 2.5 minutes: 10 iterations of nnU-Net and 1 round of self-training. All takes about 2 minutes.",
        "The quickest tutorship, 5 iterations of nnU-Net, takes about 1 minute, more than the 0.1 given. "
        "Adaptation with a model of the labelled images takes less.",
    ]


def test_a_choice_is_remembered_where_a_later_run_finds_another_speed(
    job: Callable[..., Bootstrap], measured: SimpleNamespace
) -> None:
    first = job(1.7)
    folder = first.model_folder()
    measured.network = SegmenterTimes(0.0, 0.0, 60.0, 0.0, (64, 64))
    again = job(1.7)
    assert again.needs_training()
    assert (again.model_folder(), measured.count) == (folder, 1)
    assert chosen_in(job(1.6)) == COMBINATIONS[0]
    assert measured.count == 2


def test_whether_a_training_is_needed_is_known_without_trying_it(
    job: Callable[..., Bootstrap], measured: SimpleNamespace
) -> None:
    one = job(1.7)
    assert one.needs_training()
    assert measured.count == 0
    one.model_folder().mkdir(parents=True)
    assert not job(1.7).needs_training()


def test_nothing_is_chosen_for_other_paths_and_models_at_hand(
    job: Callable[..., Bootstrap], measured: SimpleNamespace
) -> None:
    job(1.5, path="direct").model_folder()
    job(None).model_folder()
    assert measured.count == 0


@pytest.mark.parametrize("minutes", [0.0, -1.0, float("nan"), float("inf")])
def test_a_time_is_a_number_above_0(minutes: float, job: Callable[..., Bootstrap], measured: SimpleNamespace) -> None:
    with pytest.raises(InputError, match="expected a number above 0"):
        job(minutes)


@pytest.mark.parametrize(
    ("given", "path", "minutes"),
    [
        ({"labeled": "tem"}, "tutorship", 10),
        ({"labeled": "tem", "segmenter": "model"}, "tutorship", 10),
        ({"segmenter": "model"}, "adaptation", None),
        ({"tutored": "model"}, "tutorship", None),
        ({"labeled": "tem", "minutes": 30}, "tutorship", 30),
        ({"labeled": "tem", "path": "tutorship"}, "tutorship", None),
        ({"labeled": "tem", "path": "tutorship", "minutes": 5}, "tutorship", 5),
        ({"labeled": "tem", "path": "direct"}, "direct", None),
        ({"labeled": "tem", "preset": "standard"}, "tutorship", None),
    ],
)
def test_without_a_path_the_task_does_the_best_in_ten_minutes(
    given: dict[str, object], path: str, minutes: float | None, tmp_path: Path
) -> None:
    request = BootstrapTask.model_validate({"images": ["sem"], **given}).request(tmp_path)
    assert (request.path, request.minutes) == (path, minutes)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"labeled": "tem", "path": "direct", "minutes": 5}, "5 minutes for direct"),
        ({"segmenter": "model", "minutes": 5}, "5 minutes for adaptation"),
        ({"labeled": "tem", "rounds": 2}, "2 rounds of self-training and 10 minutes"),
        ({"labeled": "tem", "rounds": 1, "path": "tutorship", "minutes": 7}, "1 round of self-training and 7 minutes"),
    ],
)
def test_what_a_time_does_not_go_with_is_told(given: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        BootstrapTask.model_validate({"images": ["sem"], **given}).request(tmp_path)


def test_times_are_measured(labeled: list[LabeledImage], new: list[Image]) -> None:
    settings = TutorshipSettings(preset="tiny", styled_images=3, fibre_px=40)
    found, shapes = survey(look_at_labeled(labeled, 40), new), {image.name: [image.shape] for image in new}
    cpu = torch.device("cpu")
    times, mean_px = time_tutorship(labeled, shapes, found, settings, cpu, Reporter(), budget_s=0.5)
    doubled = {name: planes * 2 for name, planes in shapes.items()}
    more, _ = time_tutorship(labeled, doubled, found, settings, cpu, Reporter(), budget_s=0.5)
    assert mean_px > 1000
    assert 0 < times.network.iteration_s < 30
    assert 0 < times.masks_s < more.masks_s * 1.5
    assert times.lessons_s == times.masks_s, "small images are looked at whole"
    whole = sum(stage.seconds for stage in times.stages(settings.model_copy(update={"length": 2.0})))
    assert whole > sum(stage.seconds for stage in times.stages(settings)) + 9 * times.network.iteration_s
