"""What a journal keeps, who may write to it, and how it is continued."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from painting import CLASSES, SHAPE, Painter, fresh_layers, state

from labelbridge.core import InputError
from labelbridge.refine import Edit, History, Journal, MaskOrigin, delete_journals, list_journals, restore_session
from labelbridge.refine.editbytes import encode_edit
from labelbridge.refine.records import MAGIC, Kind, read_records, to_bytes


def started(folder: Path, seed: int = 1, **how: int) -> tuple[History, Journal, Painter]:
    history = History(fresh_layers(seed), **how)
    journal = Journal.start(folder, history, image="my image.tif", image_id="abc")
    return history, journal, Painter(history, seed)


@pytest.mark.parametrize("seed", range(8))
def test_a_session_is_restored_with_undo_and_redo(tmp_path: Path, seed: int) -> None:
    history, journal, painter = started(tmp_path, seed)
    for _ in range(60):
        painter.act()
    history.undo()
    assert journal.drain() is None
    session = restore_session(journal.path)
    assert state(session.history) == state(history)
    assert session.unreadable_bytes == 0
    assert (session.header.image, session.header.image_id, session.header.shape) == ("my image.tif", "abc", SHAPE)
    assert session.header.classes == CLASSES
    assert session.history.redo() is not None
    while history.undo():
        pass
    while session.history.undo():
        pass
    assert state(session.history)[: len(CLASSES)] == state(history)[: len(CLASSES)]
    journal.close()


def test_edits_beyond_the_memory_are_restored_as_they_were(tmp_path: Path) -> None:
    history, journal, painter = started(tmp_path, 5, undo_bytes=3_000)
    for _ in range(80):
        painter.act()
    journal.close()
    session = restore_session(journal.path)
    assert len(history.done) < 40
    assert state(session.history) == state(history)


def test_notes_come_back_in_order_with_their_times(tmp_path: Path) -> None:
    _, journal, painter = started(tmp_path)
    content: dict[str, object] = {"fibre": 7, "state": "accepted", "place": np.array([1.5, 2.0])}
    began = time.time()
    journal.append_note(content)
    content["state"] = "changed later"
    painter.act()
    journal.append_note({"fibre": 8})
    journal.close()
    first, second = restore_session(journal.path).notes
    assert first.content == {"fibre": 7, "state": "accepted", "place": [1.5, 2.0]}
    assert second.content == {"fibre": 8}
    assert began <= first.time_s <= second.time_s <= time.time()


@pytest.mark.parametrize("seed", range(4))
def test_a_restored_journal_is_continued(tmp_path: Path, seed: int) -> None:
    _, journal, painter = started(tmp_path, seed)
    for _ in range(20):
        painter.act()
    journal.close()
    session = restore_session(journal.path)
    before = journal.path.read_bytes()
    with Journal.resume(session) as again:
        more = Painter(session.history, seed + 50)
        for _ in range(20):
            more.act()
    assert again.path == journal.path
    assert journal.path.read_bytes().startswith(before)
    assert state(restore_session(journal.path).history) == state(session.history)


def test_a_damaged_journal_is_continued_in_a_whole_new_file_that_keeps_what_nobody_could_read(tmp_path: Path) -> None:
    _, journal, painter = started(tmp_path)
    for _ in range(10):
        painter.act()
    journal.close()
    with journal.path.open("ab") as file:
        file.write(b"\0" * 100 + b"what a crash left")
    damaged = journal.path.read_bytes()
    session = restore_session(journal.path)
    assert session.unreadable_bytes == 117
    assert journal.path.read_bytes() == damaged
    with Journal.resume(session):
        Painter(session.history, 9).act()
    content = journal.path.read_bytes()
    assert content.startswith(damaged[:-117])
    assert b"what a crash left" in content
    again = restore_session(journal.path)
    assert again.unreadable_bytes == 0
    assert state(again.history) == state(session.history)
    assert [file.name for file in tmp_path.iterdir()] == [journal.path.name]


def test_a_journal_begun_later_holds_the_whole_state(tmp_path: Path) -> None:
    history = History(fresh_layers(2))
    painter = Painter(history, 2)
    for _ in range(30):
        painter.act()
    for _ in range(4):
        history.undo()
    first = Journal.start(tmp_path / "first", history, image="i", image_id="x")
    second = Journal.start(tmp_path / "second", history, image="i", image_id="x")
    history.redo()
    first.close()
    second.close()
    assert len(history.undone) == 3
    assert state(restore_session(second.path).history) == state(history)
    assert state(restore_session(first.path).history) != state(history)


def test_two_windows_cannot_write_one_journal(tmp_path: Path) -> None:
    _, journal, painter = started(tmp_path)
    painter.act()
    journal.drain()
    session = restore_session(journal.path)
    with pytest.raises(InputError, match="in use by another window; close it there"):
        Journal.resume(session)
    with pytest.raises(InputError, match="in use by another window"):
        delete_journals([journal.path])
    painter.act()
    journal.close()
    with pytest.raises(InputError, match="has grown since it was restored; restore it again"):
        Journal.resume(session)
    Journal.resume(restore_session(journal.path)).close()


def test_the_list_tells_of_each_journal(tmp_path: Path) -> None:
    _, closed, painter = started(tmp_path, 1)
    for _ in range(5):
        painter.history.apply(painter.repair())
    closed.close()
    _, open_one, painter = started(tmp_path, 2)
    painter.history.apply(painter.repair())
    open_one.drain()
    crashed = tmp_path / "crashed.journal"
    crashed.write_bytes(open_one.path.read_bytes() + b"rest")
    (tmp_path / "no.journal").write_bytes(b"something else")
    (tmp_path / "other.txt").write_bytes(b"not looked at")
    found = {info.path: info for info in list_journals(tmp_path)}
    facts = {path: (info.edits, info.is_closed, info.is_in_use) for path, info in found.items()}
    assert facts == {
        closed.path: (5, True, False),
        open_one.path: (1, False, True),
        crashed: (1, False, False),
        tmp_path / "no.journal": (0, False, False),
    }
    header = found[crashed].header
    assert header is not None
    assert (header.image, header.shape, header.classes) == ("my image.tif", SHAPE, CLASSES)
    assert found[crashed].size_bytes == crashed.stat().st_size
    assert found[tmp_path / "no.journal"].header is None
    assert abs(found[open_one.path].changed.timestamp() - time.time()) < 60
    open_one.close()
    delete_journals([closed.path, crashed])
    assert {info.path for info in list_journals(tmp_path)} == {open_one.path, tmp_path / "no.journal"}
    with pytest.raises(InputError, match="no journal"):
        delete_journals([tmp_path / "other.txt"])
    assert list_journals(tmp_path / "nowhere") == []


def test_what_was_saved_is_noted_until_the_next_change(tmp_path: Path) -> None:
    history, journal, painter = started(tmp_path)
    steps = {
        "edit": lambda: history.apply(painter.repair()),
        "note": lambda: journal.append_note({"review": []}),
        "save": journal.append_saved,
        "undo": history.undo,
        "redo": history.redo,
    }
    for step, is_saved in (
        ("note", True),
        ("edit", False),
        ("note", False),
        ("save", True),
        ("note", True),
        ("undo", False),
        ("save", True),
        ("redo", False),
    ):
        steps[step]()
        journal.drain()
        (info,) = list_journals(tmp_path)
        assert (info.is_saved, info.is_unsaved) == (is_saved, not is_saved), step
        assert restore_session(journal.path).is_saved == is_saved, step
    journal.append_saved()
    journal.close()
    assert list_journals(tmp_path)[0].is_finished
    assert state(restore_session(journal.path).history) == state(history)


def test_journals_of_before_say_nothing_about_origin_and_saving(tmp_path: Path) -> None:
    history, journal, painter = started(tmp_path)
    history.apply(painter.repair())
    journal.close()
    header, rest = first_record(journal.path)
    for name in ("origin", "notes_saves"):
        del header[name]
    old = tmp_path / "old.journal"
    old.write_bytes(MAGIC + to_bytes(Kind.HEADER, 0.0, json.dumps(header).encode()) + rest)
    session = restore_session(old)
    assert state(session.history) == state(history)
    assert session.header.origin == MaskOrigin()
    assert [(info.state, info.is_unsaved) for info in list_journals(tmp_path) if info.path == old] == [
        ("finished", False)
    ]


def first_record(path: Path) -> tuple[dict[str, object], bytes]:
    """Return a journal's header and the bytes behind it."""
    with path.open("rb") as file:
        record = next(read_records(file, path.stat().st_size))
    return json.loads(record.payload), path.read_bytes()[record.end :]


