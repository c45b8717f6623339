"""The part of the Refine dock that leads to the places that need a look."""

from qtpy.QtWidgets import QCheckBox, QGridLayout, QGroupBox, QLabel

from labelbridge.plugin.keys import KEYS
from labelbridge.plugin.presenters.refine import RefinePresenter
from labelbridge.plugin.widgets.keybutton import key_button

__all__ = ["ReviewBox"]


class ReviewBox(QGroupBox):
    """How much is left, why this place is looked at, and the buttons that lead on.

    Parameters
    ----------
    presenter
        The dock's state.

    Attributes
    ----------
    outlines
        Whether the states are to be drawn.
    """

    def __init__(self, presenter: RefinePresenter) -> None:
        super().__init__("Review")
        self._presenter = presenter
        self._left, self._reasons = _wrapped("How much is left"), _wrapped("Why this place is looked at")
        self.outlines = QCheckBox("Outlines of fibres")
        self.outlines.setToolTip(
            "Draw a thin outline around each fibre in the visible field: yellow unseen, green accepted, pink "
            "corrected, white the current one."
        )
        self.outlines.setChecked(True)
        layout = QGridLayout(self)
        layout.addWidget(self._left, 0, 0, 1, 3)
        layout.addWidget(self._reasons, 1, 0, 1, 3)
        actions = {"previous": presenter.previous, "accept": presenter.accept, "next": presenter.next}
        self.buttons = {name: key_button(KEYS[name], action) for name, action in actions.items()}
        for column, button in enumerate(self.buttons.values()):
            layout.addWidget(button, 2, column)
        layout.addWidget(self.outlines, 3, 0, 1, 3)

    def refresh(self) -> None:
        """Show what the presenter says."""
        self._left.setText(self._presenter.left())
        self._reasons.setText(self._presenter.reasons())
        self._reasons.setVisible(bool(self._reasons.text()))
        is_ready = self._presenter.counts() is not None
        for button in self.buttons.values():
            button.setEnabled(is_ready)


def _wrapped(name: str) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setAccessibleName(name)
    return label
