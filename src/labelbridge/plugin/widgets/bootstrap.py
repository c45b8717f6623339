"""The Bootstrap dock: first masks of an image."""

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QDockWidget, QLabel

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
from labelbridge.plugin.presenters.tasks import Failure
from labelbridge.plugin.viewer import mask_sets, visible_window
from labelbridge.plugin.widgets.bootstrapform import BootstrapForm
from labelbridge.plugin.widgets.neighbours import frame_of, take_seat
from labelbridge.plugin.widgets.pushbutton import button_row, push_button
from labelbridge.plugin.widgets.taskdock import TaskDock

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.viewer import Viewer

__all__ = ["BootstrapDock"]


class BootstrapDock(TaskDock):
    """Choose an image and what is known, preview, run.

    Parameters
    ----------
    napari_viewer
        The window's viewer.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__(napari_viewer, "Stop what runs, within two seconds.")
        self._frame: QDockWidget | None = None
        self.seat = seat = take_seat(napari_viewer, "the Bootstrap dock")
        self.presenter = BootstrapPresenter(
            self._worker, seat, partial(shown_images, napari_viewer), preferences=read_preferences
        )
        self.form = BootstrapForm(self.presenter)
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.preview = push_button("Preview", "Make the masks of the visible field, in seconds.", self._preview)
        self.run = push_button("Run", "Make the masks of the image as layers to correct.", self.presenter.run)
        self._lay_out(self.form, self.hint, button_row(self.preview, self.run, self.cancel))
        self._connect()
        self._follow(self.presenter, self.presenter.refresh)

    def showEvent(self, event: QShowEvent | None) -> None:  # Qt's name
        """Look which models there are by now; again whenever this tab comes up."""
        frame = frame_of(self)
        if frame is not None and frame is not self._frame:
            self._frame = frame
            frame.visibilityChanged.connect(self._look_at_models)
        self._look_at_models(True)
        super().showEvent(event)

    def _look_at_models(self, is_seen: bool) -> None:
        if is_seen and not self.presenter.is_busy:
            self.presenter.look_at_models()

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.asked.connect(self._ask)
        presenter.arrived.connect(self._arrived)
        presenter.previewed.connect(self._previewed)
        presenter.compared.connect(self._compared)
        self.form.region_wanted.connect(self._open_region)

    def _show(self) -> None:
        hint = self.presenter.hint
        self.form.show_state()
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        for button in (self.preview, self.run):
            button.setEnabled(not (self.presenter.is_busy or hint))
        super()._show()

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
