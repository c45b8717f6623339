"""Journals that were cut or damaged give the session up to there, and never a wrong one."""

import os
from pathlib import Path

import numpy as np
import pytest
from painting import Painter, fresh_layers, state

from labelbridge.core import InputError
from labelbridge.refine import History, Journal, restore_session
from labelbridge.refine.records import Kind, read_records, to_bytes

SMALL = (11, 13)
STEPS = 10

Recorded = tuple[bytes, list[int], list[tuple[bytes, ...]]]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A journal, where each of its steps ends in the file, and the history's state after each."""
    history = History(fresh_layers(4, SMALL))
    journal = Journal.start(tmp_path_factory.mktemp("whole"), history, image="small", image_id="x")
    painter = Painter(history, 4)
    states, ends = [], []
    for step in range(STEPS + 1):
        if step:
            painter.act()
        states.append(state(history))
        journal.drain()
        ends.append(journal.path.stat().st_size)
    journal.close()
    return journal.path.read_bytes()[: ends[-1]], ends, states


def expected(ends: list[int], sound_bytes: int) -> int:
    """Return how many steps are whole within the first bytes; -1 where not even the start is."""
    return int(np.searchsorted(ends, sound_bytes, side="right")) - 1


def test_cut_at_every_byte(tmp_path: Path, recorded: Recorded) -> None:
    content, ends, states = recorded
    path = tmp_path / "cut.journal"
    path.write_bytes(content)
    for length in range(len(content), -1, -1):
        os.truncate(path, length)
        steps = expected(ends, length)
        if steps < 0:
            with pytest.raises(InputError):
                restore_session(path)
            continue
        session = restore_session(path)
        assert state(session.history) == states[steps]
        assert session.unreadable_bytes == length - ends[steps]
        assert path.stat().st_size == length


def test_any_flipped_bit_ends_the_session_just_before_it(tmp_path: Path, recorded: Recorded) -> None:
    content, ends, states = recorded
    path = tmp_path / "flipped.journal"
    for place in np.random.default_rng(0).integers(0, 8 * len(content), 300):
        flipped = bytearray(content)
        flipped[place // 8] ^= 1 << (place % 8)
        path.unlink(missing_ok=True)
        path.write_bytes(flipped)
        steps = expected(ends, int(place // 8))
        if steps < 0:
            with pytest.raises(InputError):
                restore_session(path)
        else:
            assert state(restore_session(path).history) == states[steps]


def test_a_tail_of_zeros_as_after_a_power_cut(tmp_path: Path, recorded: Recorded) -> None:
    content, _, states = recorded
    path = tmp_path / "zeros.journal"
    path.write_bytes(content + bytes(10_000))
    session = restore_session(path)
    assert state(session.history) == states[-1]
    assert session.unreadable_bytes == 10_000


@pytest.mark.parametrize(
    "nonsense",
    [
        (Kind.EDIT, b"no edit"),
        (Kind.REDO, b""),
        (Kind.NOTE, b"[1]"),
        (Kind.NOTE, b"{"),
        (Kind.MASK, b""),
    ],
)
def test_sound_records_that_make_no_sense_end_the_session(
    tmp_path: Path, recorded: Recorded, nonsense: tuple[Kind, bytes]
) -> None:
    content, ends, states = recorded
    path = tmp_path / "nonsense.journal"
    extra = to_bytes(nonsense[0], 0.0, nonsense[1])
    path.write_bytes(content[: ends[0]] + extra + content[ends[0] :])
    session = restore_session(path)
    assert state(session.history) == states[0]
    assert session.unreadable_bytes == len(extra) + ends[-1] - ends[0]


def test_an_overview_sees_the_same_records(tmp_path: Path, recorded: Recorded) -> None:
    content, _, _ = recorded
    path = tmp_path / "whole.journal"
    path.write_bytes(content)
    with path.open("rb") as first, path.open("rb") as second:
        whole = list(read_records(first, len(content)))
        overview = list(read_records(second, len(content), with_payloads=False))
    assert [(record.kind, record.end) for record in whole] == [(record.kind, record.end) for record in overview]
    assert whole[-1].end == len(content)
