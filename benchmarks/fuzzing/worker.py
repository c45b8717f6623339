"""The process that reads: `python -m fuzzing.worker SEEDS SEED FIRST STOP STEP`.

It says a line of JSON before and after each case. It may hang, crash or fill the memory: `fuzzing.supervision` watches.
"""

import faulthandler
import json
import logging
import os
import pickle
import shutil
import sys
import tempfile
import time
import warnings
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import IO

import psutil

from fuzzing.judging import Verdict, judge, outcome_of
from fuzzing.kinds import KINDS, write_files
from fuzzing.mutations import Files, mutate_set

__all__ = ["MEMORY_BYTES", "damaged", "main", "run_case"]

MEMORY_BYTES = 2_000_000_000
"""Most that a file may take, above what the process had before."""

_RESET_PEAK = Path("/proc/self/clear_refs")


def damaged(seeds: dict[str, Files], seed: int, number: int) -> tuple[str, Files]:
    """Return the kind and the files of a case, the same for the same numbers; those below 0 are the whole seeds."""
    random = Random(f"{seed}/{number}")
    names = list(seeds)
    kind = names[number % len(names)]
    if number < 0:
        return kind, seeds[kind]
    return kind, mutate_set(seeds[kind], [seeds[random.choice(names)], seeds[random.choice(names)]], random)


def run_case(kind: str, seed: Files, files: Files, folder: Path) -> list[Verdict]:
    """Write the files to `folder`, which is emptied before and after, and give them to the kind's readers."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        write_files(files, folder)
        return judge(KINDS[kind].readers, KINDS[kind].entry(seed, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: list[str]) -> None:
    """Run the cases FIRST, FIRST + STEP, ... below STOP."""
    seeds_file, (seed, first, stop, step) = arguments[0], map(int, arguments[1:])
    seeds: dict[str, Files] = pickle.loads(Path(seeds_file).read_bytes())
    with _quiet() as say, tempfile.TemporaryDirectory(prefix="labelbridge-fuzz-") as scratch:
        folder = Path(scratch, "case")
        for kind, files in seeds.items():  # so that all is imported and all threads run before the memory is limited
            run_case(kind, files, files, folder)
        start_bytes = _limit_memory()
        for number in range(first, stop, step):
            kind, files = damaged(seeds, seed, number)
            _tell(say, {"begin": number, "kind": kind})
            _forget_peak()
            began = time.perf_counter()
            verdicts = run_case(kind, seeds[kind], files, folder)
            seconds = time.perf_counter() - began
            _tell(
                say,
                {
                    "end": number,
                    "outcome": outcome_of(verdicts),
                    "failures": [asdict(verdict) for verdict in verdicts if verdict.outcome == "failure"],
                    "seconds": seconds,
                    "bytes": max(0, _peak_bytes() - start_bytes),
                },
            )


def _quiet() -> IO[str]:
    """Let nothing but `_tell` reach the standard output, and return the way to it."""
    faulthandler.enable()
    warnings.simplefilter("ignore")
    logging.disable()
    say = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return say


def _tell(say: IO[str], content: dict[str, object]) -> None:
    say.write(json.dumps(content) + "\n")
    say.flush()


def _limit_memory() -> int:
    """Let the system refuse what is beyond the limit, where it can, and return the memory taken now."""
    memory = psutil.Process().memory_info()
    try:
        import resource
    except ImportError:
        return int(memory.rss)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory.vms + MEMORY_BYTES,) * 2)
    return int(memory.rss)


def _forget_peak() -> None:
    if _RESET_PEAK.exists():
        _RESET_PEAK.write_text("5", encoding="ascii")


def _peak_bytes() -> int:
    """Return the most memory taken since `_forget_peak` on Linux, elsewhere since the start or what is taken now."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    memory = psutil.Process().memory_info()
    return int(getattr(memory, "peak_wset", memory.rss))


if __name__ == "__main__":
    main(sys.argv[1:])
