"""Watching workers: what they say, how long they are silent; after one that hung or died the next goes on."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryFile
from typing import IO, Any

__all__ = ["Limits", "Result", "supervise", "worker_command"]

BENCHMARKS = Path(__file__).resolve().parents[1]
START_S = 300.0
QUIET = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1", "PYTHONPATH": str(BENCHMARKS)}

Command = Callable[[int], list[str]]
"""Gives the command of a worker that begins with a case, by its number."""


@dataclass(frozen=True)
class Limits:
    """What a case may take."""

    seconds: float
    bytes: int


@dataclass(frozen=True)
class Result:
    """What became of a case; `failures` say what went wrong, if anything."""

    number: int
    outcome: str
    seconds: float = 0.0
    bytes: int = 0
    failures: tuple[str, ...] = ()


class WorkerError(Exception):
    """A worker ended, or said nothing, before its first case."""


def worker_command(seeds: Path, seed: int, stop: int, step: int) -> Command:
    """Return the command of `fuzzing.worker`."""
    return lambda first: [sys.executable, "-m", "fuzzing.worker", str(seeds), *map(str, (seed, first, stop, step))]


def supervise(command: Command, cases: range, limits: Limits) -> Iterator[Result]:
    """Run the cases in worker processes, one after another, and yield what becomes of each.

    Raises
    ------
    WorkerError
        Where a worker cannot begin.
    """
    left = cases
    while left:
        done = 0
        for result in _run_worker(command(left[0]), limits):
            done += 1
            yield result
        if not done:
            raise WorkerError("the worker ended before its first case")
        left = left[done:]


def _run_worker(command: list[str], limits: Limits) -> Iterator[Result]:
    with TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env={**os.environ, **QUIET})
        said = _listen(process)
        begun: int | None = None
        problem = ""
        try:
            while line := said.get(timeout=START_S if begun is None else 2 * limits.seconds):
                if "end" in line:
                    yield _judged(line, limits)
                begun = line.get("begin")
        except Empty:
            problem = f"it took more than {2 * limits.seconds:g} s"
            process.kill()
        finally:
            _end(process)
        if begun is not None:
            yield Result(begun, "failure", failures=(problem or f"its process died: {_tail(errors)}",))
        elif process.returncode > 0 or problem:
            raise WorkerError(problem or _tail(errors))


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Wait for a process that is about to end, and kill one that is not."""
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _listen(process: "subprocess.Popen[bytes]") -> "SimpleQueue[dict[str, Any]]":
    """Return a queue of the lines that a process says, with an empty one at its end."""
    said: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def listen() -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                said.put(json.loads(line))
        said.put({})

    threading.Thread(target=listen, daemon=True).start()
    return said


def _judged(line: dict[str, Any], limits: Limits) -> Result:
    """Return the result that a worker tells of, with a failure where it is beyond the limits."""
    failures = [f"{one['reader']}: {one['detail']}" for one in line["failures"]]
    if line["seconds"] > limits.seconds:
        failures.append(f"it took {line['seconds']:.1f} s")
    if line["bytes"] > limits.bytes:
        failures.append(f"it took {line['bytes'] / 1e9:.1f} GB")
    outcome = "failure" if failures else line["outcome"]
    return Result(line["end"], outcome, line["seconds"], line["bytes"], tuple(failures))


def _tail(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read().decode("utf-8", "replace")[-2000:].strip() or "it said nothing"
