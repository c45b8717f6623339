"""Ranking the places of an image in a worker, one image after the other."""

from collections.abc import Callable, Mapping
from typing import Any

from labelbridge.core import FloatArray, LabelMap
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.plugin.presenters.tasks import Failure, Progress, TaskListener, Tasks, Work

__all__ = ["Ranking"]


class Ranking:
    """Has a worker build the review queue of the session that was chosen last.

    Parameters
    ----------
    tasks
        Does the work.
    say
        Called with one sentence for the user; empty where there is nothing to say.
    """

    def __init__(self, tasks: Tasks, say: Callable[[str], object]) -> None:
        self._tasks, self._say = tasks, say
        self._wanted: tuple[CorrectionSession, Work] | None = None

    def begin(
        self,
        session: CorrectionSession,
        uncertainty: FloatArray | None,
        paths: Mapping[str, LabelMap] | None,
    ) -> None:
        """Rank the places of a session; the one before is left as soon as the worker has noticed."""
        self._wanted = session, session.review_work(uncertainty, paths)
        if self._tasks.is_busy:
            self._tasks.cancel()
        else:
            self._start()

    def cancel(self) -> None:
        """Leave it."""
        self._wanted = None
        self._tasks.cancel()

    def _start(self) -> None:
        if self._wanted is None:
            return
        session, work = self._wanted

        def finished(queue: Any) -> None:
            if self._is_wanted(session):
                self._wanted = None
                session.adopt(queue)
                self._say("")
            self._start()

        def failed(failure: Failure) -> None:
            if self._is_wanted(session):
                self._wanted = None
                self._say(f"The places could not be ranked: {failure.sentence}")
            self._start()

        self._tasks.start(
            work, TaskListener(progressed=self._progressed, finished=finished, cancelled=self._start, failed=failed)
        )

    def _is_wanted(self, session: CorrectionSession) -> bool:
        return self._wanted is not None and self._wanted[0] is session

    def _progressed(self, progress: Progress) -> None:
        if self._wanted is not None:
            share = "" if progress.fraction is None else f" {progress.fraction:.0%}"
            self._say(f"Ranking the places to look at:{share} ({progress.stage}). You can paint meanwhile.")
