"""Saying which classes images do not have, with real clicks."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QWidget

from labelbridge.plugin.widgets import BootstrapDock
from labelbridge.plugin.widgets.absentbox import AbsentBox
from labelbridge.plugin.widgets.absentmenu import absent_menu


def test_a_click_tells_which_classes_are_ticked(qtbot: QtBot) -> None:
    box, told = AbsentBox(), []
    qtbot.addWidget(box)
    box.chosen.connect(told.append)
    box.show_classes(("axon", "myelin"), ())
    box.show()
    for name in ("myelin", "axon", "myelin"):
        qtbot.mouseClick(box.boxes[name], Qt.MouseButton.LeftButton, pos=box.boxes[name].rect().center() / 4)
    assert told == [("myelin",), ("axon", "myelin"), ("axon",)]
    box.show_classes(("axon", "myelin", "uaxon"), ("uaxon",))
    assert {name: one.isChecked() for name, one in box.boxes.items()} == {
        "axon": False,
        "myelin": False,
        "uaxon": True,
    }
    assert len(told) == 3


def test_the_docks_choice_is_that_of_its_image(
    make_napari_viewer: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path))
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((64, 64)), name="a")
    dock = BootstrapDock(viewer)
    viewer.window.add_dock_widget(dock, name="dock")
    dock.form.absent.boxes["myelin"].click()
    assert dock.presenter.draft.absent == ("myelin",)
    viewer.add_image(np.zeros((64, 64)), name="b")
    assert dock.presenter.draft.absent == ()
    assert not dock.form.absent.boxes["myelin"].isChecked()


def test_the_menu_of_a_projects_images_ticks_what_all_of_them_lack(qtbot: QtBot) -> None:
    told: list[tuple[Any, ...]] = []
    rows = [SimpleNamespace(name="a", absent=("myelin", "axon")), SimpleNamespace(name="b", absent=("axon",))]
    batch = SimpleNamespace(draft=SimpleNamespace(classes=("axon", "myelin")))
    presenter: Any = SimpleNamespace(rows=rows, batch=batch, set_absent=lambda *said: told.append(said))
    parent = QWidget()
    qtbot.addWidget(parent)
    actions = {action.text(): action for action in absent_menu(parent, presenter, ["a", "b"]).actions()}
    assert {text: action.isChecked() for text, action in actions.items()} == {"No axon": True, "No myelin": False}
    actions["No myelin"].trigger()
    actions["No axon"].trigger()
    assert told == [(("a", "b"), "myelin", True), (("a", "b"), "axon", False)]
