"""Can a damaged or malicious file do harm? Thousands of mutated files of every kind go to all readers.

Each must end as a value or as one sentence, within 10 s and 2 GB. Prints a table, and exits with 1 after any failure.

    python benchmarks/fuzz_readers.py --files 10000 --seed 1 --keep failures/
    python benchmarks/fuzz_readers.py --seed 1 --only 4711          # one case, with its traceback
"""

import argparse
import pickle
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fuzzing.kinds import make_seeds, write_files
from fuzzing.mutations import Files
from fuzzing.supervision import Limits, Result, supervise, worker_command
from fuzzing.worker import MEMORY_BYTES, damaged, run_case

__all__ = ["main"]

LIMITS = Limits(seconds=10.0, bytes=MEMORY_BYTES)
SHOWN = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the fuzzer; return 1 where a file was no match for a reader."""
    options = _parse(arguments)
    seeds = make_seeds()
    if options.kinds:
        seeds = {name: files for name, files in seeds.items() if any(word in name for word in options.kinds)}
    if options.only is not None:
        return _run_one(seeds, options.seed, options.only, options.keep)
    results = run(seeds, options.seed, options.files, options.processes)
    print(table(list(seeds), results))
    failed = [result for result in results if result.outcome == "failure"]
    for alike in by_cause(failed).values():
        numbers = ", ".join(str(result.number) for result in alike[:SHOWN])
        print(f"\n{len(alike)} times, --only {numbers}:\n" + "\n".join(alike[0].failures))
    for result in failed if options.keep else ():
        write_files(damaged(seeds, options.seed, result.number)[1], options.keep / str(result.number))
    return 1 if failed else 0


def run(seeds: dict[str, Files], seed: int, count: int, processes: int) -> list[Result]:
    """Give the whole seeds and `count` damaged files to the readers, in so many worker processes."""
    with tempfile.TemporaryDirectory(prefix="labelbridge-fuzz-") as folder:
        stored = Path(folder, "seeds.pickle")
        stored.write_bytes(pickle.dumps(seeds))
        command = worker_command(stored, seed, count, processes)
        shares = [range(first - len(seeds), count, processes) for first in range(processes)]
        with ThreadPoolExecutor(len(shares)) as pool:
            done = pool.map(lambda cases: list(supervise(command, cases, LIMITS)), shares)
            return sorted((result for share in done for result in share), key=lambda result: result.number)


def table(kinds: list[str], results: Iterable[Result]) -> str:
    """Return a line for each kind and one for all, as text."""
    by_kind: dict[str, list[Result]] = {name: [] for name in kinds}
    for result in results:
        by_kind[kinds[result.number % len(kinds)]].append(result)
    rows = [*by_kind.items(), ("all", [result for some in by_kind.values() for result in some])]
    lines = [f"{'kind':<24} {'files':>6} {'read':>6} {'sentence':>8} {'failure':>7} {'slowest s':>9} {'peak MB':>8}"]
    for name, some in rows:
        counts = [sum(result.outcome == outcome for result in some) for outcome in ("read", "sentence", "failure")]
        slowest = max((result.seconds for result in some), default=0.0)
        peak = max((result.bytes for result in some), default=0) / 1e6
        lines.append(
            f"{name:<24} {len(some):>6} {counts[0]:>6} {counts[1]:>8} {counts[2]:>7} {slowest:>9.2f} {peak:>8.0f}"
        )
    return "\n".join(lines)


def by_cause(failed: Iterable[Result]) -> dict[str, list[Result]]:
    """Return the failures by their last words and the last two lines of code, numbers and places aside."""
    causes: dict[str, list[Result]] = {}
    for result in failed:
        lines = result.failures[0].strip().splitlines()
        code = [re.sub(r'File ".*/', "", line) for line in lines if "File " in line]
        last = re.sub(r"[\d.]+|(['\"]).*?\1|/\S+", "_", lines[-1][:100])
        causes.setdefault(f"{code[-2:]} {last}", []).append(result)
    return causes


def _run_one(seeds: dict[str, Files], seed: int, number: int, keep: Path | None) -> int:
    kind, files = damaged(seeds, seed, number)
    print(f"{number}: {kind}; {', '.join(f'{name} ({len(content)} bytes)' for name, content in files.items())}")
    if keep:
        write_files(files, keep / str(number))
    with tempfile.TemporaryDirectory(prefix="labelbridge-fuzz-") as folder:
        verdicts = run_case(kind, seeds[kind], files, Path(folder, "case"))
    for verdict in verdicts:
        print(f"{verdict.reader}: {verdict.outcome} {verdict.detail}")
    return 1 if any(verdict.outcome == "failure" for verdict in verdicts) else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000, help="how many damaged files")
    parser.add_argument("--seed", type=int, default=0, help="start of the random numbers")
    parser.add_argument("--processes", type=int, default=2, help="how many at a time")
    parser.add_argument("--kinds", nargs="+", metavar="WORD", help="only kinds with one of these words in their name")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="folder for the files that failed")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="run one case and show what the readers say")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
