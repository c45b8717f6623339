"""The ledger listens to what happens to an image and counts it."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from labelbridge.refine.edits import Edit
from labelbridge.refine.effort.saver import Saver
from labelbridge.refine.effort.session import EffortSession, FirstMasks, session_file
from labelbridge.refine.effort.tally import IDLE_AFTER_S, ActiveTime, Effort, effort_of

__all__ = ["SAVED_EVERY_S", "EffortLedger"]

SAVED_EVERY_S = 2.0
"""What is counted is on the disk after so many seconds, unless told otherwise."""


def _local_time() -> datetime:
    return datetime.now().astimezone()


class EffortLedger:
    """Counts the work on one image, in a small file of its own that is saved while it grows; for one thread.

    Nothing leaves the computer. Each call is a sign of work. The time between two signs counts where it is no longer
    than `idle_after_s`; longer pauses do not count at all. At midnight another session begins, and with it another
    file. Without a sign of work there is no file.

    Parameters
    ----------
    folder
        Where the file goes, e.g. that of the journals; made where there is none.
    image
        Name of the image, for the user.
    image_id
        What tells the image from others, e.g. `labelbridge.io.hash_images` of it: all its sessions add up.
    first_masks
        Where the masks came from that the work begins with.
    idle_after_s
        Longest pause in seconds that counts as work.
    is_on
        Whether it counts.
    saved_every_s
        Seconds between one saving and the next: more than these a crash cannot take away.
    clock
        Gives seconds and never goes back: a change of the system's time does not matter.
    now
        Gives the user's date and time, with the time zone.
    """

    def __init__(
        self,
        folder: Path,
        *,
        image: str,
        image_id: str,
        first_masks: FirstMasks = "unknown",
        idle_after_s: float = IDLE_AFTER_S,
        is_on: bool = True,
        saved_every_s: float = SAVED_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _local_time,
    ) -> None:
        started = now()
        self._session = EffortSession(
            image=image,
            image_id=image_id,
            first_masks=first_masks,
            started=started,
            ended=started,
            idle_after_s=idle_after_s,
        )
        self._folder = folder
        self._path: Path | None = None
        self._is_on = is_on
        self._time = ActiveTime(clock, idle_after_s)
        self._now = now
        self._saver = Saver(saved_every_s)

    @property
    def effort(self) -> Effort:
        """What was counted in this session."""
        return self._session.effort

    @property
    def path(self) -> Path | None:
        """The session's file, which may follow in some seconds; None before the first sign of work."""
        return self._path

    @property
    def problem(self) -> str | None:
        """One sentence while the disk does not take what was counted, else None."""
        return self._saver.problem

    @property
    def is_on(self) -> bool:
        """Whether it counts; what happens while it is off is not counted later."""
        return self._is_on

    @is_on.setter
    def is_on(self, is_on: bool) -> None:
        self._is_on = is_on
        self._time.pause()

    def saw_activity(self) -> None:
        """Take a sign of work that is nothing else, such as a move of the mouse over the image."""
        self._add(Effort())

    def saw_edit(self, edit: Edit, *, continues: bool = False) -> None:
        """Count a stroke or a repair; with `continues` its pixels alone, as `History.record` takes it."""
        if self._is_on:
            self._add(effort_of(edit, continues=continues))

    def saw_undo(self) -> None:
        """Count an edit that was taken back."""
        self._add(Effort(undos=1))

    def saw_redo(self) -> None:
        """Count an edit that was done again."""
        self._add(Effort(redos=1))

    def saw_accept(self) -> None:
        """Count a fibre that was accepted as it was."""
        self._add(Effort(fibres_accepted=1))

    def saw_correction(self) -> None:
        """Count a fibre that was accepted after it was changed."""
        self._add(Effort(fibres_corrected=1))

    def close(self, timeout_s: float = 2.0) -> None:
        """Bring what was counted to the disk and count no more; closing twice does nothing."""
        self.is_on = False
        self._saver.close(timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _add(self, effort: Effort) -> None:
        if not self._is_on:
            return
        now = self._now()
        if self._path is None or now.date() != self._session.day:
            self._path = self._begin(now)
        counted = self.effort + effort + Effort(active_s=self._time.step())
        self._session = self._session.model_copy(update={"effort": counted, "ended": now})
        self._saver.put(self._path, self._session)

    def _begin(self, now: datetime) -> Path:
        """Begin a session and return its file."""
        self._session = self._session.model_copy(update={"effort": Effort(), "started": now})
        return session_file(self._folder, self._session)
