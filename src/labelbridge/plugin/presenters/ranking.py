"""The ranking of an image's places, made and kept up to date by a worker, one image after the other."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Event
from typing import Any

from labelbridge.core import Reporter
from labelbridge.plugin.presenters.patience import PatientReporter
from labelbridge.plugin.presenters.reviewing import Evidence
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.plugin.presenters.tasks import Failure, Progress, TaskListener, Tasks, Work
from labelbridge.refine.review import Outline, Place

__all__ = ["Ranking"]

Then = Callable[[], object]


class Ranking:
    """Has a worker build the review queue of the session that was chosen last, measure again what changes, and outline.

    While somebody paints the worker can be left waiting: it would take the time from the window.

    Parameters
    ----------
    tasks
        Does the work.
    say
        Called with one sentence for the user; empty where there is nothing to say.
    """

    def __init__(self, tasks: Tasks, say: Callable[[str], object]) -> None:
        self._tasks, self._say = tasks, say
        self._session: CorrectionSession | None = None
        self._build: Work | None = None
        self._waiting: list[Then] = []
        self._is_outlining = False
        self._to_outline: Sequence[Place] = ()
        self._take_outlines: Callable[[Mapping[Place, Outline]], object] | None = None
        self._may_go_on = Event()

    def begin(self, session: CorrectionSession, evidence: Evidence, then: Then) -> None:
        """Rank the places of a session, then call `then`; the one before is left as soon as the worker has noticed."""
        self.cancel()
        self._session, self._build = session, session.review_work(evidence)
        self._waiting = [then]
        self.go_on()
        self._do_next()

    def settle(self, then: Then) -> None:
        """Go on, and call `then` once all that has changed is measured again: at once where nothing has."""
        self.go_on()
        if self._session is None or not self._session.reviewing.is_stale:
            then()
            return
        self._waiting.append(then)
        if self._is_outlining:
            self._tasks.cancel()
        self._do_next()

    def outline(self, places: Sequence[Place], take: Callable[[Mapping[Place, Outline]], object]) -> None:
        """Outline places when there is time, and give the outlines to `take`; what was asked for before is left."""
        self._to_outline, self._take_outlines = places, take
        self._do_next()

    def pause(self) -> None:
        """Let the worker wait at its next checkpoint, until somebody calls `go_on` or `settle`."""
        self._may_go_on.clear()

    def go_on(self) -> None:
        """Let the worker go on."""
        self._may_go_on.set()

    def cancel(self) -> None:
        """Leave it."""
        self._session = self._build = self._take_outlines = None
        self._waiting, self._to_outline = [], ()
        self._tasks.cancel()

    def _do_next(self) -> None:
        """Do what comes first, unless the worker is busy."""
        if self._tasks.is_busy or self._session is None:
            return
        reviewing = self._session.reviewing
        if self._build is not None:
            self._start(self._build, self._adopt)
        elif self._waiting and (work := reviewing.settling()):
            self._start(work, reviewing.take)
        elif self._waiting:
            waiting, self._waiting = self._waiting, []
            for then in waiting:
                then()
            self._do_next()
        elif self._to_outline and self._take_outlines is not None:
            places, self._to_outline = self._to_outline, ()
            self._start(reviewing.outlining(places), self._take_outlines)
            self._is_outlining = True

    def _start(self, work: Work, take: Callable[[Any], object]) -> None:
        session = self._session
        self._is_outlining = False

        def finished(result: Any) -> None:
            if session is self._session:
                take(result)
            self._do_next()

        def failed(failure: Failure) -> None:
            if session is self._session:
                self._fail(failure)
            self._do_next()

        self._tasks.start(
            partial(_patiently, work, self._may_go_on),
            TaskListener(progressed=self._progressed, finished=finished, cancelled=self._do_next, failed=failed),
        )

    def _adopt(self, queue: Any) -> None:
        self._build = None
        if self._session is not None:
            self._session.adopt(queue)
        self._say("")

    def _fail(self, failure: Failure) -> None:
        """Say it, and leave what waits for it; it is tried again when somebody asks again."""
        if self._session is not None:
            self._session.reviewing.give_back()
        self._build, self._waiting = None, []
        self._say(f"The places could not be ranked: {failure.sentence}")

    def _progressed(self, progress: Progress) -> None:
        """Say it in steps of a tenth: for each new sentence the window is laid out and drawn again."""
        if self._build is not None:
            share = "" if progress.fraction is None else f" {int(10 * progress.fraction) / 10:.0%}"
            self._say(f"Ranking the places to look at:{share} ({progress.stage}). You can paint meanwhile.")


def _patiently(work: Work, may_go_on: Event, reporter: Reporter) -> Any:
    """Do what takes long, but neither begin nor go on while others come first."""
    patient = PatientReporter(reporter, may_go_on)
    patient.checkpoint()
    return work(patient)
