"""What the Refine dock decides: which place is looked at, which repair is chosen, and what is said about both."""

from collections.abc import Mapping
from pathlib import Path

from psygnal import Signal

from labelbridge.core import FloatArray, InputError, LabelMap
from labelbridge.plugin.presenters.journaling import journals_of
from labelbridge.plugin.presenters.ranking import Ranking
from labelbridge.plugin.presenters.repairing import Repairing
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.plugin.presenters.tasks import Tasks
from labelbridge.refine import JournalInfo
from labelbridge.refine.effort import EffortSummary, read_efforts, write_effort_csv
from labelbridge.refine.review import Place, ReviewState

__all__ = ["RefinePresenter"]


class RefinePresenter:
    """The state of the Refine dock, without a window.

    Parameters
    ----------
    ranking, repairs
        Do what takes long, beside each other: ranking the places, and repairs of a whole image.
    folder
        Where journals and efforts lie.

    Attributes
    ----------
    folder
        As given.
    repairing
        The repair that is chosen.
    changed
        Emitted when the dock has something else to show.
    place_chosen
        Emitted with the place to be centred.
    said
        Emitted with one sentence for the user; empty where there is nothing to say.
    """

    changed = Signal()
    place_chosen = Signal(Place)
    said = Signal(str)

    def __init__(self, ranking: Tasks, repairs: Tasks, folder: Path) -> None:
        self.folder = folder
        self.repairing = Repairing(repairs)
        self._ranking = Ranking(ranking, self.said.emit)
        self._session: CorrectionSession | None = None
        self._place: Place | None = None
        self.repairing.said.connect(self.said.emit)

    @property
    def session(self) -> CorrectionSession | None:
        """The correction of the image that is chosen; None before one is begun."""
        return self._session

    @property
    def place(self) -> Place | None:
        """The place that is looked at."""
        return self._place

    def take(
        self,
        session: CorrectionSession,
        uncertainty: FloatArray | None = None,
        paths: Mapping[str, LabelMap] | None = None,
    ) -> None:
        """Correct another image, and let a worker rank the places to look at.

        Parameters
        ----------
        session
            Its correction; the one before ends.
        uncertainty
            (Y, X), float32, 0 certain to 1 undecided; None where there is none.
        paths
            Masks of further paths for the same image, by name.
        """
        self.release()
        self._session = self.repairing.session = session
        session.changed.connect(self.changed.emit)
        self._ranking.begin(session, uncertainty, paths)
        self.changed.emit()

    def release(self) -> None:
        """End the correction; everything is on the disk afterwards, or the user is told."""
        session = self._session
        if session is None:
            return
        self.repairing.leave()
        self._ranking.cancel()
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
        self._go(forwards=True)

    def previous(self) -> None:
        """Go to the place before, whatever its state."""
        self._go(forwards=False)

    def accept(self) -> None:
        """Mark the place as looked at, and go to the next one."""
        if self._session is None or self._place is None:
            self.said.emit("There is no place to accept; go to the next one first.")
            return
        try:
            place = self._session.reviewing.again(self._place)
            if place is not None:
                self._session.accept(place)
        except InputError as error:
            self.said.emit(str(error))
            return
        self.next()

    def settle(self) -> None:
        """Measure again what was painted; to be called when the user pauses."""
        if self._session and self._session.reviewing.is_stale:
            self._session.reviewing.settle()
            self.changed.emit()

    def counts(self) -> dict[ReviewState, int] | None:
        """Return how many places have each state; None before they are ranked."""
        queue = self._session.reviewing.queue if self._session else None
        return queue.counts() if queue else None

    def reasons(self) -> str:
        """Say in words why the place is looked at."""
        if self._place is None:
            return ""
        kind = "Fibre" if self._place.kind == "fibre" else "A fibre may be missed here"
        reasons = ", ".join(reason.text for reason in self._place.reasons) or "nothing speaks against it"
        return f"{kind}: {reasons}."

    def left(self) -> str:
        """Say how much of the review is left."""
        counts = self.counts()
        if counts is None:
            return "The places to look at are being ranked." if self._session else ""
        done = counts["accepted"] + counts["corrected"]
        return (
            f"{counts['unseen']:,} of {done + counts['unseen']:,} places left; {counts['accepted']:,} accepted, "
            f"{counts['corrected']:,} corrected."
        )

    def offer(self, journal: JournalInfo) -> str:
        """Say what could be restored."""
        when = f"{journal.changed.astimezone():%d %B %Y at %H:%M}"
        edits = "1 edit" if journal.edits == 1 else f"{journal.edits:,} edits"
        if journal.is_closed:
            return f"This image was corrected until {when}, with {edits}. Go on with those masks?"
        return f"A correction of this image was interrupted on {when}, with {edits}. Restore it?"

    def effort(self) -> str:
        """Say in one line what this session took."""
        if self._session is None:
            return ""
        effort = self._session.ledger.effort
        minutes, seconds = divmod(round(effort.active_s), 60)
        return f"{minutes} min {seconds} s, {effort.strokes:,} strokes, {effort.fibres:,} fibres"

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

    def _go(self, *, forwards: bool) -> None:
        if self._session is None:
            return
        try:
            queue = self._session.reviewing.settled()
        except InputError as error:
            self.said.emit(str(error))
            return
        place = self._place
        if forwards:
            found = queue.next(place)
        else:
            found = queue.previous(place) if place else None
        if found is None:
            self.said.emit("All places have been looked at." if forwards else "This is the first place.")
            return
        self._place = found
        self._session.ledger.saw_activity()
        self.said.emit("")
        self.place_chosen.emit(found)
        self.changed.emit()
