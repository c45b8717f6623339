"""Work that is waited for: the window lives on, and Cancel cancels."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from qtpy.QtCore import QThread, QTimer
from qtpy.QtWidgets import QApplication, QProgressDialog, QPushButton

from hands import click
from labelbridge.core import Cancelled, InputError, LabelBridgeError, Reporter
from labelbridge.plugin.waiting import wait_for


@pytest.fixture(autouse=True)
def _no_dialog_is_left(qapp: QApplication) -> Iterator[None]:
    yield
    QApplication.processEvents()
    assert not [one for one in QApplication.topLevelWidgets() if isinstance(one, QProgressDialog) and one.isVisible()]


def the_dialog() -> QProgressDialog | None:
    shown = [one for one in QApplication.topLevelWidgets() if isinstance(one, QProgressDialog) and one.isVisible()]
    return shown[0] if shown else None


def as_soon_as_it_shows(act: Callable[[QProgressDialog], object]) -> QTimer:
    """Do something with the dialog, once, from the window's own event loop."""
    timer = QTimer()

    def look() -> None:
        if dialog := the_dialog():
            timer.stop()
            act(dialog)

    timer.timeout.connect(look)
    timer.start(20)
    return timer


def test_the_window_lives_while_a_thread_works(qapp: QApplication) -> None:
    seen = threading.Event()
    threads: list[Any] = []

    def work(reporter: Reporter) -> str:
        threads.append(QThread.currentThread() == qapp.thread())
        reporter.progress(1, 4, "downloading")
        assert seen.wait(10), "the dialog was never shown"
        return "done"

    def look(dialog: QProgressDialog) -> None:
        titles.append(dialog.labelText())
        seen.set()

    titles: list[str] = []
    timer = as_soon_as_it_shows(look)
    assert wait_for(work, "An image from somewhere") == "done"
    assert titles == ["An image from somewhere"]
    assert threads == [False]
    assert not timer.isActive()


def test_cancel_ends_the_waiting(qapp: QApplication) -> None:
    def work(reporter: Reporter) -> None:
        while True:
            reporter.checkpoint()
            threading.Event().wait(0.01)

    timer = as_soon_as_it_shows(lambda dialog: click(dialog.findChild(QPushButton)))
    with pytest.raises(Cancelled):
        wait_for(work, "Something endless")
    assert not timer.isActive()


def test_what_fails_is_told_in_its_sentence(qapp: QApplication) -> None:
    def work(_: Reporter) -> None:
        raise InputError("the server is gone; try again later.")

    with pytest.raises(LabelBridgeError, match="the server is gone; try again later"):
        wait_for(work, "An image")


def test_without_a_window_it_is_just_done(qapp: QApplication) -> None:
    got: list[Any] = []
    thread = threading.Thread(target=lambda: got.append(wait_for(lambda reporter: type(reporter), "An image")))
    thread.start()
    thread.join()
    assert got == [Reporter]
