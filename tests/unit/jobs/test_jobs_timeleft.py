"""How long it will still take."""

import time

import pytest

from labelbridge.jobs.timeleft import TimeLeft


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_continued_run_does_not_count_what_was_done_before(clock: list[float]) -> None:
    left = TimeLeft()
    assert left.after(50, 100, "training") is None
    clock[0] += 10
    assert left.after(60, 100, "training") == pytest.approx(40)


def test_another_stage_begins_anew(clock: list[float]) -> None:
    left = TimeLeft()
    left.after(0, 10, "reading")
    clock[0] += 10
    assert left.after(10, 10, "reading") == 0
    assert left.after(0, 10, "training") is None
    clock[0] += 2
    assert left.after(1, 10, "training") == pytest.approx(18)


def test_steps_of_a_whole_tell_for_those_that_say_too_little(clock: list[float]) -> None:
    left = TimeLeft()
    for image in range(3):
        clock[0] += 5
        told = left.after((image + 1) / 10, 1.0, f"image {image}")
    assert told == pytest.approx(7 * 5), "an image reports once"
    clock[0] += 20
    left.after(0.4, 1.0, "slow")
    clock[0] += 20
    assert left.after(0.5, 1.0, "slow") == pytest.approx(5 * 20), "its own pace counts as soon as it is known"
