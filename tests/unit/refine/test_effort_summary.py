"""Sessions add up; in words and as a table."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from labelbridge.core import InputError
from labelbridge.refine.effort import Effort, EffortSession, EffortSummary, FirstMasks, read_efforts, write_effort_csv
from labelbridge.refine.effort.session import session_file, write_session


def a_session(image: str, day: int, effort: Effort, first_masks: FirstMasks = "bootstrapped") -> EffortSession:
    when = datetime(2026, 5, day, 9, tzinfo=UTC)
    return EffortSession(
        image=image, image_id=f"id of {image}", first_masks=first_masks, started=when, ended=when, effort=effort
    )


SESSIONS = (
    a_session("a", 1, Effort(active_s=3600, strokes=1, undos=1, repairs={"smooth": 2}, fibres_accepted=90)),
    a_session("b", 2, Effort(active_s=400, strokes=4, pixels_changed=1200, fibres_corrected=5), "none"),
    a_session("a", 3, Effort(active_s=132, repairs={"smooth": 1, "fill ring": 1}, fibres_corrected=3), "other"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for session in SESSIONS:
        write_session(session_file(tmp_path / "journals", session), session)
    return tmp_path / "journals"


def test_sessions_of_one_image_add_up(folder: Path) -> None:
    summary = read_efforts(folder)
    assert summary == EffortSummary(SESSIONS)
    both = Effort(
        active_s=3732,
        strokes=1,
        undos=1,
        repairs={"smooth": 3, "fill ring": 1},
        fibres_accepted=90,
        fibres_corrected=3,
    )
    assert summary.by_image() == {"id of a": both, "id of b": SESSIONS[1].effort}
    assert list(summary.by_day()) == [date(2026, 5, day) for day in (1, 2, 3)]
    assert summary.total.active_s == 4132


def test_an_image_counts_for_where_its_first_masks_came_from(folder: Path) -> None:
    origins = read_efforts(folder).by_first_masks()
    assert {name: effort.fibres for name, effort in origins.items()} == {"bootstrapped": 93, "none": 5}


def test_the_summary_in_words(folder: Path) -> None:
    assert read_efforts(folder).sentences() == [
        "2 images in 3 sessions on 3 days: 1 h 8 min of work; pauses longer than 30 s do not count.",
        "5 strokes, 4 repairs (1 fill ring, 3 smooth), 1 undo, 1,200 pixels changed.",
        "90 fibres accepted as they were, 8 corrected.",
        "40.1 s a fibre where the first masks were bootstrapped (93 fibres).",
        "80.0 s a fibre where everything was drawn (5 fibres).",
    ]


def test_no_folder_is_no_work(tmp_path: Path) -> None:
    assert read_efforts(tmp_path / "none").sentences() == ["No work has been counted yet."]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 2, "image": "a"}'])
def test_a_file_that_cannot_be_read_is_told_and_the_rest_counts(folder: Path, content: bytes) -> None:
    (folder / "broken.effort.json").write_bytes(content)
    summary = read_efforts(folder)
    assert summary.sessions == SESSIONS
    assert len(summary.unreadable) == 1
    assert "broken.effort.json: got a record of work that cannot be read" in summary.unreadable[0]


def test_the_table_has_a_row_for_each_session(tmp_path: Path) -> None:
    awkward = a_session('one, "two"\nthree', 4, SESSIONS[2].effort)
    write_effort_csv(EffortSummary((*SESSIONS, awkward)), tmp_path / "effort.csv")
    content = (tmp_path / "effort.csv").read_bytes()
    assert content.count(b"\r\n") == 5
    with (tmp_path / "effort.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    assert [row["image"] for row in rows] == ["a", "b", "a", 'one, "two"\nthree']
    assert rows[2] == {
        "image": "a",
        "image_id": "id of a",
        "first_masks": "other",
        "day": "2026-05-03",
        "started": "2026-05-03T09:00:00+00:00",
        "ended": "2026-05-03T09:00:00+00:00",
        "active_s": "132.0",
        "idle_after_s": "30.0",
        "strokes": "0",
        "pixels_changed": "0",
        "undos": "0",
        "redos": "0",
        "repairs": "2",
        "repairs_by_kind": "fill ring: 1; smooth: 1",
        "fibres_accepted": "0",
        "fibres_corrected": "3",
    }


def test_the_table_replaces_no_file(tmp_path: Path) -> None:
    (tmp_path / "effort.csv").write_bytes(b"mine")
    with pytest.raises(InputError, match="exists already"):
        write_effort_csv(EffortSummary(SESSIONS), tmp_path / "effort.csv")
    assert (tmp_path / "effort.csv").read_bytes() == b"mine"
