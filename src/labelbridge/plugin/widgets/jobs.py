"""The Jobs dock: which trainings run, how they get on, and what can be done with them."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, QTimer, QUrl
from qtpy.QtGui import QDesktopServices, QShowEvent
from qtpy.QtWidgets import QFileDialog, QGridLayout, QLabel, QTabWidget, QVBoxLayout, QWidget
from superqt import QElidingLabel

from labelbridge.jobs import JobStore, default_report_name
from labelbridge.jobs.words import sentence_of
from labelbridge.plugin.presenters.jobmasks import JobMasks
from labelbridge.plugin.presenters.jobs import JobsPresenter
from labelbridge.plugin.presenters.jobsactions import JobActions, Question
from labelbridge.plugin.presenters.tasks import Progress
from labelbridge.plugin.timers import single_shot
from labelbridge.plugin.widgets.ending import at_end_of
from labelbridge.plugin.widgets.formscroll import FormScroll
from labelbridge.plugin.widgets.jobscheckpoints import CheckpointsTab
from labelbridge.plugin.widgets.jobscurves import CurvesTab
from labelbridge.plugin.widgets.jobslog import LogTab
from labelbridge.plugin.widgets.jobspreviews import PreviewsTab
from labelbridge.plugin.widgets.jobstable import JobTable
from labelbridge.plugin.widgets.messages import Messages
from labelbridge.plugin.widgets.neighbours import open_dock
from labelbridge.plugin.widgets.progressline import ProgressLine
from labelbridge.plugin.widgets.project import ProjectDock
from labelbridge.plugin.widgets.pushbutton import push_button
from labelbridge.plugin.workers import TaskWorker, close_workers

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["JobsDock"]

_LOOK_EVERY_MS = 1_000
_NO_JOBS = "No jobs yet. The Train dock begins one; it is listed here and goes on without a window."
_READ_ON_AFTER_MS = 100
"""Time to draw what was read of a long job, before more of it is read."""

_WAITS_AFTER_MS = 300
"""What takes less time is done without a word."""


class JobsDock(QWidget):
    """A table of all jobs; curves, previews, checkpoints and log of the selected one; and what can be done to it.

    Parameters
    ----------
    napari_viewer
        The window's viewer.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = napari_viewer
        looking, acting, store = TaskWorker(), TaskWorker(), JobStore()
        self.presenter = JobsPresenter(looking, store)
        self.job_actions = JobActions(acting, self.presenter, store)
        self.table = JobTable(self.presenter)
        self.title = QElidingLabel()
        self.title.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.title.setStyleSheet("font-weight: bold;")
        self.title.setAccessibleName("The selected job")
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setAccessibleName("Where the selected job is")
        self.stop = push_button("Stop", "", self._stop)
        self.resume = push_button("Resume", "Continue the job from its last checkpoint.", self._resume)
        self.delete = push_button(
            "Delete ...", "Delete a job that has ended; you are asked first.", self.job_actions.delete
        )
        self.open = push_button("Open folder", "Show the job's folder with all its files.", self._open)
        self.report = push_button(
            "Report ...",
            "Save a zip to send along with a question: settings, events, log and versions; no image and no model.",
            self._save_report,
        )
        self.masks = push_button(
            "Open masks ...", "Open the masks that the job has made, to correct them.", self.job_actions.find_masks
        )
        self.tabs = self._make_tabs()
        self.progress = ProgressLine()
        self._waits = single_shot(self, _WAITS_AFTER_MS, self.progress.show)
        self.messages = Messages()
        self._reads_on = single_shot(self, _READ_ON_AFTER_MS, self.presenter.look)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._lay_out()
        self._connect()
        at_end_of(self, partial(_end, self.presenter, self.job_actions, (looking, acting)))
        self._show()
        self._timer.start()

    def showEvent(self, event: QShowEvent | None) -> None:  # Qt's name
        """Look at once."""
        self.presenter.look()
        super().showEvent(event)

    def _make_tabs(self) -> QTabWidget:
        self.curves = CurvesTab(self.presenter)
        self.previews = PreviewsTab(self.presenter)
        self.checkpoints = CheckpointsTab(self.presenter, self.job_actions)
        self.log = LogTab(self.presenter)
        tabs = QTabWidget()
        tabs.setAccessibleName("More about the selected job")
        tabs.setUsesScrollButtons(False)
        for tab, title, tooltip in (
            (self.curves, "Curves", "Its numbers over the training steps."),
            (self.previews, "Previews", "What it made of images, over time."),
            (self.checkpoints, "Checkpoints", "Models that it has set aside, with their scores."),
            (self.log, "Log", "What it has printed."),
        ):
            tabs.setTabToolTip(tabs.addTab(tab, title), tooltip)
        return tabs

    def _lay_out(self) -> None:
        buttons = QGridLayout()
        for place, button in enumerate((self.stop, self.resume, self.delete, self.open, self.report, self.masks)):
            buttons.addWidget(button, *divmod(place, 3))
        content = QWidget()
        boxes = QVBoxLayout(content)
        boxes.setContentsMargins(0, 0, 0, 0)
        boxes.addWidget(self.table, 2)
        boxes.addWidget(self.title)
        boxes.addWidget(self.sentence)
        boxes.addLayout(buttons)
        boxes.addWidget(self.tabs, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(FormScroll(content), 1)
        for part in (self.progress, self.messages):
            layout.addWidget(part)

    def _connect(self) -> None:
        presenter, actions = self.presenter, self.job_actions
        for signal in (presenter.rows_changed, presenter.selected_changed, presenter.details_changed, actions.changed):
            signal.connect(self._show)
        presenter.details_changed.connect(self._read_on)
        presenter.failed.connect(self.messages.fail)
        actions.changed.connect(self._show_work)
        actions.progressed.connect(self.progress.show_progress)
        actions.said.connect(self.messages.say)
        actions.failed.connect(self.messages.fail)
        actions.asked.connect(self._ask)
        actions.masks_found.connect(self._ask_where)
        self._timer.timeout.connect(self._look)

    def _look(self) -> None:
        if not self.visibleRegion().isEmpty():  # nobody sees a tab behind another one
            self.presenter.look()

    def _read_on(self) -> None:
        if self.presenter.details.is_behind:
            self._reads_on.start()

    def _show(self) -> None:
        """Show where the selected job is, and what can be done now."""
        actions, info = self.job_actions, self.presenter.selected
        is_free = not actions.is_busy
        self.stop.setText("End now ..." if actions.can_end else "Stop")
        self.stop.setToolTip(
            "Do not wait until its work is saved; you are asked first."
            if actions.can_end
            else "Ask the job to save its work and end; it can be resumed."
        )
        for button, can in (
            (self.stop, actions.can_stop or actions.can_end),
            (self.resume, actions.can_resume),
            (self.delete, actions.can_delete),
            (self.open, info is not None),
            (self.report, info is not None),
            (self.masks, actions.can_open_masks),
        ):
            button.setEnabled(is_free and can)
        self.title.setText(info.name if info else "")
        self.title.setToolTip(str(info.folder.path) if info else "")
        self.title.setVisible(info is not None)
        problem = self.presenter.details.problem
        self.sentence.setText(sentence_of(info) if info else _NO_JOBS if self.presenter.has_looked else "")
        if info and problem:
            self.sentence.setText(problem)
        self.checkpoints.show_state()

    def _show_work(self) -> None:
        """Show that something is being done with a job where that takes a while."""
        if not self.job_actions.is_busy:
            self._waits.stop()
            self.progress.hide()
        elif not self._waits.isActive() and self.progress.isHidden():
            self.messages.clear()
            self.progress.show_progress(Progress("working"))
            self._waits.start()

    def _stop(self) -> None:
        if self.job_actions.can_end:
            self.job_actions.end()
        else:
            self.job_actions.stop()

    def _resume(self) -> None:
        """Resume the selected job; where it failed, a graphics card may be to blame, and the CPU can do without."""
        actions, info = self.job_actions, self.presenter.selected
        if info is None or not actions.can_go_on_elsewhere:
            actions.resume()
            return
        as_before = ("As before", "Continue where it was computed.", actions.resume)
        on_cpu = ("On the CPU", "Slower, but with the computer's own memory.", partial(actions.resume, "cpu"))
        cancel = ("Cancel", "Leave it as it is.", lambda: None)
        self.messages.ask(f"Where shall '{info.name}' go on?", (as_before, on_cpu, cancel))

    def _ask(self, question: Question) -> None:
        agree = (question.agree, question.tooltip, question.act)
        self.messages.ask(question.sentence, (agree, ("Cancel", "Leave it as it is.", lambda: None)))

    def _ask_where(self, made: JobMasks) -> None:
        """Ask where the project shall be in which the masks are corrected."""
        folder = made.project_folder
        here = (
            "Open",
            f"Open the project {folder}, which is made where it is not there.",
            partial(self._open_masks, made, folder),
        )
        other = ("Other folder ...", "Choose a folder for the project.", partial(self._choose_where, made))
        question = (
            f"Open the masks as the project '{folder.name}' in {folder.parent}? Images and masks stay as they are."
        )
        self.messages.ask(question, (here, other, ("Cancel", "Open nothing.", lambda: None)))

    def _choose_where(self, made: JobMasks) -> None:
        start = str(made.project_folder.parent)
        if found := QFileDialog.getExistingDirectory(self, "Folder for a project with these masks", start):
            self._open_masks(made, Path(found))

    def _open_masks(self, made: JobMasks, folder: Path) -> None:
        open_dock(self._viewer, ProjectDock, "Project").presenter.open_masks(made, folder)

    def _open(self) -> None:
        if info := self.presenter.selected:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(info.folder.path.resolve())))

    def _save_report(self) -> None:
        if info := self.presenter.selected:
            name = str(Path.home() / default_report_name(info.folder))
            file, _ = QFileDialog.getSaveFileName(self, "Save a report", name, "Zip (*.zip)")
            if file:
                self.job_actions.save_report(Path(file))


def _end(presenter: JobsPresenter, actions: JobActions, workers: tuple[TaskWorker, ...]) -> None:
    """Let go of all that outlives the dock: threads, and who listens."""
    for signal in (
        presenter.rows_changed,
        presenter.row_changed,
        presenter.selected_changed,
        presenter.details_changed,
        presenter.picture_changed,
        presenter.failed,
        actions.changed,
        actions.progressed,
        actions.said,
        actions.failed,
        actions.asked,
        actions.masks_found,
    ):
        signal.disconnect()
    close_workers(workers)
