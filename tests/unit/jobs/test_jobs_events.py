import json
import time
from pathlib import Path

import pytest

from labelbridge.jobs import EventReader, last_events
from labelbridge.jobs.events import add_event, end_last_line


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def steps(events: list[dict[str, object]]) -> list[object]:
    return [event["step"] for event in events]


def test_each_event_is_read_once_and_half_a_line_waits(file: Path) -> None:
    reader = EventReader(file)
    assert reader.read() == []
    add_event(file, "metrics", step=1)
    add_event(file, "metrics", step=2)
    with file.open("a", encoding="utf-8") as events:
        events.write('{"event": "metrics", "st')
    assert steps(reader.read()) == [1, 2]
    assert reader.read() == []
    with file.open("a", encoding="utf-8") as events:
        events.write('ep": 3}\n')
    assert steps(reader.read()) == [3]
    assert steps(EventReader(file, reader.offset).read()) == []


def test_a_window_may_read_in_small_parts(file: Path) -> None:
    for step in range(100):
        add_event(file, "metrics", step=step)
    reader, parts = EventReader(file), []
    while part := reader.read(most_bytes=500):
        parts.append(part)
    assert len(parts) > 5
    assert steps([event for part in parts for event in part]) == list(range(100))


def test_a_file_that_was_begun_anew_is_read_from_its_start(file: Path) -> None:
    reader = EventReader(file)
    for step in range(5):
        add_event(file, "metrics", step=step)
    reader.read()
    file.unlink()
    add_event(file, "metrics", step=0)
    assert steps(reader.read()) == [0]


def test_separators_of_other_alphabets_stay_within_their_line(file: Path) -> None:
    add_event(file, "said", sentence="one\u2028two\x85three")
    assert [event["sentence"] for event in EventReader(file).read()] == ["one\u2028two\x85three"]


@pytest.mark.parametrize("count", [0, 1, 7, 5000])
def test_the_last_events_are_those_at_the_end(file: Path, count: int) -> None:
    file.write_text("".join(json.dumps({"step": step, "text": "." * (step % 90)}) + "\n" for step in range(4000)))
    assert steps(last_events(file, count)) == list(range(4000))[-count:] * bool(count)
    with file.open("a", encoding="utf-8") as events:
        events.write('{"step": 40')
    assert steps(last_events(file, count)) == list(range(4000))[-count:] * bool(count)


def test_the_last_events_of_no_file_are_none(file: Path) -> None:
    assert last_events(file, 3) == []


def test_the_end_of_a_long_file_is_read_at_once(file: Path) -> None:
    line = json.dumps({"time_s": 1.0, "event": "metrics", "step": 7, "loss": 0.123456}) + "\n"
    file.write_text(line * 200_000, encoding="utf-8")
    began = time.perf_counter()
    assert steps(last_events(file, 200)) == [7] * 200
    assert time.perf_counter() - began < 0.1


def test_half_a_line_is_ended_before_the_next_event(file: Path) -> None:
    end_last_line(file)
    file.write_text('{"event": "met', encoding="utf-8")
    end_last_line(file)
    end_last_line(file)
    add_event(file, "metrics", step=1)
    assert steps(EventReader(file).read()) == [1]
    assert file.read_text(encoding="utf-8").count("\n") == 2
