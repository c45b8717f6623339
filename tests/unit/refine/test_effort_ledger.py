"""What the ledger counts, and when it is on the disk."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from labelbridge.refine import Edit
from labelbridge.refine.effort import Effort, EffortLedger, EffortSession, read_efforts

EVENING = datetime(2026, 3, 1, 23, 0, tzinfo=timezone(timedelta(hours=1)))
SHAPE = (10, 12)


class Clock:
    """A clock that goes only when it is told to; the date follows unless somebody sets it."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.date = EVENING

    def wait(self, seconds: float) -> None:
        self.seconds += seconds
        self.date += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[EffortLedger]:
    with new_ledger(tmp_path, clock) as one:
        yield one


def new_ledger(folder: Path, clock: Clock, *, is_on: bool = True, saved_every_s: float = 60.0) -> EffortLedger:
    return EffortLedger(
        folder,
        image="a b/ä",
        image_id="1",
        first_masks="bootstrapped",
        is_on=is_on,
        saved_every_s=saved_every_s,
        clock=lambda: clock.seconds,
        now=lambda: clock.date,
    )


def an_edit(action: str, pixels: int = 4) -> Edit:
    """Return an edit that makes myelin axon: each pixel changes in both layers."""
    layers = {"axon": np.zeros(SHAPE, np.uint8), "myelin": np.ones(SHAPE, np.uint8)}
    return Edit.of_stroke(layers, "axon", np.arange(pixels), 0, 1, action)


def saved(folder: Path) -> tuple[EffortSession, ...]:
    summary = read_efforts(folder)
    assert not summary.unreadable
    return summary.sessions


def until(is_so: Callable[[], object]) -> bool:
    """Wait until something is so, for a while."""
    end_s = time.monotonic() + 20
    while not is_so() and time.monotonic() < end_s:
        time.sleep(0.01)
    return bool(is_so())


def test_pauses_do_not_count(ledger: EffortLedger, clock: Clock) -> None:
    for wait_s in (5.0, 10.0, 30.0, 30.1, 7.0):
        clock.wait(wait_s)
        ledger.saw_activity()
    assert ledger.effort == Effort(active_s=47.0)


def test_a_change_of_the_systems_time_does_no_harm(ledger: EffortLedger, clock: Clock) -> None:
    ledger.saw_activity()
    clock.wait(4)
    clock.date -= timedelta(minutes=30)
    ledger.saw_activity()
    assert ledger.effort == Effort(active_s=4.0)


def test_everything_is_counted_by_its_kind(ledger: EffortLedger) -> None:
    ledger.saw_edit(an_edit("paint"))
    ledger.saw_edit(an_edit("paint", 2), continues=True)
    ledger.saw_edit(an_edit("erase", 1))
    ledger.saw_edit(an_edit("fill ring"))
    ledger.saw_edit(an_edit("fill ring"))
    ledger.saw_edit(an_edit("smooth", 3))
    ledger.saw_edit(Edit(SHAPE, action="smooth"))
    ledger.saw_undo()
    ledger.saw_redo()
    ledger.saw_accept()
    ledger.saw_accept()
    ledger.saw_correction()
    assert ledger.effort == Effort(
        strokes=2,
        pixels_changed=18,
        undos=1,
        redos=1,
        repairs={"fill ring": 2, "smooth": 1},
        fibres_accepted=2,
        fibres_corrected=1,
    )


def test_what_happens_while_it_is_off_is_not_counted(tmp_path: Path, clock: Clock) -> None:
    with new_ledger(tmp_path, clock, is_on=False) as ledger:
        ledger.saw_edit(an_edit("paint"))
        assert ledger.path is None
        ledger.is_on = True
        ledger.saw_undo()
        clock.wait(5)
        ledger.saw_activity()
        ledger.is_on = False
        ledger.saw_accept()
        ledger.is_on = True
        clock.wait(6)
        ledger.saw_activity()
    assert [session.effort for session in saved(tmp_path)] == [Effort(active_s=5.0, undos=1)]


def test_nothing_is_written_where_nothing_happened(tmp_path: Path, clock: Clock) -> None:
    with new_ledger(tmp_path / "new", clock):
        pass
    with new_ledger(tmp_path / "new", clock, is_on=False) as ledger:
        ledger.saw_activity()
    assert not (tmp_path / "new").exists()


def test_at_midnight_another_session_begins(tmp_path: Path, clock: Clock) -> None:
    with new_ledger(tmp_path, clock) as ledger:
        ledger.saw_undo()
        clock.date = EVENING + timedelta(minutes=59, seconds=50)
        clock.wait(20)
        ledger.saw_undo()
        ledger.saw_undo()
    first, second = saved(tmp_path)
    assert (first.effort.undos, second.effort.undos, second.effort.active_s) == (1, 2, 20)
    assert (first.day.day, second.day.day, second.image_id) == (1, 2, first.image_id)
    assert second.started.utcoffset() == timedelta(hours=1)


def test_it_is_saved_while_it_goes_on(
    tmp_path: Path, clock: Clock, threads: Callable[[], list[threading.Thread]]
) -> None:
    with new_ledger(tmp_path, clock, saved_every_s=0.02) as ledger:
        ledger.saw_accept()
        assert until(lambda: saved(tmp_path))
        ledger.saw_accept()
        assert until(lambda: saved(tmp_path)[0].effort.fibres_accepted == 2)
        assert ledger.path
        assert ledger.path.name.startswith("a_b_ä-20260301-220000-")
    assert not threads()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_disk_that_refuses_is_told_and_tried_again(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "folder").write_bytes(b"in the way")
    with new_ledger(tmp_path / "folder", clock, saved_every_s=0.02) as ledger:
        ledger.saw_accept()
        assert until(lambda: ledger.problem)
        assert "folder" in str(ledger.problem)
        (tmp_path / "folder").unlink()
        assert until(lambda: ledger.problem is None)
    assert saved(tmp_path / "folder")[0].effort.fibres_accepted == 1


SCRIPT = """
import itertools, sys, time
from pathlib import Path
from labelbridge.refine.effort import EffortLedger
ledger = EffortLedger(Path(sys.argv[1]), image="killed", image_id="1", saved_every_s=0.1)
for number in itertools.count(1):
    ledger.saw_accept()
    print(number, time.time(), flush=True)
    time.sleep(0.005)
"""


def said_in(file: Path) -> list[tuple[int, float]]:
    """Return what a process has said so far: fibres accepted, and when."""
    lines = file.read_text(encoding="utf-8").split("\n")[:-1]
    return [(int(line.split()[0]), float(line.split()[1])) for line in lines]


def test_a_killed_process_loses_no_more_than_a_second(tmp_path: Path) -> None:
    said = tmp_path / "said.txt"
    with said.open("wb") as stream:
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(tmp_path)], stdout=stream)
    try:
        assert until(lambda: said_in(said) and time.time() > said_in(said)[0][1] + 1.4)
    finally:
        process.kill()
        killed_s = time.time()
        process.wait()
    due = max(number for number, time_s in said_in(said) if time_s < killed_s - 1)
    assert saved(tmp_path)[0].effort.fibres_accepted >= due


def test_a_stroke_costs_nothing_noticeable(ledger: EffortLedger) -> None:
    edit = an_edit("paint", 100)
    for _ in range(100):
        ledger.saw_edit(edit)
    costs = []
    for _ in range(200):
        began = time.perf_counter()
        ledger.saw_edit(edit)
        costs.append(time.perf_counter() - began)
    assert sorted(costs)[100] < 0.002
