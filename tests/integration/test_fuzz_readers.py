"""A short run of `benchmarks/fuzz_readers.py`, and that it would see what it looks for."""

import sys
from pathlib import Path

import pytest

from fuzz_readers import by_cause, main, table
from fuzzing.judging import judge, outcome_of
from fuzzing.kinds import KINDS
from fuzzing.supervision import Limits, Result, WorkerError, supervise
from fuzzing.worker import MEMORY_BYTES, damaged
from labelbridge.core import InputError

SEEDS = {"one": {"a.png": b"\x89PNG" + bytes(range(200))}, "two": {"a.json": b'{"a": [1, 2]}', "b.txt": b"0.13"}}
WORKER = """
import json, sys, time
first, stop, what = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
for number in range(first, stop):
    print(json.dumps({"begin": number}), flush=True)
    if number == 1 and what == "hang":
        time.sleep(60)
    if number == 1 and what == "die":
        import os
        os.abort()
    result = {"outcome": "read", "failures": [], "seconds": 0.1, "bytes": 10}
    if number == 1:
        result |= {"slow": {"seconds": 11}, "large": {"bytes": 3_000_000_000}}.get(what, {})
        result |= {"wrong": {"failures": [{"reader": "r", "detail": "KeyError"}]}}.get(what, {})
    print(json.dumps({"end": number, **result}), flush=True)
"""


def test_no_damaged_file_does_harm(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--files", "300", "--seed", "20261102", "--processes", "2"])
    said = capsys.readouterr().out
    assert code == 0, said
    assert f"all {300 + len(KINDS):>27}" in said


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("hang", "it took more than 1 s"),
        ("die", "its process died"),
        ("slow", "it took 11.0 s"),
        ("large", "it took 3.0 GB"),
        ("wrong", "r: KeyError"),
    ],
)
def test_what_goes_wrong_is_seen_and_the_rest_goes_on(what: str, words: str) -> None:
    limits = Limits(seconds=0.5 if what == "hang" else 10, bytes=MEMORY_BYTES)

    def command(first: int) -> list[str]:
        return [sys.executable, "-c", WORKER, str(first), "4", what]

    results = list(supervise(command, range(4), limits))
    assert [result.number for result in results] == [0, 1, 2, 3]
    assert [result.outcome for result in results] == ["read", "failure", "read", "read"]
    assert words in results[1].failures[0]


def test_a_worker_that_cannot_begin_is_no_endless_loop() -> None:
    with pytest.raises(WorkerError, match="no such thing"):
        list(supervise(lambda _: [sys.executable, "-c", "raise SystemExit('no such thing')"], range(3), Limits(1, 1)))


def test_the_same_numbers_damage_the_same_way() -> None:
    cases = [damaged(SEEDS, 5, number) for number in range(200)]
    assert cases == [damaged(SEEDS, 5, number) for number in range(200)]
    assert {kind for kind, _ in cases} == set(SEEDS)
    assert sum(files == SEEDS[kind] for kind, files in cases) < 20
    assert damaged(SEEDS, 5, -2) == ("one", SEEDS["one"])
    assert cases != [damaged(SEEDS, 6, number) for number in range(200)]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "read"),
        (InputError("a.png: got nothing, expected an image; copy it again."), "sentence"),
        (InputError("a.png: got nothing"), "failure"),
        (KeyError("x"), "failure"),
        (MemoryError(), "failure"),
        (RecursionError(), "failure"),
    ],
)
def test_only_values_and_sentences_are_right(error: Exception | None, outcome: str) -> None:
    def reader(_: Path) -> None:
        if error:
            raise error

    verdicts = judge({"fine": lambda _: 1, "reader": reader}, Path("a.png"))
    assert [verdict.outcome for verdict in verdicts] == ["read", outcome]
    assert outcome_of(verdicts[::-1]) == outcome
    assert outcome_of(verdicts) == ("failure" if outcome == "failure" else "read")


def test_the_table_and_the_causes() -> None:
    results = [
        Result(0, "read", 0.5, 1_000_000),
        Result(1, "sentence"),
        Result(2, "failure", failures=('File "/a/b.py", line 3, in f\nKeyError: 7',)),
        Result(4, "failure", failures=('File "/c/b.py", line 3, in f\nKeyError: 8',)),
    ]
    lines = table(["one", "two"], results).splitlines()
    assert lines[1].split() == ["one", "3", "1", "0", "2", "0.50", "1"]
    assert lines[-1].split() == ["all", "4", "1", "1", "2", "0.50", "1"]
    assert [len(alike) for alike in by_cause(results[2:]).values()] == [2]
