"""A chained job tells how far the whole is."""

import pytest

from labelbridge.bootstrap.tasks.stages import Stage, Step, stages_of
from labelbridge.bootstrap.tasks.steptimes import mask_steps, model_steps, round_steps, translator_steps
from labelbridge.core import Reporter
from labelbridge.jobs import timeleft

PLAN = {
    "first": [Step(("reading",), 10), Step(("warm start", "training"), 30)],
    "second": [Step(("making",), 60)],
}


class Told(Reporter):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.progresses: list[tuple[float, str]] = []
        self.numbers: list[dict[str, float]] = []

    def progress(self, done: float, total: float, stage: str) -> None:
        assert total == 1
        self.progresses.append((done, stage))

    def metrics(self, step: int, **values: float) -> None:
        self.numbers.append({"step": step, **values})


def test_steps_are_places_in_the_whole() -> None:
    told = Told()
    stages = stages_of(told, PLAN)
    for name, done, total, step in (
        ("first", 1, 2, "reading"),
        ("first", 1, 3, "warm start"),
        ("first", 3, 3, "training (fold all)"),
        ("second", 0, 0, "making masks"),
    ):
        stages[name].progress(done, total, step)
    assert told.progresses == [
        (pytest.approx(0.05), "first: reading"),
        (pytest.approx(0.2), "first: warm start"),
        (pytest.approx(0.4), "first: training (fold all)"),
        (pytest.approx(1.0), "second: making masks"),
    ]


def test_progress_never_goes_back() -> None:
    told = Told()
    first = stages_of(told, PLAN)["first"]
    for done, step in ((8, "training"), (1, "reading"), (9, "something else"), (2, "training"), (30, "training")):
        first.progress(done, 10, step)
    assert [done for done, _ in told.progresses] == pytest.approx([0.34, 0.34, 0.34, 0.34, 0.4])
    assert told.progresses[2][1] == "first: something else"


def test_what_is_no_step_leaves_a_stage_at_its_beginning() -> None:
    told = Told()
    stages_of(told, PLAN)["second"].progress(1, 2, "looking around")
    assert told.progresses == [(pytest.approx(0.4), "second: looking around")]


def test_parts_are_equal_and_named() -> None:
    told = Told()
    second = stages_of(told, PLAN)["second"]
    for index in range(3):
        second.part(index, 3, f"sem-{index}").progress(1, 2, "making masks")
    assert told.progresses == [
        (pytest.approx(0.4 + 0.6 * part), f"second: sem-{index} ({index + 1} of 3): making masks")
        for index, part in enumerate((1 / 6, 1 / 2, 5 / 6))
    ]


def test_numbers_of_two_trainings_are_told_apart() -> None:
    told = Told()
    for stage in stages_of(told, PLAN).values():
        stage.metrics(5, loss=0.5)
    assert told.numbers == [{"step": 5, "first_loss": 0.5}, {"step": 5, "second_loss": 0.5}]


def test_other_reporters_name_the_parts() -> None:
    told = Told()
    Stage(told, "masks", mask_steps(2)).part(1, 2, "sem").progress(1, 1, "making masks")
    assert told.progresses == [(1.0, "masks: sem (2 of 2): making masks")]

    class Plain(Told):
        def progress(self, done: float, total: float, stage: str) -> None:
            self.progresses.append((done, stage))

    plain = Plain()
    plain.part(1, 2, "sem").progress(3, 4, "segmenting")
    assert plain.progresses == [(3, "sem (2 of 2): segmenting")]


def test_rounds_of_self_training_are_steps_of_their_stage() -> None:
    class Places(Reporter):
        def __init__(self) -> None:
            self.seen: list[float] = []

        def progress(self, done: float, total: float, stage: str) -> None:
            self.seen.append(done)

    places = Places()
    stage = stages_of(places, {"model": [*model_steps("cpu", 400, 0), *round_steps("cpu", 2, 7)]})["model"]
    for name in (
        "training (fold all)",
        "self-training: style",
        "round 1: looking at the new images",
        "round 1: training (fold all)",
        "round 2: training (fold all)",
    ):
        stage.progress(1, 2, name)
    stage.progress(1, 2, "self-training: calibrating")
    assert places.seen == sorted(set(places.seen))
    assert 0.5 < places.seen[-1] < 1


def test_the_time_left_is_that_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that takes three times as long as is the rule, all that is to come takes three times as long."""
    plan = {"translator": translator_steps("cpu", 20), "model": model_steps("cpu", 200, 200), "masks": mask_steps(7)}
    seconds = {name: sum(step.seconds for step in steps) for name, steps in plan.items()}
    now = [0.0]
    monkeypatch.setattr(timeleft.time, "monotonic", lambda: now[0])
    left = timeleft.TimeLeft()

    class Clock(Reporter):
        left_s: float | None = None

        def progress(self, done: float, total: float, stage: str) -> None:
            self.left_s = left.after(done, total, stage)

    clock = Clock()
    translator = stages_of(clock, plan)["translator"]
    assert seconds["translator"] == 1200
    for done in range(11):
        translator.progress(done, 40, "training")
        now[0] += 3 * 30
    rest = 0.75 * seconds["translator"] + seconds["model"] + seconds["masks"]
    assert clock.left_s == pytest.approx(3 * rest)
