"""The form for settings, with real keys and clicks."""

from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QLineEdit,
    QWidget,
)

from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.plugin.widgets.settingsform import SettingsForm


class Task(BaseModel):
    """Settings of all kinds."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    count: int = Field(default=3, ge=1, le=9)
    """How many."""

    seed: int = Field(default=0, ge=0, lt=2**32)
    """Start of the random numbers."""

    minutes: float | None = Field(default=None, gt=0)
    """Time, or None for all that it takes."""

    swift: bool = False
    """Whether it is swift."""

    mode: Literal["fast", "good"] = "good"
    """How."""

    slices: int | Literal["all"] | None = None
    """Which planes."""

    folder: Path | None = None
    """Where."""


@pytest.fixture
def form(qtbot: QtBot) -> SettingsForm:
    made = SettingsForm()
    qtbot.addWidget(made)
    made.show_settings(Task, {})
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def told(form: SettingsForm) -> list[dict[str, Any]]:
    heard: list[dict[str, Any]] = []
    form.changed.connect(heard.append)
    return heard


def field(form: SettingsForm, name: str) -> Any:
    return form.inputs[name].widget


def enter(qtbot: QtBot, widget: QWidget, text: str) -> None:
    """Replace what is there by typing, and press Enter."""
    widget.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(widget, text)
    qtbot.keyClick(widget, Qt.Key.Key_Return)


def bold_labels(form: SettingsForm) -> set[str]:
    return {name for name, label in form.labels.items() if label.font().bold()}


def test_each_kind_has_its_widget_and_shows_what_is_usual(form: SettingsForm) -> None:
    kinds = {name: type(one.widget) for name, one in form.inputs.items()}
    assert issubclass(kinds["count"], QDoubleSpinBox)
    assert issubclass(kinds["mode"], QComboBox)
    assert kinds["swift"] is QCheckBox
    assert kinds["slices"] is QLineEdit
    assert (field(form, "count").text(), field(form, "minutes").text()) == ("3", "automatic")
    assert field(form, "slices").placeholderText() == "automatic"
    assert field(form, "mode").currentText() == "good"
    assert (form.values(), form.reset.isEnabled(), form.problems.isHidden()) == ({}, False, True)
    for name, widget in ((name, one.widget) for name, one in form.inputs.items()):
        assert widget.toolTip() or name == "folder"
        assert form.labels[name].toolTip().splitlines()[1].startswith("Usual: ")


def test_what_is_entered_is_told_and_shown_in_bold(form: SettingsForm, told: list[Any], qtbot: QtBot) -> None:
    enter(qtbot, field(form, "count"), "5")
    enter(qtbot, field(form, "seed"), str(2**32 - 1))
    enter(qtbot, field(form, "minutes"), "2.5")
    enter(qtbot, field(form, "slices"), "all")
    qtbot.mouseClick(field(form, "swift"), Qt.MouseButton.LeftButton, pos=QPoint(5, field(form, "swift").height() // 2))
    qtbot.keyClick(field(form, "mode"), Qt.Key.Key_Up)
    expected = {"count": 5, "seed": 2**32 - 1, "minutes": 2.5, "slices": "all", "swift": True, "mode": "fast"}
    assert told[-1] == form.values() == expected
    assert isinstance(told[-1]["count"], int)
    assert bold_labels(form) == set(expected)
    assert Task.model_validate(told[-1]).minutes == 2.5


def test_what_is_usual_again_is_told_no_more(form: SettingsForm, told: list[Any], qtbot: QtBot) -> None:
    enter(qtbot, field(form, "count"), "5")
    enter(qtbot, field(form, "count"), "3")
    assert told == [{"count": 5}, {}]
    assert bold_labels(form) == set()


def test_a_number_goes_back_to_automatic(form: SettingsForm, told: list[Any], qtbot: QtBot) -> None:
    spin = field(form, "minutes")
    qtbot.keyClick(spin, Qt.Key.Key_Up)
    assert told == [{"minutes": 1.0}]
    spin.setValue(spin.minimum())
    assert spin.text() == "automatic"
    assert told[-1] == {}


def test_what_cannot_be_is_said_and_told_all_the_same(form: SettingsForm, told: list[Any], qtbot: QtBot) -> None:
    enter(qtbot, field(form, "slices"), "some")
    assert form.problems.text() == "Slices: got 'some', expected a whole number or 'all'."
    assert form.problems.isVisible()
    assert told == [{"slices": "some"}]
    enter(qtbot, field(form, "slices"), "7")
    assert not form.problems.isVisible()
    assert told[-1] == {"slices": 7}


def test_reset_makes_all_as_usual(form: SettingsForm, told: list[Any], qtbot: QtBot) -> None:
    enter(qtbot, field(form, "count"), "5")
    enter(qtbot, field(form, "slices"), "some")
    qtbot.mouseClick(form.reset, Qt.MouseButton.LeftButton)
    assert told[-1] == form.values() == {}
    assert (field(form, "count").value(), field(form, "slices").text()) == (3, "")
    assert not form.reset.isEnabled()


def test_a_folder_is_chosen_and_left_out(
    form: SettingsForm, told: list[Any], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    qtbot.mouseClick(field(form, "folder").button, Qt.MouseButton.LeftButton)
    assert told == [{"folder": str(tmp_path)}]


def test_showing_settings_tells_nobody_and_keeps_what_is_typed(
    form: SettingsForm, told: list[Any], qtbot: QtBot
) -> None:
    before = field(form, "count")
    form.show_settings(Task, {"count": 7, "slices": "all", "of another model": 1})
    assert told == []
    assert form.values() == {"count": 7, "slices": "all"}
    assert field(form, "count") is before
    form.show_settings(Task, {}, leave_out={"count"})
    assert "count" not in form.inputs


def test_another_model_has_other_rows(form: SettingsForm) -> None:
    for model in (TranslatorTask, TutorshipTask):
        form.show_settings(model, {"seed": 4}, leave_out={"labeled", "unlabeled"})
        assert list(form.inputs) == [name for name in model.model_fields if name not in ("labeled", "unlabeled")]
        assert form.values() == {"seed": 4}


def test_tab_goes_through_the_rows_in_their_order(form: SettingsForm) -> None:
    chain, widget = [], form.nextInFocusChain()
    while widget is not None and widget is not form:
        chain.append(widget)
        widget = widget.nextInFocusChain()
    stops = [field(form, name) for name in Task.model_fields if name != "folder"]
    wanted = [*stops, *field(form, "folder").findChildren(QAbstractButton), form.reset]
    assert [widget for widget in chain if widget in wanted] == wanted


def test_the_wheel_scrolls_past_numbers_and_lists(form: SettingsForm, told: list[Any]) -> None:
    for name in ("count", "mode"):
        widget = field(form, name)
        centre = QPointF(widget.rect().center())
        wheel = QWheelEvent(
            centre,
            widget.mapToGlobal(centre),
            QPoint(0, -120),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, wheel)
    assert told == []