def test_the_caller_never_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history, journal, painter = started(tmp_path)
    journal.drain()
    gate = threading.Event()
    monkeypatch.setattr("labelbridge.refine.appendfile.write_whole", lambda file, content: gate.wait(10))
    caller, encoders = threading.get_ident(), set()

    def encode(edit: Edit) -> bytes:
        encoders.add(threading.get_ident())
        return encode_edit(edit)

    monkeypatch.setattr("labelbridge.refine.journal.encode_edit", encode)
    for _ in range(50):
        history.apply(painter.repair())
    assert journal.drain(timeout_s=0.05) is not None
    assert "within 0.05 s" in str(journal.drain(timeout_s=0.05))
    gate.set()
    assert journal.drain() is None
    assert encoders
    assert caller not in encoders
    journal.close()


def test_no_work_on_whole_layers_for_an_edit(tmp_path: Path) -> None:
    layers = {name: np.zeros((4096, 4096), np.uint8) for name in ("axon", "myelin")}
    history = History(layers)
    rows, columns = np.nonzero(np.hypot(*np.mgrid[-12:13, -12:13]) <= 12)
    random = np.random.default_rng(0)
    with Journal.start(tmp_path, history, image="large", image_id="x") as journal:
        for step in range(500):
            top, left = random.integers(12, 4080, 2)
            name = ("axon", "myelin")[step % 2]
            indices = (rows + top - 12) * 4096 + columns + left - 12
            history.record(Edit.of_stroke(layers, name, indices, layers[name].flat[indices], 1))
        for _ in range(100):
            history.undo()
    assert journal.path.stat().st_size < 1_000_000
    session = restore_session(journal.path)
    assert all(np.array_equal(session.history.layers[name], layers[name]) for name in layers)
    assert (len(session.history.done), len(session.history.undone)) == (400, 100)


