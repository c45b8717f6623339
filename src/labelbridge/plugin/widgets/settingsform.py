"""A form for the settings that a pydantic model describes."""

from collections.abc import Collection, Mapping
from functools import partial
from itertools import pairwise

from pydantic import BaseModel, JsonValue
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from labelbridge.plugin.presenters.settingsfields import AUTOMATIC, SettingsField, problems_with, settings_fields
from labelbridge.plugin.widgets.formparts import wrapped_label
from labelbridge.plugin.widgets.pushbutton import push_button
from labelbridge.plugin.widgets.settingsinputs import SettingsInput, settings_input

__all__ = ["SettingsForm"]


class SettingsForm(QWidget):
    """A row for each setting, in bold those that are not as usual; a sentence for what cannot be; and Reset.

    Attributes
    ----------
    inputs, labels
        What is entered into, and what stands before it, by the name of the setting.
    """

    changed = Signal(dict)
    """The settings that are not as usual, by their names, as JSON has them; the user has changed one."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs: dict[str, SettingsInput] = {}
        self.labels: dict[str, QLabel] = {}
        self._fields: list[SettingsField] = []
        self._model: type[BaseModel] = BaseModel
        self._values: dict[str, JsonValue] = {}
        self._rows = QFormLayout()
        self._rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.problems = wrapped_label("What cannot be")
        self.problems.setStyleSheet("font-weight: bold;")
        self.reset = push_button("Reset", "Make all of these settings as usual.", self._reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._rows)
        layout.addWidget(self.problems)
        layout.addWidget(self.reset)
        self._show_differences()

    def show_settings(
        self, model: type[BaseModel], values: Mapping[str, JsonValue], *, leave_out: Collection[str] = ()
    ) -> None:
        """Show settings; tells nobody.

        Parameters
        ----------
        model
            Describes them; fields without a row may be required.
        values
            Those that are not as usual.
        leave_out
            Names of settings that are not asked for.
        """
        fields = settings_fields(model, leave_out)
        if fields != self._fields:
            self._build(fields)
        self._model, names = model, {field.name for field in fields}
        self._values = {name: value for name, value in values.items() if name in names}
        for field in fields:
            self.inputs[field.name].show_value(self._values.get(field.name, field.default))
        self._show_differences()

    def values(self) -> dict[str, JsonValue]:
        """Return the settings that are not as usual, by their names."""
        return dict(self._values)

    def _build(self, fields: list[SettingsField]) -> None:
        while self._rows.rowCount():
            self._rows.removeRow(0)
        self._fields = fields
        self.inputs = {field.name: settings_input(field) for field in fields}
        self.labels = {field.name: _label(field) for field in fields}
        for field in fields:
            made, label = self.inputs[field.name], self.labels[field.name]
            made.entered.connect(partial(self._enter, field))
            label.setBuddy(made.widget)
            self._rows.addRow(label, made.widget)
        self._order()

    def _order(self) -> None:
        """Let Tab go through the rows, which are younger than all else in the window, and then to Reset."""
        stops = [stop for made in self.inputs.values() for stop in made.stops]
        for before, after in pairwise([self.reset, *stops, self.reset] if stops else []):
            QWidget.setTabOrder(before, after)

    def _enter(self, field: SettingsField, value: JsonValue) -> None:
        before = dict(self._values)
        self._values.pop(field.name, None)
        if value != field.default:
            self._values[field.name] = value
        self._show_differences()
        if self._values != before:
            self.changed.emit(self.values())

    def _reset(self) -> None:
        self._values = {}
        for field in self._fields:
            self.inputs[field.name].show_value(field.default)
        self._show_differences()
        self.changed.emit({})

    def _show_differences(self) -> None:
        for name, label in self.labels.items():
            font = label.font()
            font.setBold(name in self._values)
            label.setFont(font)
        sentences = list(problems_with(self._model, self._values).values()) if self._values else []
        self.problems.setText("\n".join(sentences))
        self.problems.setVisible(bool(sentences))
        self.reset.setEnabled(bool(self._values))


def _label(field: SettingsField) -> QLabel:
    label = QLabel(field.label)
    usual = field.write(field.default) or AUTOMATIC
    label.setToolTip(f"{field.tooltip}\nUsual: {usual}")
    return label
