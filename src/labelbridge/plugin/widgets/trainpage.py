"""The Train dock's page for a new modality: two folders and a preset, what is found in them, and Start."""

from collections.abc import Callable

from labelbridge.plugin.presenters.jobsactions import Question
from labelbridge.plugin.presenters.tasks import Progress
from labelbridge.plugin.presenters.train import TrainPresenter
from labelbridge.plugin.widgets.formparts import wrapped_label
from labelbridge.plugin.widgets.pushbutton import push_button
from labelbridge.plugin.widgets.trainform import TrainForm
from labelbridge.plugin.widgets.trainingpage import TrainingPage

__all__ = ["TrainPage"]


class TrainPage(TrainingPage):
    """The form, Start, and what is told.

    Parameters
    ----------
    presenter
        Decides.
    device
        Gives what is computed on.
    """

    def __init__(self, presenter: TrainPresenter, device: Callable[[], str | None]) -> None:
        super().__init__()
        self._presenter, self._device = presenter, device
        self.form = TrainForm(presenter)
        self.estimate = wrapped_label("Expected time and memory")
        self.hint = wrapped_label("Why nothing can be started")
        self.start = push_button(
            "Start", "Begin the job: it goes on when napari is closed, and the Jobs dock shows it.", presenter.start
        )
        self.again = push_button(
            "Look again", "Look at the files once more, and find out anew how long it takes.", presenter.look.look_again
        )
        self.cancel = push_button("Cancel", "Stop looking, within two seconds.", presenter.look.cancel)
        self._lay_out(self.form, (self.estimate, self.hint), (self.start, self.again, self.cancel))
        presenter.look.progressed.connect(self._show_progress)
        presenter.asked.connect(self._ask)
        self._follow(presenter, presenter.look)

    def _come_up(self) -> None:
        self._presenter.refresh()
        self._presenter.find_out()

    def _go_on(self) -> None:
        self._presenter.look.go_on()

    def _show(self) -> None:
        presenter, look = self._presenter, self._presenter.look
        self.form.show_state()
        for label, text in ((self.estimate, presenter.expected), (self.hint, presenter.hint)):
            label.setText(text)
            label.setVisible(bool(text))
        self.start.setEnabled(presenter.can_start)
        self.again.setEnabled(not look.is_busy and not presenter.draft.missing)
        self.cancel.setEnabled(look.is_busy and not look.is_cancelling)
        self._show_busy(look.is_busy)

    def _show_progress(self, progress: Progress) -> None:
        self.progress.show_progress(progress, self._device())

    def _ask(self, question: Question) -> None:
        agree = (question.agree, question.tooltip, question.act)
        self.messages.ask(question.sentence, (agree, ("Cancel", "Start nothing.", lambda: None)))