def test_closing_is_final(tmp_path: Path, threads: Callable[[], list[threading.Thread]]) -> None:
    history, journal, painter = started(tmp_path)
    journal.close()
    journal.close()
    assert history.recorder is None
    painter.act()
    assert "is closed" in str(journal.append_undo())
    assert "is closed" in str(journal.problem)
    assert not threads()


@pytest.mark.parametrize("image", ["", "../../etc/passwd", 'a<b>:"c|d?*', "x" * 400, "Größe", "con"])
def test_any_image_gives_a_file_name(tmp_path: Path, image: str) -> None:
    journal = Journal.start(tmp_path, History(fresh_layers(1)), image=image, image_id="x")
    journal.close()
    assert journal.path.parent == tmp_path
    assert restore_session(journal.path).header.image == image


def test_files_that_cannot_be_restored_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    with pytest.raises(InputError, match="cannot be read"):
        restore_session(path)
    header = {"image": "i", "image_id": "x", "shape": [4, 5], "classes": ["axon"], "undo_bytes": 9}
    for content, sentence in (
        (b"", "damaged at its start or is no journal"),
        (MAGIC + to_bytes(Kind.EDIT, 0.0, b""), "damaged at its start or is no journal"),
        (MAGIC + to_bytes(Kind.HEADER, 0.0, b'{"format": 2}'), "of format 2, expected 1; update"),
        (MAGIC + to_bytes(Kind.HEADER, 0.0, b"{}"), "header cannot be read"),
        (MAGIC + to_bytes(Kind.HEADER, 0.0, json.dumps({**header, "created": "2026-01-01T00:00:00Z"}).encode()), "cut"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=sentence):
            restore_session(path)
