"""The window's side: one warm child process, asked from a worker thread."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self, TypeAlias

from labelbridge.bootstrap.advice.found import Advice
from labelbridge.bootstrap.plan import Plan
from labelbridge.bootstrap.server.failures import OutOfMemory, as_error, death_of
from labelbridge.bootstrap.server.listening import hear_out
from labelbridge.bootstrap.server.messages import (
    AdviceRequest,
    Answered,
    Ask,
    Failed,
    Request,
    SetsRequest,
    TrialRequest,
)
from labelbridge.bootstrap.server.parcels import read_parcel, write_parcel
from labelbridge.bootstrap.server.process import ChildProcess
from labelbridge.bootstrap.server.results import Findings, Outcome
from labelbridge.bootstrap.server.windowing import Window, cut_out, with_margin
from labelbridge.bootstrap.sets.found import SetsFound
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.bootstrap.trial.forecast import Trial
from labelbridge.core import Cancelled, Image, LabelBridgeError, Reporter, make_scratch_folder

__all__ = ["InferenceClient"]

_Request: TypeAlias = Request | SetsRequest | TrialRequest

_CLOSE_S = 0.7
"""The child then has half a second to clean up."""

_IDLE_END = 0
"""Exit code of a child that was idle for too long."""


class InferenceClient:
    """Bootstraps, and looks ahead at trainings, in a child process that the first request starts and the next ones use.

    Requests block: make them in a worker thread. They take turns. `close` may be called from any thread. All of them
    raise

    - `Cancelled` within two seconds after the reporter asked to stop, or when the client was closed: a child that has
      not come to a safe point within the grace is ended, and the next request starts another one. What a training had
      saved until then is taken up by the same request later;
    - `InputError` where the plan or an image cannot be used;
    - `InferenceFailed`, with details, for all else. The next request works again.

    Where the memory of a graphics card is not enough, the request goes on with smaller tiles and at last on the CPU;
    the reporter hears a sentence.

    Parameters
    ----------
    grace_s
        Seconds that a run has for coming to a safe point when it was asked to stop.
    idle_s
        Seconds without a request after which the child ends, so that the memory of the graphics card is free.

    Attributes
    ----------
    device
        What the latest masks were or are computed on: ``cpu``, ``cuda`` or ``mps``; None before the first.
    """

    def __init__(self, *, grace_s: float = 1.5, idle_s: float = 600.0) -> None:
        self.device: str | None = None
        self._grace_s, self._idle_s = grace_s, idle_s
        self._exchange = make_scratch_folder(self)
        self._numbers = count()
        self._turn, self._starting = Lock(), Lock()
        self._child: ChildProcess | None = None
        self._closed = False
        self._labeled: tuple[Plan, Path] | None = None

    def survey(self, plan: Plan, unlabeled: Sequence[Image], reporter: Reporter | None = None) -> Findings:
        """Compare L and U, before anything runs.

        Parameters
        ----------
        plan
            What to do with which model. Where its labelled images and examples are the same objects as in the request
            before, they are not handed over again: do not change them in place.
        unlabeled
            All images of U at hand.
        reporter
            Receives progress and may ask to stop.
        """
        findings: Findings = self._ask(Request(plan, unlabeled), reporter or Reporter())
        return findings

    def run(self, plan: Plan, unlabeled: Sequence[Image], image: Image, reporter: Reporter | None = None) -> Outcome:
        """Make the masks of an image; trains first where the plan needs it.

        Parameters
        ----------
        plan, unlabeled, reporter
            As for `survey`, whose findings are used again where they are the same.
        image
            One of `unlabeled`, or a part of one under the same name.
        """
        outcome: Outcome = self._ask(Request(plan, unlabeled, image), reporter or Reporter())
        return outcome

    def preview(
        self,
        plan: Plan,
        unlabeled: Sequence[Image],
        image: Image,
        window: Window,
        reporter: Reporter | None = None,
    ) -> Outcome:
        """Make the masks of a window of an image, which is seen with some of what lies around it.

        Parameters
        ----------
        plan, unlabeled, image, reporter
            As for `run`.
        window
            Rows and columns in px.

        Returns
        -------
        Outcome
            Of exactly the window's shape.
        """
        seen, inner = with_margin(image, window)
        return cut_out(self.run(plan, unlabeled, seen, reporter), inner)

    def advise(
        self,
        stock: Plan,
        unlabeled: Sequence[Image],
        reporter: Reporter | None = None,
        *,
        minutes: float | None = None,
    ) -> Advice:
        """Try the paths that there are on a few tiles, and recommend one.

        Parameters
        ----------
        stock
            Labels and models at hand, as `survey` takes them; the path does not count.
        unlabeled, reporter
            As for `survey`.
        minutes
            How long models that are missing may be trained; None trains nothing.
        """
        advice: Advice = self._ask(AdviceRequest(stock, unlabeled, minutes=minutes), reporter or Reporter())
        return advice

    def look_at_sets(self, task: TranslatorTask | TutorshipTask, reporter: Reporter | None = None) -> SetsFound:
        """Look at the images of a training before it starts; what is wrong with them is part of the answer.

        Parameters
        ----------
        task
            The training.
        reporter
            Receives progress and may ask to stop.
        """
        found: SetsFound = self._ask(SetsRequest(task), reporter or Reporter())
        return found

    def try_training(self, task: TranslatorTask | TutorshipTask, reporter: Reporter | None = None) -> Trial:
        """Do some seconds of a training, to tell how long it takes and what memory it needs.

        Parameters
        ----------
        task, reporter
            As for `look_at_sets`.
        """
        trial: Trial = self._ask(TrialRequest(task), reporter or Reporter())
        return trial

    def interrupt(self) -> None:
        """End the child within about a second, from any thread; the next request starts another one.

        Let the reporter of a request that runs ask to stop before: it ends as cancelled then.
        """
        with self._starting:
            child, self._child = self._child, None
        if child:
            child.end(_CLOSE_S)

    def close(self) -> None:
        """End the child as `interrupt` does; a request that runs ends as cancelled, and none may follow."""
        with self._starting:
            self._closed = True
        self.interrupt()
        shutil.rmtree(self._exchange, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, request: _Request, reporter: Reporter) -> Any:
        with self._turn:
            try:
                return self._asked_within_memory(request, reporter)
            except LabelBridgeError as error:
                if self._closed:
                    raise Cancelled("The window was closed.") from error
                raise

    def _asked_within_memory(self, request: _Request, reporter: Reporter) -> Any:
        try:
            return self._asked(request, reporter)
        except OutOfMemory:
            if self.device in (None, "cpu") or not isinstance(request, Request):
                raise
        reporter.say(f"The memory is not enough with {self.device}: it goes on with the CPU, which takes longer.")
        return self._asked(request.on_cpu(), reporter)

    def _asked(self, request: _Request, reporter: Reporter) -> Any:
        labeled = None
        if isinstance(request, Request):
            labeled = self._hand_over_labeled(request.plan, reporter)
            request = replace(request, plan=replace(request.plan, labeled=(), examples=()))
        parcel = self._new_folder()
        write_parcel(parcel, request, reporter.checkpoint)
        try:
            return self._answer_to(Ask(parcel, labeled), reporter)
        finally:
            shutil.rmtree(parcel, ignore_errors=True)

    def _answer_to(self, ask: Ask, reporter: Reporter) -> Any:
        child = self._warm_child()
        child.send(ask)
        try:
            end = hear_out(child, reporter, self._grace_s, self._use)
        except BaseException:  # a reporter that fails must not leave a run behind
            self._drop(child)
            raise
        if isinstance(end, Answered):
            return self._taken(end.parcel, reporter)
        if isinstance(end, Failed):
            reporter.checkpoint()
            raise as_error(end)
        last_words = child.last_words()
        self._drop(child)
        reporter.checkpoint()
        if end is None or self._closed:
            raise Cancelled("The run was cancelled.")
        if end.exit_code == _IDLE_END:  # it was just about to end when the request came
            return self._answer_to(ask, reporter)
        raise death_of(end.exit_code, last_words)

    def _taken(self, parcel: Path, reporter: Reporter) -> Any:
        try:
            reporter.checkpoint()
            return read_parcel(parcel, own=True, check=reporter.checkpoint)
        finally:
            shutil.rmtree(parcel, ignore_errors=True)

    def _hand_over_labeled(self, plan: Plan, reporter: Reporter) -> Path:
        """Return the parcel with L's images, the latest one where they are the same objects."""
        if self._labeled is not None:
            before, parcel = self._labeled
            if before.labeled is plan.labeled and before.examples is plan.examples:
                return parcel
            self._labeled = None
            shutil.rmtree(parcel, ignore_errors=True)
        parcel = self._new_folder()
        write_parcel(parcel, (plan.labeled, plan.examples), reporter.checkpoint)
        self._labeled = plan, parcel
        return parcel

    def _warm_child(self) -> ChildProcess:
        """Return the child, started anew where it has ended."""
        before = self._child
        if before and not before.is_alive:
            self._drop(before)
        with self._starting:
            if self._closed:
                raise Cancelled("The window was closed.")
            self._child = self._child or ChildProcess(self._exchange, self._idle_s)
            return self._child

    def _drop(self, child: ChildProcess) -> None:
        """End a child at once, and remove what it had not handed over."""
        with self._starting:
            if self._child is child:
                self._child = None
        child.end(0)
        for left in self._exchange.glob("from-*"):
            shutil.rmtree(left, ignore_errors=True)

    def _use(self, device: str) -> None:
        self.device = device

    def _new_folder(self) -> Path:
        return self._exchange / f"to-{next(self._numbers)}"
