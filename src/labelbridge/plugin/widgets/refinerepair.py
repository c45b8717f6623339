"""The part of the Refine dock with the repairs."""

from collections.abc import Sequence

from qtpy.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QGroupBox, QHBoxLayout, QLabel, QWidget

from labelbridge.plugin.keys import POINTER_KEYS, REPAIR_KEYS
from labelbridge.plugin.presenters.repairing import Repairing
from labelbridge.plugin.presenters.repairs import REPAIRS, ClassChoice, Number, Repair, Setting, Switch
from labelbridge.plugin.widgets.choicebox import Choice, ChoiceBox
from labelbridge.plugin.widgets.keybutton import key_button

__all__ = ["RepairBox"]

_FIRST_SETTING = 2
"""The row of the first setting; above it are the keys and the choice."""

_AT_ONCE = (
    "Done at once, while you paint as well; undo takes it back. A border moves by 1 px, or by a fortieth of the "
    "fibre's diameter where that is more."
)

_NONE = Choice(None, "Choose a repair ...")


class RepairBox(QGroupBox):
    """The keys that repair at once, the list of repairs, the settings of the one chosen, and what to do next."""

    def __init__(self, repairing: Repairing) -> None:
        super().__init__("Repair")
        self._repairing = repairing
        self._choice = ChoiceBox(
            "Repair", "Choose a repair, then click on the image: what would change is shown first."
        )
        self._choice.show_choices([_NONE, *(Choice(repair, repair.name, repair.hint) for repair in REPAIRS)], None)
        self._choice.chosen.connect(self._choose)
        self._apply = key_button(REPAIR_KEYS["apply"], repairing.apply)
        self._leave = key_button(REPAIR_KEYS["leave"], repairing.leave)
        self._form = QFormLayout(self)
        self._form.addRow(_pointer_keys())
        self._form.addRow("&Repair", self._choice)
        self._settings: list[QWidget] = []
        buttons = QHBoxLayout()
        buttons.addWidget(self._apply)
        buttons.addWidget(self._leave)
        self._form.addRow(buttons)
        repairing.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show which repair is chosen, and whether there is something to apply."""
        repair = self._repairing.repair
        if repair is None:
            self._choice.setCurrentIndex(0)
            self._show_settings(())
        self._apply.setEnabled(self._repairing.preview is not None)
        self._leave.setEnabled(repair is not None)

    def _choose(self, repair: Repair | None) -> None:
        self._show_settings(() if repair is None else repair.settings)
        if repair is None:
            self._repairing.leave()
        else:
            self._repairing.choose(repair)

    def _show_settings(self, settings: Sequence[Setting]) -> None:
        for field in self._settings:
            self._form.removeRow(field)
        self._settings = [self._field(setting) for setting in settings]
        for place, (setting, field) in enumerate(zip(settings, self._settings, strict=True), start=_FIRST_SETTING):
            field.setToolTip(setting.tooltip)
            label = QLabel(setting.label)
            label.setBuddy(field)
            self._form.insertRow(place, label, field)

    def _field(self, setting: Setting) -> QWidget:
        match setting:
            case Number():
                return self._number(setting)
            case ClassChoice():
                return self._class_choice(setting)
            case Switch():
                box = QCheckBox()
                box.setChecked(setting.value)
                box.toggled.connect(lambda is_on: self._repairing.set(setting.name, is_on))
                return box

    def _number(self, setting: Number) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setDecimals(0 if setting.step >= 1 else 1)
        box.setRange(setting.low, setting.high)
        box.setSingleStep(setting.step)
        box.setSuffix(f" {setting.unit}")
        box.setValue(setting.value)
        box.setKeyboardTracking(False)
        box.valueChanged.connect(lambda value: self._repairing.set(setting.name, value))
        return box

    def _class_choice(self, setting: ClassChoice) -> QComboBox:
        session = self._repairing.session
        box = QComboBox()
        box.addItems(list(session.history.layers) if session else [setting.value])
        box.setCurrentText(setting.value)
        box.currentTextChanged.connect(lambda name: self._repairing.set(setting.name, name))
        return box


def _pointer_keys() -> QLabel:
    """Return what tells the keys that repair the fibre under the pointer."""
    rows = "".join(f"<tr><td>{key.label}&nbsp;&nbsp;</td><td>[{key.text}]</td></tr>" for key in POINTER_KEYS.values())
    label = QLabel(f"Point at a fibre and press a key:<table>{rows}</table>")
    label.setAccessibleName("Keys for the fibre under the pointer")
    told = [f"{key.text}: {key.tooltip}" for key in POINTER_KEYS.values()]
    label.setToolTip("\n".join([*told, _AT_ONCE]))
    return label
