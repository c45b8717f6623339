"""The Refine dock: correct masks, led to the places that need it."""

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from labelbridge.core import AXON, MYELIN
from labelbridge.plugin.layernotes import journal_of
from labelbridge.plugin.presenters.tasks import Failure
from labelbridge.plugin.refining import Refining
from labelbridge.plugin.viewer import Links
from labelbridge.plugin.widgets.ending import at_end_of
from labelbridge.plugin.widgets.formscroll import FormScroll
from labelbridge.plugin.widgets.messages import Messages
from labelbridge.plugin.widgets.refineeffort import EffortBox
from labelbridge.plugin.widgets.refinejournals import JournalBox
from labelbridge.plugin.widgets.refinepaint import PaintBox
from labelbridge.plugin.widgets.refinerepair import RepairBox
from labelbridge.plugin.widgets.refinereview import ReviewBox
from labelbridge.plugin.widgets.refinestart import StartBox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari.utils.events import Event
    from napari.viewer import Viewer

    from labelbridge.plugin.correcting import Correcting
    from labelbridge.refine import JournalInfo

__all__ = ["RefineDock"]


class RefineDock(QWidget):
    """Choose masks, correct them by brush and repairs, go from place to place.

    Parameters
    ----------
    napari_viewer
        The window's viewer.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self.refining = Refining(napari_viewer)
        self.presenter = self.refining.presenter
        self.offer = Messages()
        self.start = StartBox(self.refining)
        self.paint = PaintBox(self._paint_actions())
        self.review = ReviewBox(self.presenter)
        self.repair = RepairBox(self.presenter.repairing)
        self.effort = EffortBox(self.presenter)
        self.journals = JournalBox(self.refining.keeping)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setAccessibleName("What has just happened")
        self.problem = Messages()
        self._links = Links()
        self._offers_masks, self._dismissed = False, ""
        self._lay_out()
        self._connect(napari_viewer)
        at_end_of(self, partial(_end, self._links, self.refining))
        self._show()
        self._offer()
        self.refining.keeping.look()

    def _lay_out(self) -> None:
        content = QWidget()
        boxes = QVBoxLayout(content)
        boxes.setContentsMargins(0, 0, 0, 0)
        for box in (self.start, self.paint, self.review, self.repair, self.effort, self.journals):
            boxes.addWidget(box)
        boxes.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.offer)
        layout.addWidget(FormScroll(content), 1)
        layout.addWidget(self.said)
        layout.addWidget(self.problem)

    def _connect(self, viewer: "Viewer") -> None:
        self.presenter.said.connect(self._say)
        self.presenter.changed.connect(self._refresh)
        self.refining.changed.connect(self._show)
        self.refining.changed.connect(self._offer)
        self.refining.changed.connect(self.refining.keeping.look)
        self.refining.keeping.said.connect(self._say)
        self.refining.keeping.changed.connect(self._tell_unsaved)
        self.refining.noticed.connect(self.problem.say)
        self.refining.problem.connect(self._show_problem)
        self.start.chosen.connect(self._offer)
        self.review.outlines.toggled.connect(self._show_outlines)
        events = viewer.layers.events
        for emitter in (events.inserted, events.removed, events.renamed, events.reordered):
            self._links.connect(emitter, self._on_layers)
        self._links.connect(events.removed, self._on_removed)

    def _paint_actions(self) -> "dict[str, Callable[[], object]]":
        def on(act: "Callable[[Correcting], object]") -> "Callable[[], object]":
            return lambda: act(self.refining.correcting) if self.refining.correcting else None

        return {
            "axon": on(lambda correcting: correcting.choose(AXON)),
            "myelin": on(lambda correcting: correcting.choose(MYELIN)),
            "erase": on(lambda correcting: correcting.erase()),
            "smaller": on(lambda correcting: correcting.scale_brush(up=False)),
            "larger": on(lambda correcting: correcting.scale_brush(up=True)),
            "hide": on(lambda correcting: correcting.toggle_masks()),
            "undo": self.presenter.undo,
            "redo": self.presenter.redo,
        }

    def _show(self) -> None:
        """Show whether masks are being corrected."""
        correcting = self.refining.correcting
        for box in (self.paint, self.review, self.repair, self.effort):
            box.setEnabled(correcting is not None)
        if correcting is not None:
            self.presenter.count_effort(self.effort.count.isChecked())
            correcting.show_outlines(self.review.outlines.isChecked())
        self.start.refresh()
        self._refresh()

    def _refresh(self) -> None:
        self.start.show_kept()
        self.review.refresh()
        self.effort.refresh()

    def _on_layers(self, event: object) -> None:
        if self.refining.correcting is None:
            self.start.refresh()

    def _on_removed(self, event: "Event") -> None:
        """Offer again what can be brought back, as masks go that were corrected."""
        if self.refining.correcting is None and journal_of([event.value]):
            self._offer()

    def _show_outlines(self, is_on: bool) -> None:
        if self.refining.correcting is not None:
            self.refining.correcting.show_outlines(is_on)

    def _say(self, sentence: str) -> None:
        self.said.setText(sentence)

    def _show_problem(self, sentence: str) -> None:
        self.problem.fail(Failure(sentence))

    def _offer(self) -> None:
        """Offer what a crash, or an earlier day, has left of the image that is chosen, or tell of other images."""
        layer = self.start.image_layer
        journals = [] if layer is None or self.refining.correcting is not None else self.refining.journals(layer)
        self._offers_masks = bool(journals)
        self._ask_about(journals)
        self._tell_unsaved()

    def _tell_unsaved(self) -> None:
        """Tell which corrections are neither exported nor saved, unless there is something else to ask."""
        if self._offers_masks or self.refining.correcting is not None:
            return
        notice = self.refining.keeping.notice()
        if notice == self._dismissed:
            notice = ""
        self.offer.ask(notice, [("Not now", "Leave them; the journals are kept.", self._dismiss)] if notice else ())

    def _dismiss(self) -> None:
        self._dismissed = self.refining.keeping.notice()

    def _ask_about(self, journals: "Sequence[JournalInfo]") -> None:
        """Ask whether the first of these journals is to be restored; the others can be seen after it."""
        if not journals:
            self.offer.ask("", ())
            return
        first, *older = journals
        answers: list[tuple[str, str, Callable[[], object]]] = [
            ("Restore", "Bring the masks back as new layers, undo included.", self._restorer(first)),
            ("Not now", "Leave them; the file is kept.", lambda: None),
        ]
        if older:
            answers.insert(1, ("Older ...", "Look at the correction before this one.", lambda: self._ask_about(older)))
        self.offer.ask(self.presenter.offer(first), answers)

    def _restorer(self, journal: "JournalInfo") -> "Callable[[], object]":
        def restore() -> None:
            if self.start.image_layer is not None:
                self.refining.restore(self.start.image_layer, journal)

        return restore


def _end(links: Links, refining: Refining) -> None:
    """End the correction without telling the widget, which is going."""
    links.release()
    presenter, keeping = refining.presenter, refining.keeping
    for signal in (presenter.said, presenter.changed, presenter.repairing.changed, keeping.said, keeping.changed):
        signal.disconnect()
    with suppress(RuntimeError):  # Python ends, and Qt's part of these objects has gone first
        refining.blockSignals(True)
        refining.close()
