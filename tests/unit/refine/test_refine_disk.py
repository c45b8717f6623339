"""Disks that are full, gone or read-only: what was painted stays, and comes to the disk when it can."""

import errno
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from painting import Painter, fresh_layers, state

from labelbridge.core import InputError
from labelbridge.refine import History, Journal, restore_session

pytestmark = pytest.mark.usefixtures("_quick_retries")


@pytest.fixture
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelbridge.refine.writer._RETRY_AFTER_S", 0.02)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[tuple[History, Journal, Painter]]:
    history = History(fresh_layers(6))
    journal = Journal.start(tmp_path / "journals", history, image="i", image_id="x")
    painter = Painter(history, 6)
    for _ in range(10):
        painter.act()
    assert journal.drain() is None
    yield history, journal, painter
    journal.close()


def wait_until_well(journal: Journal) -> None:
    until_s = time.monotonic() + 10
    while journal.problem and time.monotonic() < until_s:
        time.sleep(0.01)
    assert journal.problem is None


@pytest.mark.parametrize("refused", ["os.fsync", "labelbridge.refine.appendfile.write_whole"])
def test_what_a_full_disk_refuses_is_kept_and_tried_again(
    session: tuple[History, Journal, Painter], monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    history, journal, painter = session
    heard: list[str | None] = []
    journal.on_problem = heard.append

    def refuse(*what: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(refused, refuse)
        painter.act()
        assert "the disk is full" in str(journal.drain())
        for _ in range(10):
            painter.act()
        problem = journal.append_note({"a": 1})
        assert problem == journal.problem
        assert str(problem).startswith(f"{journal.path}: cannot be written: the disk is full; free some space")
        assert str(problem).count(".") - str(journal.path).count(".") == 1
        time.sleep(0.1)
    wait_until_well(journal)
    assert heard == [problem, None]
    restored = restore_session(journal.path)
    assert restored.unreadable_bytes == 0
    assert state(restored.history) == state(history)
    assert len(restored.notes) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_record_of_which_a_part_was_written_is_written_again(session: tuple[History, Journal, Painter]) -> None:
    import resource

    history, journal, painter = session
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = journal.path.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40, hard))
    try:
        for _ in range(5):
            painter.act()
        assert "larger than the system allows" in str(journal.drain())
        assert journal.path.stat().st_size == size + 40
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    wait_until_well(journal)
    restored = restore_session(journal.path)
    assert restored.unreadable_bytes == 0
    assert state(restored.history) == state(history)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no file that is open")
def test_a_folder_that_was_removed_is_made_again(session: tuple[History, Journal, Painter]) -> None:
    history, journal, painter = session
    shutil.rmtree(journal.path.parent)
    for _ in range(3):
        painter.act()
    assert journal.drain() is None
    painter.act()
    assert journal.drain() is None
    restored = restore_session(journal.path)
    assert state(restored.history) == state(history)
    with pytest.raises(InputError, match="in use by another window"):
        Journal.resume(restored)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no file that is open")
def test_a_file_in_the_way_is_left_alone_until_it_is_gone(session: tuple[History, Journal, Painter]) -> None:
    history, journal, painter = session
    journal.path.unlink()
    journal.path.write_bytes(b"of somebody else")
    painter.act()
    assert "a file of this name is in the way" in str(journal.drain())
    assert journal.path.read_bytes() == b"of somebody else"
    journal.path.unlink()
    wait_until_well(journal)
    assert state(restore_session(journal.path).history) == state(history)


def test_closing_tells_what_the_disk_did_not_take_and_another_folder_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(fresh_layers(6))
    journal = Journal.start(tmp_path / "gone", history, image="i", image_id="x")
    painter = Painter(history, 6)

    def refuse(*what: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patch:
        patch.setattr("labelbridge.refine.appendfile.write_whole", refuse)
        painter.act()
        with pytest.raises(InputError, match="the file system is read-only; choose another folder"):
            journal.close()
    painter.act()
    with Journal.start(tmp_path / "other", history, image="i", image_id="x") as other:
        painter.act()
    assert state(restore_session(other.path).history) == state(history)


def test_a_folder_that_cannot_be_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    history = History(fresh_layers(1))
    with pytest.raises(InputError, match=r"cannot be written: .*choose another folder"):
        Journal.start(tmp_path / "file" / "journals", history, image="i", image_id="x")
    assert history.recorder is None


def test_a_listener_that_fails_does_not_stop_the_journal(
    session: tuple[History, Journal, Painter], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    history, journal, painter = session

    def fail(problem: str | None) -> None:
        raise RuntimeError("the window is gone")

    def refuse(*what: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    journal.on_problem = fail
    with monkeypatch.context() as patch:
        patch.setattr("labelbridge.refine.appendfile.save_file", refuse)
        painter.act()
        journal.drain()
    wait_until_well(journal)
    assert "the window is gone" in caplog.text
    assert state(restore_session(journal.path).history) == state(history)
