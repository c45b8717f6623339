"""Processes that paint are killed at random moments."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from painting import Painter, fresh_layers, state

from labelbridge.refine import History, list_journals, restore_session
from labelbridge.refine.records import Kind, read_records

SCRIPT = Path(__file__).with_name("painting.py")
STEPS = (Kind.EDIT, Kind.CONTINUATION, Kind.UNDO, Kind.REDO)
SEEDS = range(3)


def said_in(folder: Path) -> list[tuple[int, float]]:
    """Return what a process has said so far: steps done, and when."""
    whole_lines = (folder / "said.txt").read_text(encoding="utf-8").split("\n")[:-1]
    return [(int(line.split()[0]), float(line.split()[1])) for line in whole_lines]


def start(folder: Path, seed: int) -> "tuple[subprocess.Popen[bytes], float]":
    """Start a process that paints; return it and how long it is to live after its first step, in seconds."""
    folder.mkdir()
    with (folder / "said.txt").open("wb") as said:
        process = subprocess.Popen([sys.executable, str(SCRIPT), str(folder), str(seed)], stdout=said)
    return process, random.Random(seed).uniform(1.1, 1.4)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[Path, float]]:
    """The folder of a process that was killed, and when that was, by seed."""
    root = tmp_path_factory.mktemp("killed")
    running = {seed: (root / str(seed), *start(root / str(seed), seed)) for seed in SEEDS}
    times = {}
    until_s = time.time() + 60
    while running and time.time() < until_s:
        for seed, (folder, process, life_s) in list(running.items()):
            said = said_in(folder)
            if said and time.time() > said[0][1] + life_s:
                process.kill()
                times[seed] = folder, time.time()
                process.wait()
                del running[seed]
        time.sleep(0.01)
    return times


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_older_than_a_second_is_missing(killed: dict[int, tuple[Path, float]], seed: int) -> None:
    folder, killed_s = killed[seed]
    due = max(done for done, time_s in said_in(folder) if time_s < killed_s - 1.0)
    (info,) = list_journals(folder)
    assert (info.is_closed, info.is_in_use) == (False, False)
    session = restore_session(info.path)
    with info.path.open("rb") as file:
        steps = sum(record.kind in STEPS for record in read_records(file, session.readable_bytes))
    assert steps >= due
    history = History(fresh_layers(seed))
    painter = Painter(history, seed)
    for _ in range(steps):
        painter.act()
    assert state(session.history) == state(history)
