"""What a setting is entered into, by its kind."""

from pathlib import Path
from typing import cast

from pydantic import JsonValue
from qtpy.QtCore import QObject, QSignalBlocker, Qt, Signal
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QCheckBox, QDoubleSpinBox, QLineEdit, QWidget

from labelbridge.plugin.presenters.settingsfields import AUTOMATIC, SMALLEST_STEP, SettingsField
from labelbridge.plugin.widgets.choicebox import Choice, ChoiceBox
from labelbridge.plugin.widgets.folderfield import FolderField

__all__ = ["SettingsInput", "settings_input"]

_LARGEST = 2.0**40
_DECIMALS = 3


class SettingsInput(QObject):
    """Where one setting is entered; there is one class for each kind.

    Parameters
    ----------
    field
        The setting.
    widget
        What the user sees; it gets the setting's name and tooltip.

    Attributes
    ----------
    widget
        The same.
    """

    entered = Signal(object)
    """The value that the user has entered, as JSON has it."""

    def __init__(self, field: SettingsField, widget: QWidget) -> None:
        super().__init__(widget)
        self.widget = widget
        widget.setAccessibleName(field.label)
        widget.setToolTip(field.tooltip)

    @property
    def stops(self) -> list[QWidget]:
        """Where Tab stops, in order."""
        parts = [self.widget] if _takes_focus(self.widget) else self.widget.findChildren(QWidget)
        return [part for part in parts if _takes_focus(part)]

    def show_value(self, value: JsonValue) -> None:
        """Show a value; tells nobody."""
        with QSignalBlocker(self.widget):
            self._show(value)

    def _show(self, value: JsonValue) -> None:
        raise NotImplementedError


def settings_input(field: SettingsField) -> SettingsInput:
    """Return what a setting is entered into."""
    kinds: dict[str, type[_Number | _Switch | _Chosen | _Text | _Folder]] = {
        "whole": _Number,
        "number": _Number,
        "switch": _Switch,
        "choice": _Chosen,
        "folder": _Folder,
    }
    return kinds.get(field.kind, _Text)(field)


def _takes_focus(widget: QWidget) -> bool:
    return widget.focusPolicy() != Qt.FocusPolicy.NoFocus


class _Number(SettingsInput):
    """A number; below the smallest one stands `AUTOMATIC` where it can be left to the program."""

    def __init__(self, field: SettingsField) -> None:
        spin = _Spin(field)
        super().__init__(field, spin)
        self._spin = spin
        self._is_whole = field.kind == "whole"
        self._spin.valueChanged.connect(lambda _: self.entered.emit(self._value()))

    def _value(self) -> JsonValue:
        if self._spin.is_automatic:
            return None
        return int(self._spin.value()) if self._is_whole else self._spin.value()

    def _show(self, value: JsonValue) -> None:
        self._spin.setValue(self._spin.minimum() if value is None else float(cast("float", value)))


class _Spin(QDoubleSpinBox):
    """Whole numbers too, as large as seeds are; the wheel scrolls the form unless somebody is entering a number."""

    def __init__(self, field: SettingsField) -> None:
        super().__init__()
        is_whole = field.kind == "whole"
        step = 1.0 if is_whole else SMALLEST_STEP
        lowest = field.least if field.least is not None else 0.0 if field.is_optional else -_LARGEST
        self._has_automatic = field.is_optional
        self._first = max(lowest, 1.0 if field.most is None else min(1.0, field.most))
        self.setDecimals(0 if is_whole else _DECIMALS)
        self.setRange(lowest - step if field.is_optional else lowest, _LARGEST if field.most is None else field.most)
        self.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if field.is_optional:
            self.setSpecialValueText(AUTOMATIC)

    @property
    def is_automatic(self) -> bool:
        """Whether the value is left to the program."""
        return self._has_automatic and self.value() == self.minimum()

    def textFromValue(self, value: float) -> str:
        """Return a number without zeros at its end."""
        text = super().textFromValue(value)
        return text.rstrip("0").rstrip(self.locale().decimalPoint()) if self.decimals() else text

    def stepBy(self, steps: int) -> None:
        """Step; from `AUTOMATIC` to a value of a usual size."""
        if self.is_automatic and steps > 0:
            self.setValue(self._first)
        else:
            super().stepBy(steps)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Take the wheel only from who has chosen this."""
        if self.hasFocus():
            super().wheelEvent(event)
        elif event is not None:
            event.ignore()


class _Switch(SettingsInput):
    """Yes or no."""

    def __init__(self, field: SettingsField) -> None:
        box = QCheckBox()
        super().__init__(field, box)
        self._box = box
        box.clicked.connect(lambda is_on: self.entered.emit(is_on))

    def _show(self, value: JsonValue) -> None:
        self._box.setChecked(bool(value))


class _Chosen(SettingsInput):
    """One of several."""

    def __init__(self, field: SettingsField) -> None:
        box = ChoiceBox(field.label, field.tooltip)
        super().__init__(field, box)
        self._box = box
        automatic = [Choice(None, AUTOMATIC)] if field.is_optional else []
        self._choices = [*automatic, *(Choice(choice, choice) for choice in field.choices)]
        self._box.chosen.connect(self.entered)

    def _show(self, value: JsonValue) -> None:
        self._box.show_choices(self._choices, value)


class _Text(SettingsInput):
    """Text, or several texts with commas between them."""

    def __init__(self, field: SettingsField) -> None:
        line = QLineEdit()
        super().__init__(field, line)
        self._line, self._field = line, field
        self._line.setPlaceholderText(AUTOMATIC if field.is_optional else "")
        self._line.editingFinished.connect(lambda: self.entered.emit(field.read(self._line.text())))

    def _show(self, value: JsonValue) -> None:
        if self._field.read(self._line.text()) != value:
            self._line.setText(self._field.write(value))


class _Folder(SettingsInput):
    """A folder."""

    def __init__(self, field: SettingsField) -> None:
        folder = FolderField(field.label, AUTOMATIC, field.tooltip)
        super().__init__(field, folder)
        self._folder = folder
        folder.chosen.connect(self._take)

    def _take(self, folder: Path | None) -> None:
        self.show_value(str(folder) if folder else None)
        self.entered.emit(str(folder) if folder else None)

    def _show(self, value: JsonValue) -> None:
        self._folder.show_folder(Path(str(value)) if value else None)
