"""Old journals are deleted with consent, in a real window."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractButton, QLabel, QPushButton

from hands import click
from labelbridge.plugin.presenters.identity import image_identity
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.plugin.widgets.journaldialog import JournalDialog
from labelbridge.plugin.widgets.refine import RefineDock
from labelbridge.refine import Edit

Viewers = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path))
    return tmp_path / "journals"


@pytest.fixture
def docks(make_napari_viewer: Viewers, qtbot: QtBot) -> Iterator[Callable[[], RefineDock]]:
    made: list[RefineDock] = []

    def make() -> RefineDock:
        viewer = make_napari_viewer(show=True)
        dock = RefineDock(viewer)
        viewer.window.add_dock_widget(dock, name="Refine")
        made.append(dock)
        qtbot.waitUntil(lambda: "counted" not in line(dock))
        return dock

    yield make
    for dock in made:
        dock.refining.close()


def journal(folder: Path, image: str, *, is_cut: bool = False, is_saved: bool = True) -> Path:
    """Leave a journal with one edit: a finished one, or what a crash leaves."""
    layers = {name: np.zeros((20, 30), np.uint8) for name in ("axon", "myelin")}
    session = CorrectionSession.begin(layers, folder=folder, image=image, image_id=image)
    layers["axon"][3] = 1
    session.record(Edit.of_stroke(layers, "axon", 90 + np.arange(30), 0, 1))
    if is_saved:
        session.note_saved(layers)
    session.close()
    path = session.journal_path
    assert path is not None
    if is_cut:
        os.truncate(path, path.stat().st_size - 3)
    return path


def line(dock: RefineDock) -> str:
    return "\n".join(label.text() for label in dock.journals.findChildren(QLabel))


def open_dialog(dock: RefineDock, days: int) -> JournalDialog:
    click(dock.journals.delete)
    dialog = dock.journals.findChildren(JournalDialog)[-1]
    dialog.days.setValue(days)
    return dialog


def test_the_dock_says_how_many_there_are_and_where(folder: Path, docks: Callable[[], RefineDock]) -> None:
    journal(folder, "rat")
    dock = docks()
    assert "1 journal, " in line(dock)
    assert f"of {datetime.now():%d %B %Y}" in line(dock)
    assert any(str(folder) in label.toolTip() for label in dock.journals.findChildren(QLabel))


def test_what_is_ticked_is_deleted_once_the_user_agrees(
    folder: Path, docks: Callable[[], RefineDock], qtbot: QtBot
) -> None:
    finished, interrupted = journal(folder, "rat"), journal(folder, "mouse", is_cut=True)
    dock = docks()
    dialog = open_dialog(dock, days=30)
    assert not dialog.list.topLevelItemCount()
    assert not dialog.delete.isEnabled()
    dialog.days.setValue(0)
    assert [one.path for one in dialog.chosen] == [finished]
    click(dialog.keep)
    assert finished.exists()
    dialog = open_dialog(dock, days=0)
    click(dialog.delete)
    qtbot.waitUntil(lambda: not finished.exists())
    qtbot.waitUntil(lambda: "1 journal, " in line(dock))
    assert interrupted.exists()
    assert "1 journal deleted" in dock.said.text()


def test_what_waits_to_be_restored_goes_only_where_the_user_ticks_it(
    folder: Path, docks: Callable[[], RefineDock], qtbot: QtBot
) -> None:
    interrupted = journal(folder, "mouse", is_cut=True)
    dock = docks()
    dialog = open_dialog(dock, days=0)
    assert not dialog.chosen
    item = dialog.list.topLevelItem(0)
    assert item is not None
    assert item.text(4) == "interrupted"
    item.setCheckState(0, Qt.CheckState.Checked)
    assert any("1 of them nobody has restored, exported" in label.text() for label in dialog.findChildren(QLabel))
    click(dialog.delete)
    qtbot.waitUntil(lambda: not interrupted.exists())
    qtbot.waitUntil(lambda: "no journals yet" in line(dock))
    assert not dock.journals.delete.isEnabled()


def test_the_journal_of_the_correction_at_hand_is_not_in_the_list(
    folder: Path, docks: Callable[[], RefineDock], qtbot: QtBot
) -> None:
    finished = journal(folder, "rat")
    open_one = CorrectionSession.restore(journal(folder, "cat"))
    dock = docks()
    dialog = open_dialog(dock, days=0)
    assert [one.path for one in dialog.chosen] == [finished]
    assert dialog.list.topLevelItemCount() == 1
    click(dialog.keep)
    open_one.close()


def test_an_interrupted_correction_is_found_behind_a_later_one(folder: Path, docks: Callable[[], RefineDock]) -> None:
    dock = docks()
    image = np.arange(600.0).reshape(20, 30)
    identity = image_identity(image)
    interrupted = journal(folder, identity, is_cut=True)
    journal(folder, identity)
    viewer = dock.window()._qt_viewer.viewer  # noqa: SLF001
    viewer.add_image(image, name="rat")
    assert "was corrected until" in dock.offer.text
    click(answer(dock, "Older ..."))
    assert "was interrupted" in dock.offer.text
    click(answer(dock, "Restore"))
    assert viewer.layers["rat axon"].data[3].all()
    assert dock.presenter.session is not None
    assert dock.presenter.session.journal_path == interrupted


def answer(dock: RefineDock, text: str) -> QAbstractButton:
    """Return the button of the latest question."""
    return [button for button in dock.offer.findChildren(QPushButton) if button.text() == text][-1]


def test_every_control_of_the_dialog_has_a_tooltip(folder: Path, docks: Callable[[], RefineDock]) -> None:
    journal(folder, "rat")
    dialog = open_dialog(docks(), days=0)
    controls = [*dialog.findChildren(QAbstractButton), dialog.days, dialog.list]
    assert all(one.toolTip() for one in controls)
    click(dialog.keep)
