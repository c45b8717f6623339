"""What is said while places are ranked, and who comes first."""

from pathlib import Path
from threading import Event, Thread

import numpy as np
from falsetasks import LateTasks

from labelbridge.core import Reporter
from labelbridge.plugin.presenters.ranking import Ranking
from labelbridge.plugin.presenters.refine import RefinePresenter
from labelbridge.plugin.presenters.reviewing import Evidence
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.plugin.presenters.tasks import Progress, TaskListener, Work


class ThreadTasks:
    """Does a task in a thread once it may begin, and tells nobody."""

    def __init__(self) -> None:
        self.is_busy = False
        self.may_begin, self.has_ended = Event(), Event()
        self.thread = Thread()

    def start(self, work: Work, listener: TaskListener) -> None:
        def run() -> None:
            self.may_begin.wait(20)
            work(Reporter())
            self.has_ended.set()

        self.is_busy = True
        self.has_ended.clear()
        self.thread = Thread(target=run)
        self.thread.start()

    def cancel(self) -> None:
        """Do nothing: there is no task, or it has ended."""


def test_progress_of_ranking_is_said_in_steps_of_a_tenth(tmp_path: Path) -> None:
    """Each new sentence has the window laid out and drawn again, while somebody may be painting."""
    tasks, said = LateTasks(), list[str]()
    ranking = Ranking(tasks, said.append)
    masks = {name: np.zeros((40, 50), np.uint8) for name in ("axon", "myelin")}
    session = CorrectionSession.begin(masks, folder=tmp_path, image="rat", image_id="x")
    ranking.begin(session, Evidence(), lambda: None)
    assert tasks.waiting is not None
    for done in range(65):
        tasks.waiting[1].progressed(Progress("measuring fibres", done / 64))
    assert len(set(said)) == 11
    assert said[0].startswith("Ranking the places to look at: 0% (measuring fibres).")
    assert said[-2].startswith("Ranking the places to look at: 90%")
    assert said[-1].startswith("Ranking the places to look at: 100%")
    session.close()


def test_ranking_waits_while_somebody_paints_and_goes_on_when_it_is_asked_for(tmp_path: Path) -> None:
    worker = ThreadTasks()
    presenter = RefinePresenter(worker, LateTasks(), tmp_path)
    masks = {name: np.zeros((40, 50), np.uint8) for name in ("axon", "myelin")}
    for go_on in (presenter.settle, presenter.next):
        worker.may_begin.clear()
        presenter.take(CorrectionSession.begin(masks, folder=tmp_path, image="rat", image_id="x"))
        presenter.pause()
        worker.may_begin.set()
        assert not worker.has_ended.wait(0.2)
        go_on()
        assert worker.has_ended.wait(20)
        worker.thread.join()
        worker.is_busy = False
    presenter.release()
