"""The part of the Project dock that bootstraps many images."""

from collections.abc import Callable, Sequence

from qtpy.QtWidgets import QGroupBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from labelbridge.plugin.presenters.projectbatch import BatchPresenter
from labelbridge.plugin.widgets.channelbox import ChannelBox
from labelbridge.plugin.widgets.choicebox import Choice, ChoiceBox
from labelbridge.plugin.widgets.messages import Messages
from labelbridge.plugin.widgets.projectprogress import TaskProgress

__all__ = ["BatchBox"]

_CHOICES = Choice(False, "As chosen in the Bootstrap dock", "Model, labelled images, path and translator.")
_BEFORE = Choice(True, "As this project was before", "What its latest batch was done with.")


class BatchBox(QGroupBox):
    """With what, the buttons that begin, and how far it is.

    Parameters
    ----------
    presenter
        Decides.
    selected
        Gives the names of the images that are selected.

    Attributes
    ----------
    messages
        What is said about the batch; for the dock to show where there is room.
    """

    def __init__(self, presenter: BatchPresenter, selected: Callable[[], Sequence[str]]) -> None:
        super().__init__("Bootstrap")
        self._presenter, self._selected = presenter, selected
        self.choice = ChoiceBox("With what", "With which model, labelled images, path and translator masks are made.")
        self.choice.chosen.connect(lambda repeats: presenter.choose(repeats=bool(repeats)))
        self.channel = ChannelBox()
        self.channel.chosen.connect(presenter.choose_channel)
        self.description = _wrapped("With what the next batch is done")
        self.hint = _wrapped("Why no batch can begin")
        self.all = QPushButton("Bootstrap all")
        self.all.setToolTip("Make the first masks of all images that have none; what was stopped goes on.")
        self.all.clicked.connect(lambda *_: presenter.run_all())
        self.some = QPushButton("Bootstrap selected")
        self.some.setToolTip(
            "Make masks of the selected images, new ones beside those that are there; corrected ones are left alone."
        )
        self.some.clicked.connect(lambda *_: presenter.run_selected(selected()))
        self.progress = TaskProgress(
            presenter, "Stop within two seconds; the masks of finished images stay.", lambda: presenter.device
        )
        self.messages = Messages()
        self._was_busy = False
        self._lay_out()
        self._connect()

    def refresh(self) -> None:
        """Show with what it is done, and whether it can be."""
        presenter = self._presenter
        if presenter.is_busy and not self._was_busy:
            self.messages.clear()
        self._was_busy = presenter.is_busy
        self.choice.show_choices(
            [_BEFORE, _CHOICES] if presenter.was_bootstrapped else [_CHOICES],
            presenter.repeats and presenter.was_bootstrapped,
        )
        self.channel.show_channel(presenter.channel)
        hint = presenter.hint
        self.description.setText(presenter.description)
        self.description.setVisible(not hint)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        can_begin = presenter.is_open and not (hint or presenter.is_busy)
        for choice in (self.choice, self.channel):
            choice.setEnabled(presenter.is_open and not presenter.is_busy)
        self.all.setEnabled(can_begin)
        self.some.setEnabled(can_begin and bool(self._selected()))

    def _connect(self) -> None:
        presenter = self._presenter
        presenter.changed.connect(self.refresh)
        presenter.said.connect(self.messages.say)
        presenter.failed.connect(self.messages.fail)
        presenter.asked.connect(self._ask_to_train)

    def _ask_to_train(self, question: str) -> None:
        train = ("Train", "Train the model that is missing, then go on.", self._presenter.agree)
        leave = ("Not now", "Train nothing.", self._presenter.decline)
        self.messages.ask(question, (train, leave))

    def _lay_out(self) -> None:
        colours, buttons = QHBoxLayout(), QHBoxLayout()
        colours.addWidget(QLabel("Of colour images"))
        colours.addWidget(self.channel, 1)
        buttons.addWidget(self.all)
        buttons.addWidget(self.some)
        layout = QVBoxLayout(self)
        layout.setSpacing(3)
        layout.addWidget(self.choice)
        layout.addLayout(colours)
        layout.addWidget(self.description)
        layout.addWidget(self.hint)
        layout.addLayout(buttons)
        layout.addWidget(self.progress)


def _wrapped(name: str) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setAccessibleName(name)
    return label
