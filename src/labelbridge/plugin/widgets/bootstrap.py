"""The Bootstrap dock: first masks of an image."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from labelbridge.bootstrap.server import InferenceClient
from labelbridge.core import LabelArray
from labelbridge.plugin.bootstraplayers import (
    add_region,
    comparable_masks,
    drawn_window,
    show_differences,
    show_preview,
    show_result,
    shown_images,
)
from labelbridge.plugin.preferences import read_preferences
from labelbridge.plugin.presenters.bootstrap import BootstrapPresenter
from labelbridge.plugin.presenters.bootstrapresult import BootstrapResult
from labelbridge.plugin.presenters.tasks import Failure, Progress
from labelbridge.plugin.viewer import Links, mask_sets, visible_window
from labelbridge.plugin.widgets.bootstrapform import BootstrapForm
from labelbridge.plugin.widgets.ending import at_end_of
from labelbridge.plugin.widgets.formscroll import FormScroll
from labelbridge.plugin.widgets.messages import Messages
from labelbridge.plugin.widgets.progressline import ProgressLine
from labelbridge.plugin.workers import TaskWorker

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.viewer import Viewer

__all__ = ["BootstrapDock"]


class BootstrapDock(QWidget):
    """Choose an image and what is known, preview, run.

    Parameters
    ----------
    napari_viewer
        The window's viewer.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._viewer, self._links = napari_viewer, Links()
        worker, client = TaskWorker(), InferenceClient()
        self.presenter = BootstrapPresenter(
            worker, client, partial(shown_images, napari_viewer), preferences=read_preferences
        )
        self.form = BootstrapForm(self.presenter)
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.preview = _button("Preview", "Make the masks of the visible field, in seconds.", self._preview)
        self.run = _button("Run", "Make the masks of the image as layers to correct.", self.presenter.run)
        self.cancel = _button("Cancel", "Stop what runs, within two seconds.", self.presenter.cancel)
        self.progress = ProgressLine()
        self.messages = Messages()
        self._lay_out()
        self._connect()
        at_end_of(self, partial(_end, self._links, self.presenter, worker, client))
        self._show()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.preview, self.run, self.cancel):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(FormScroll(self.form), 1)
        layout.addWidget(self.hint)
        layout.addLayout(buttons)
        layout.addWidget(self.progress)
        layout.addWidget(self.messages)

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.changed.connect(self._show)
        presenter.progressed.connect(self._progressed)
        presenter.said.connect(self.messages.say)
        presenter.failed.connect(self.messages.fail)
        presenter.asked.connect(self._ask)
        presenter.arrived.connect(self._arrived)
        presenter.previewed.connect(self._previewed)
        presenter.compared.connect(self._compared)
        self.form.region_wanted.connect(self._open_region)
        events = self._viewer.layers.events
        for event in (events.inserted, events.removed, events.reordered, events.renamed):
            self._links.connect(event, presenter.refresh)

    def _show(self) -> None:
        """Show what is chosen, what is missing, and whether something runs."""
        busy, hint = self.presenter.is_busy, self.presenter.hint
        self.form.show_state()
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        for button in (self.preview, self.run):
            button.setEnabled(not (busy or hint))
        self.cancel.setEnabled(busy and not self.presenter.is_cancelling)
        if busy and self.progress.isHidden():
            self.messages.clear()
            self.progress.begin()
        elif not busy:
            self.progress.hide()

    def _progressed(self, progress: Progress) -> None:
        self.progress.show_progress(progress, self.presenter.device)

    def _ask(self, question: str) -> None:
        train = ("Train", "Train the model that is missing, then go on.", self.presenter.agree)
        leave = ("Not now", "Train nothing.", self.presenter.decline)
        self.messages.ask(question, (train, leave))

    def _preview(self) -> None:
        if image := self.presenter.image:
            self.presenter.preview(visible_window(self._viewer, image.layer))

    def _previewed(self, result: BootstrapResult) -> None:
        show_preview(self._viewer, result)
        self.messages.say("This is a preview of the visible field; Run makes layers that can be corrected.")

    def _arrived(self, result: BootstrapResult) -> None:
        made = show_result(self._viewer, result)
        names = ", ".join(f"'{layer.name}'" for layer in made.values())
        self.messages.say(f"The masks are here, ready to be corrected: {names}; computed on {result.device}.")
        layer = result.request.shown.layer
        if len(mask_sets(self._viewer, layer)) > 1:
            compare = ("Compare", "Show where the new masks differ from those before.", partial(self._compare, layer))
            leave = ("No", "Compare nothing.", lambda: None)
            self.messages.ask("Show where they differ from the masks before?", (compare, leave))

    def _compare(self, layer: "Image") -> None:
        if masks := comparable_masks(self._viewer, layer):
            self.presenter.compare(layer, *masks)
        else:
            self.messages.fail(
                Failure("The masks cannot be compared: one of the two sets is gone or has another size.")
            )

    def _compared(self, layer: "Image", labels: LabelArray) -> None:
        show_differences(self._viewer, layer, labels)
        self.messages.say("Orange: only before; green: only now; violet: another class.")

    def _open_region(self, is_visible_field: bool) -> None:
        image = self.presenter.image
        if image is None:
            return
        window = (visible_window if is_visible_field else drawn_window)(self._viewer, image.layer)
        if window is None:
            self.messages.fail(Failure("Draw a rectangle on the image in a Shapes layer first."))
        else:
            self.presenter.choose_image(add_region(self._viewer, image.layer, window))


def _button(text: str, tooltip: str, act: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tooltip)
    button.clicked.connect(lambda *_: act())
    return button


def _end(links: Links, presenter: BootstrapPresenter, worker: TaskWorker, client: InferenceClient) -> None:
    """Let go of all that outlives the dock: events, thread and process."""
    links.release()
    presenter.changed.disconnect()
    worker.cancel()
    client.close()
    worker.close()
