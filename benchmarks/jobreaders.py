"""Somebody who reads a job all the time, and everything that a job leaves; for benchmarks and tests."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from safetensors.numpy import load_file

from labelbridge.io.trainingstate import read_state
from labelbridge.jobs import JobFolder, JobInfo

__all__ = ["Readings", "damages", "reading", "weights_of"]

_READ_EVERY_S = 0.005
_STAGES = ("raw", "preprocessed", "results")


@dataclass
class Readings:
    """What somebody who reads a job all the time has seen.

    Attributes
    ----------
    count
        How often it was read.
    problems
        What could not be read, and what was not true.
    is_dead
        Set before the job is killed: until then it must not be called lost.
    """

    count: int = 0
    problems: list[str] = field(default_factory=list)
    is_dead: bool = False


@contextmanager
def reading(folder: JobFolder) -> Iterator[Readings]:
    """Read the job all the time, as a window does but far more often."""
    readings, ended = Readings(), threading.Event()

    def read() -> None:
        while not ended.wait(_READ_EVERY_S):
            info = JobInfo.of(JobFolder(folder.path))
            readings.count += 1
            if info.problem:
                readings.problems.append(info.problem)
            if info.status.ending == "lost" and not readings.is_dead:
                readings.problems.append("it was called lost while it lived")

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield readings
    finally:
        ended.set()
        thread.join()


def damages(folder: JobFolder) -> list[str]:
    """Read all of the job's files that have their own names; return what cannot be read."""
    found = []
    for file in _finished_files(folder):
        try:
            _ENDINGS[file.suffix](file)
        except Exception as error:  # noqa: BLE001 - whatever a reader says is what we want to know
            found.append(f"{file}: {error}")
    return found


def weights_of(job: Path) -> str:
    """Return a hash of the weights in a job's result; the order of what files say of them is left to chance."""
    digest = hashlib.sha256()
    for file in sorted((job / "result").rglob("*.safetensors")):
        digest.update(file.relative_to(job).as_posix().encode())
        for name, tensor in sorted(load_file(file).items()):
            digest.update(name.encode() + tensor.tobytes())
    return digest.hexdigest()


def _finished_files(folder: JobFolder) -> list[Path]:
    """Return the files that somebody could read or go on from; nnU-Net's stages may be half-done."""
    files = [file.relative_to(folder.path) for file in folder.path.rglob("*") if file.suffix in _ENDINGS]
    return [folder.path / file for file in files if not any(_is_unfinished(part) for part in file.parts)]


def _is_unfinished(name: str) -> bool:
    return name.startswith(".") or name in _STAGES


def _read_json(file: Path) -> object:
    return json.loads(file.read_bytes())


_ENDINGS: dict[str, Callable[[Path], object]] = {".json": _read_json, ".pt": read_state, ".safetensors": load_file}
