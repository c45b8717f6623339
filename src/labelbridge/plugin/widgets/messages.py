"""What a dock tells the user, in one place: sentences, errors with their details folded, and questions."""

from collections import deque
from collections.abc import Callable, Sequence

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from labelbridge.plugin.presenters.tasks import Failure

__all__ = ["Messages"]

_SENTENCES = 4
_DETAILS_PX = 140


class Messages(QWidget):
    """The latest sentences, the latest error, and a question with its answers as buttons."""

    def __init__(self) -> None:
        super().__init__()
        self._latest: deque[str] = deque(maxlen=_SENTENCES)
        self._said = _wrapped()
        self._error = _wrapped()
        self._error.setStyleSheet("font-weight: bold;")
        self._fold = QToolButton()
        self._fold.setText("Details")
        self._fold.setToolTip("Show what to send along when you report this.")
        self._fold.setCheckable(True)
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setAccessibleName("Details of the error")
        self._details.setMaximumHeight(_DETAILS_PX)
        self._fold.toggled.connect(self._details.setVisible)
        self._question = _wrapped()
        self._answers = QHBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self._said, self._error, self._fold, self._details, self._question):
            layout.addWidget(part)
        layout.addLayout(self._answers)
        self.clear()

    @property
    def text(self) -> str:
        """All that can be read, details aside."""
        shown = (self._said, self._error, self._question)
        return "\n".join(label.text() for label in shown if label.text())

    @property
    def details(self) -> str:
        """The details of the error; empty where there are none."""
        return self._details.toPlainText()

    def clear(self) -> None:
        """Forget everything, as a new task begins."""
        self._latest.clear()
        _show(self._said, "")
        self.fail(Failure(""))
        self.ask("", ())

    def say(self, sentence: str) -> None:
        """Add a sentence; only the latest ones are kept."""
        self._latest.append(sentence)
        _show(self._said, "\n".join(self._latest))

    def fail(self, failure: Failure) -> None:
        """Show an error in place of the one before."""
        _show(self._error, failure.sentence)
        self._details.setPlainText(failure.details)
        self._fold.setChecked(False)
        self._fold.setVisible(bool(failure.details))
        self._details.setVisible(False)

    def ask(self, question: str, answers: Sequence[tuple[str, str, Callable[[], object]]]) -> None:
        """Ask a question, in place of the one before; any answer takes it away.

        Parameters
        ----------
        question
            One or some sentences; empty takes the question away.
        answers
            For each button its text, its tooltip, and what it does.
        """
        while item := self._answers.takeAt(0):
            if button := item.widget():
                button.hide()
                button.deleteLater()
        _show(self._question, question)
        for text, tooltip, act in answers:
            button = QPushButton(text)
            button.setToolTip(tooltip)
            button.clicked.connect(lambda *_, act=act: self._answer(act))
            self._answers.addWidget(button)

    def _answer(self, act: Callable[[], object]) -> None:
        self.ask("", ())
        act()


def _wrapped() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _show(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))
