"""Tasks that the tests of jobs run, in their own process and in children."""

import errno
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from labelbridge.core import InputError, Reporter


def count(settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter) -> None:
    """Count to `to`, a checkpoint at each step, from where the last run stopped; the result lists all starts."""
    file = checkpoints / "count.json"
    state = json.loads(file.read_text()) if file.exists() else {"done": 0, "starts": []}
    state["starts"].append(state["done"])
    sys.stdout.write(f"starting at {state['done']}\n")
    to = int(str(settings["to"]))
    while state["done"] < to:
        state["done"] += 1
        temporary = file.with_suffix(".tmp")
        temporary.write_text(json.dumps(state))
        temporary.replace(file)
        reporter.progress(state["done"], to, "counting")
        reporter.metrics(state["done"], loss=1 / state["done"])
        reporter.checkpoint()
        time.sleep(float(str(settings.get("pause_s", 0))))
    result.mkdir()
    (result / "count.json").write_text(json.dumps(state))


def half(settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter) -> None:
    """Leave half a result and fail with an error of the user's."""
    result.mkdir()
    (result / "half.txt").write_text("half")
    raise InputError("got half of it, expected all; try again.")


def bug(settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter) -> None:
    """Fail as programs do."""
    raise ZeroDivisionError("nothing to divide by\nsecond line")


def full(settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter) -> None:
    """Save a checkpoint, then find the disk full."""
    (checkpoints / "first").write_text("whole")
    raise OSError(errno.ENOSPC, "No space left on device", str(checkpoints / "second"))


def quiet(settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter) -> None:
    """Work for long without a word, as a library of others may."""
    time.sleep(float(str(settings["pause_s"])))
    result.mkdir()
