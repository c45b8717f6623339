"""A form that scrolls up and down, and is never cut off at its sides."""

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QWidget

__all__ = ["FormScroll"]


class FormScroll(QScrollArea):
    """Shows a form; at least as wide as this needs, as high as there is room.

    Parameters
    ----------
    form
        The form.
    """

    def __init__(self, form: QWidget) -> None:
        super().__init__()
        self.setWidget(form)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # tab goes through the form
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def minimumSizeHint(self) -> QSize:
        """Return the form's smallest width with room for the scroll bar, and little height."""
        form, bar = self.widget(), self.verticalScrollBar()
        width = (form.minimumSizeHint().width() if form else 0) + (bar.sizeHint().width() if bar else 0)
        return QSize(width, super().minimumSizeHint().height())
