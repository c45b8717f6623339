"""The presenter of the Jobs dock: which jobs there are, and what the selected one does."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from psygnal import Signal

from labelbridge.core import Reporter
from labelbridge.jobs import JobInfo, JobStore, JobWatch
from labelbridge.plugin.presenters.jobsdetails import JobDetails, JobFollower, Picture, read_picture
from labelbridge.plugin.presenters.tasks import Failure, TaskListener, Tasks

__all__ = ["JobsPresenter"]


class JobsPresenter:
    """Knows the jobs of a store, as `look` found them last; somebody with a clock calls that again and again.

    Parameters
    ----------
    tasks
        Looks at the disk and tells in the window's thread; used for nothing else.
    store
        The jobs.

    Attributes
    ----------
    rows
        All jobs, the newest first.
    details
        What is known of the selected job.
    picture
        The preview that was asked for, by its file; None where there is none.
    has_looked
        Whether the jobs are known.
    """

    rows_changed = Signal()
    """There are other jobs."""

    row_changed = Signal(int)
    """The job of this row has gone on."""

    selected_changed = Signal()
    """Another job is selected, or the selected one has gone on."""

    details_changed = Signal()
    """More is known of the selected job, or another one is selected."""

    picture_changed = Signal()
    """Another preview is shown."""

    failed = Signal(Failure)
    """The disk cannot be looked at."""

    def __init__(self, tasks: Tasks, store: JobStore) -> None:
        self._tasks, self._watch = tasks, JobWatch(store)
        self._follower: JobFollower | None = None
        self._path: Path | None = None
        self._wanted: Path | None = None
        self._awaited: set[Path] = set()
        self._looks_again = False
        self.rows: list[JobInfo] = []
        self.details = JobDetails()
        self.picture: tuple[Path, Picture] | None = None
        self.has_looked = False

    @property
    def selected(self) -> JobInfo | None:
        """The selected job; None where there is none."""
        return next((info for info in self.rows if info.folder.path == self._path), None)

    def look(self) -> None:
        """Look at the disk for what is new, unless somebody does already."""
        if not self._tasks.is_busy:
            self._looks_again = False
            wanted = self._wanted if self.picture is None or self.picture[0] != self._wanted else None
            work = partial(_look, self._watch, self._follower, wanted)
            self._tasks.start(work, TaskListener(finished=self._take, failed=self.failed.emit))

    def select(self, path: Path | None) -> None:
        """Follow the job in this folder, or none."""
        if path == self._path:
            return
        self._path = path
        info = self.selected
        self._follower = JobFollower(info.folder) if info else None
        self.details = JobDetails()
        self.show_preview(None)
        self.selected_changed.emit()
        self.details_changed.emit()
        self.look_soon()

    def await_job(self, path: Path) -> None:
        """Follow the job in this folder as soon as it is listed."""
        self._awaited = {path, path.resolve()}
        self.look_soon()

    def show_preview(self, file: Path | None) -> None:
        """Read a preview, or show none."""
        if file == self._wanted:
            return
        self._wanted = file
        if file is None:
            self.picture = None
            self.picture_changed.emit()
        else:
            self.look_soon()

    def look_soon(self) -> None:
        """Look now, or as soon as the look that goes on has ended."""
        self._looks_again = True
        self.look()

    def _take(self, found: "_Found") -> None:
        self.has_looked = True
        self._take_rows(found.rows)
        if found.follower is self._follower:
            self._take_details(found)
        if self._looks_again:
            self.look()

    def _take_rows(self, rows: list[JobInfo]) -> None:
        before, self.rows = self.rows, rows
        was_selected = next((info for info in before if info.folder.path == self._path), None)
        if [info.folder.path for info in before] != [info.folder.path for info in rows]:
            self.rows_changed.emit()
        else:
            for row, (old, new) in enumerate(zip(before, rows, strict=True)):
                if old is not new:
                    self.row_changed.emit(row)
        if awaited := self._awaited & {info.folder.path for info in rows}:
            self._awaited = set()
            self.select(awaited.pop())
        elif self._path is not None and self.selected is None:
            self.select(None)
        elif self._path is None and not before and rows:
            self.select(rows[0].folder.path)
        elif was_selected and was_selected.created != (self.selected or was_selected).created:
            self._begin_anew()
        elif was_selected is not self.selected:
            self.selected_changed.emit()

    def _begin_anew(self) -> None:
        """Follow a job that was made in the place of another."""
        path, self._path = self._path, None
        self.select(path)

    def _take_details(self, found: "_Found") -> None:
        if found.details is not None and found.details is not self.details:
            self.details = found.details
            self.details_changed.emit()
        if found.picture is not None and found.picture[0] == self._wanted:
            self.picture = found.picture
            self.picture_changed.emit()


@dataclass(frozen=True)
class _Found:
    """What a look found."""

    rows: list[JobInfo]
    follower: JobFollower | None
    details: JobDetails | None
    picture: tuple[Path, Picture] | None


def _look(watch: JobWatch, follower: JobFollower | None, wanted: Path | None, reporter: Reporter) -> _Found:
    pixels = read_picture(wanted) if wanted is not None else None
    picture = (wanted, pixels) if wanted is not None and pixels is not None else None
    return _Found(watch.look(), follower, follower.read() if follower else None, picture)
