"""What the Refine dock decides: which place is looked at, which repair is chosen, and what is said about both."""

from collections.abc import Callable
from pathlib import Path

from psygnal import Signal

from labelbridge.core import InputError, counted
from labelbridge.plugin.presenters.journaling import journals_of
from labelbridge.plugin.presenters.outlining import Outlining
from labelbridge.plugin.presenters.ranking import Ranking
from labelbridge.plugin.presenters.repairing import Repairing
from labelbridge.plugin.presenters.reviewing import Evidence
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.plugin.presenters.tasks import Tasks
from labelbridge.refine import JournalInfo
from labelbridge.refine.effort import EffortSummary, read_efforts, write_effort_csv
from labelbridge.refine.review import Place, ReviewQueue, ReviewState

__all__ = ["RefinePresenter"]

_SUSPICIOUS_ENDED = (
    "No suspicious place is left; the others follow, most of them right. "
    "The model can learn from your corrections: Train dock, Corrected masks."
)


class RefinePresenter:
    """The state of the Refine dock, without a window.

    Parameters
    ----------
    ranking, repairs
        Do what takes long, beside each other: ranking the places and keeping their ranks true, and repairs of a whole
        image.
    folder
        Where journals and efforts lie.

    Attributes
    ----------
    folder
        As given.
    repairing
        The repair that is chosen.
    outlining
        Knows the outlines of places.
    changed
        Emitted when the dock has something else to show.
    places_changed
        Emitted when places, their states or outlines are to be drawn again.
    place_chosen
        Emitted with the place to be centred.
    said
        Emitted with one sentence for the user; empty where there is nothing to say.
    """

    changed = Signal()
    places_changed = Signal()
    place_chosen = Signal(Place)
    said = Signal(str)

    def __init__(self, ranking: Tasks, repairs: Tasks, folder: Path) -> None:
        self.folder = folder
        self.repairing = Repairing(repairs)
        self._ranking = Ranking(ranking, self.said.emit)
        self.outlining = Outlining(self._ranking)
        self._session: CorrectionSession | None = None
        self._place: Place | None = None
        self.repairing.said.connect(self.said.emit)
        self.outlining.changed.connect(self.places_changed.emit)

    @property
    def session(self) -> CorrectionSession | None:
        """The correction of the image that is chosen; None before one is begun."""
        return self._session

    @property
    def place(self) -> Place | None:
        """The place that is looked at."""
        return self._place

    def take(self, session: CorrectionSession, evidence: Evidence | None = None) -> None:
        """Correct another image, and let a worker rank the places to look at.

        Parameters
        ----------
        session
            Its correction; the one before ends.
        evidence
            What there is to judge its masks by; None where there is nothing.
        """
        self.release()
        self._session = self.repairing.session = session
        session.changed.connect(self.changed.emit)
        self._ranking.begin(session, evidence or Evidence(), self._show_places)
        self.changed.emit()

    def release(self) -> None:
        """End the correction; everything is on the disk afterwards, or the user is told."""
        session = self._session
        if session is None:
            return
        self.repairing.leave()
        self._ranking.cancel()
        self.outlining.forget()
        problem = session.close()
        session.changed.disconnect(self.changed.emit)
        self._session = self.repairing.session = self._place = None
        if problem:
            self.said.emit(problem)
        self.changed.emit()

    def undo(self) -> None:
        """Take back the latest edit."""
        if self._session and not self._session.undo():
            self.said.emit("There is nothing to undo.")

    def redo(self) -> None:
        """Do again what was undone last."""
        if self._session and not self._session.redo():
            self.said.emit("There is nothing to redo.")

    def next(self) -> None:
        """Go to the unseen place that ranks next."""
        self._once_settled(self._go_forwards)

    def previous(self) -> None:
        """Go to the place before, whatever its state."""
        self._once_settled(self._go_back)

    def accept(self) -> None:
        """Mark the place as looked at, and go to the next one."""
        if self._session is None or self._place is None:
            self.said.emit("There is no place to accept; go to the next one first.")
            return
        self._once_settled(self._accept)

    def pause(self) -> None:
        """Let what is computed about places wait, because somebody paints: until `settle`, or until it is asked for."""
        self._ranking.pause()

    def settle(self) -> None:
        """Have what was painted measured again, as `places_changed` tells; to be called when the user pauses."""
        self._ranking.go_on()
        if self._queue is not None:
            self._ranking.settle(self._show_places)

    def counts(self) -> dict[ReviewState, int] | None:
        """Return how many places have each state; None before they are ranked."""
        return None if self._queue is None else self._queue.counts()

    def reasons(self) -> str:
        """Say in words why the place is looked at."""
        if self._place is None:
            return ""
        kind = "Fibre" if self._place.kind == "fibre" else "A fibre may be missed here"
        reasons = ", ".join(reason.text for reason in self._place.reasons) or "nothing speaks against it"
        return f"{kind}: {reasons}."

    def left(self) -> str:
        """Say how much of the review is left."""
        queue = self._queue
        if queue is None:
            return "The places to look at are being ranked." if self._session else ""
        counts, suspicious = queue.counts(), queue.suspicious_left()
        return (
            f"{counted(suspicious, 'suspicious place')} left, then {counted(counts['unseen'] - suspicious, 'other')}; "
            f"{counts['accepted']:,} accepted, {counts['corrected']:,} corrected."
        )

    def offer(self, journal: JournalInfo) -> str:
        """Say what could be restored."""
        when = f"{journal.changed.astimezone():%d %B %Y at %H:%M}"
        edits = counted(journal.edits, "edit")
        if journal.is_closed:
            unsaved = ", and neither exported nor saved since" if journal.is_unsaved else ""
            return f"This image was corrected until {when}, with {edits}{unsaved}. Go on with those masks?"
        return f"A correction of this image was interrupted on {when}, with {edits}. Restore it?"

    def kept(self) -> str:
        """Say whether the corrections are exported or saved."""
        if self._session is None:
            return ""
        if self._session.is_unsaved:
            return "Not exported or saved yet; the journal keeps all edits."
        return "No edits since these masks were opened, exported or saved."

    def effort(self) -> str:
        """Say in one line what this session took."""
        if self._session is None:
            return ""
        effort = self._session.ledger.effort
        minutes, seconds = divmod(round(effort.active_s), 60)
        fibres = counted(effort.fibres, "fibre")
        return f"{minutes} min {seconds} s, {effort.strokes:,} strokes, {fibres}"

    def count_effort(self, is_on: bool) -> None:
        """Count the effort, or do not."""
        if self._session is not None:
            self._session.ledger.is_on = is_on

    def save_efforts(self, path: Path) -> None:
        """Write the efforts of all images as a table; a file that exists is not replaced, and the user is told."""
        try:
            efforts: EffortSummary = read_efforts(self.folder)
            write_effort_csv(efforts, path)
        except InputError as error:
            self.said.emit(str(error))
        else:
            self.said.emit(f"{len(efforts.sessions):,} sessions were written to {path}.")

    def journals(self, image_id: str, shape: tuple[int, int]) -> list[JournalInfo]:
        """Return the corrections of an image that can be restored, the latest first."""
        try:
            return journals_of(self.folder, image_id, shape)
        except InputError as error:
            self.said.emit(str(error))
            return []

    def _once_settled(self, act: Callable[[], object]) -> None:
        """Do something once the ranks are true: at once, unless something was painted just now."""
        if self._session is None:
            return
        self._session.about_to_look.emit()
        reviewing = self._session.reviewing
        if reviewing.queue is None:
            self._ranking.go_on()
            self.said.emit("The places to look at are not ranked yet; wait until that is done.")
            return
        if reviewing.is_stale:
            self.said.emit("What has changed is being measured.")
        self._ranking.settle(act)

    def _show_places(self) -> None:
        self.places_changed.emit()
        self.changed.emit()

    def _accept(self) -> None:
        if self._session is None or self._place is None:
            return
        try:
            place = self._session.reviewing.again(self._place)
            if place is not None:
                self._session.accept(place)
        except InputError as error:
            self.said.emit(str(error))
            return
        self._go_forwards()

    @property
    def _queue(self) -> ReviewQueue | None:
        """The places as they are ranked; None before they are, and without a correction."""
        return self._session.reviewing.queue if self._session else None

    def _go_forwards(self) -> None:
        if self._session is not None:
            queue, before = self._session.reviewing.settled(), self._place
            found = queue.next(before)
            self._go(found, "All places have been looked at.")
            was_suspicious = before is None or before.is_suspicious
            if found and was_suspicious and not found.is_suspicious and not queue.suspicious_left():
                self.said.emit(_SUSPICIOUS_ENDED)

    def _go_back(self) -> None:
        if self._session is not None:
            found = self._session.reviewing.settled().previous(self._place) if self._place else None
            self._go(found, "This is the first place.")

    def _go(self, found: Place | None, sentence_at_end: str) -> None:
        if found is None or self._session is None:
            self.said.emit(sentence_at_end)
            return
        self._place = found
        self._session.ledger.saw_activity()
        self.said.emit("")
        self.place_chosen.emit(found)
        self.changed.emit()
