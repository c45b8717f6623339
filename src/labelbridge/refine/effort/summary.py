"""All sessions of a folder: totals by image and by day, in plain words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from labelbridge.core import InputError, counted
from labelbridge.refine.effort.session import EFFORT_ENDING, EffortSession, read_session
from labelbridge.refine.effort.tally import Effort

__all__ = ["EffortSummary", "read_efforts"]

_Key = TypeVar("_Key")

_ORIGINS = {
    "bootstrapped": "the first masks were bootstrapped",
    "none": "everything was drawn",
    "other": "the first masks came from files",
    "unknown": "nobody noted where the first masks came from",
}


@dataclass(frozen=True)
class EffortSummary:
    """Sessions and what they add up to.

    Attributes
    ----------
    sessions
        From the first to the latest.
    unreadable
        A sentence for each file that could not be read and does not count.
    """

    sessions: tuple[EffortSession, ...]
    unreadable: tuple[str, ...] = ()

    @property
    def total(self) -> Effort:
        """What all sessions took."""
        return sum((session.effort for session in self.sessions), Effort())

    def by_image(self) -> dict[str, Effort]:
        """Return what each image took, by its id; `EffortSession.image` is its name."""
        return _totals(self.sessions, lambda session: session.image_id)

    def by_day(self) -> dict[date, Effort]:
        """Return what was done each day, from the first to the latest."""
        return _totals(self.sessions, lambda session: session.day)

    def by_first_masks(self) -> dict[str, Effort]:
        """Return what the images took by a `FirstMasks` each: where the masks of an image's first session came from."""
        origins = {session.image_id: session.first_masks for session in reversed(self.sessions)}
        return _totals(self.sessions, lambda session: origins[session.image_id])

    def sentences(self) -> list[str]:
        """Say in plain words what was done, and how long a fibre took by where its first masks came from."""
        if not self.sessions:
            return ["No work has been counted yet."]
        total = self.total
        images, days = len(self.by_image()), len(self.by_day())
        pauses_s = sorted({session.idle_after_s for session in self.sessions})
        limits = " or ".join(f"{pause_s:g}" for pause_s in pauses_s)
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(total.repairs.items()))
        return [
            f"{counted(images, 'image')} in {counted(len(self.sessions), 'session')} on {counted(days, 'day')}: "
            f"{_duration(total.active_s)} of work; pauses longer than {limits} s do not count.",
            f"{counted(total.strokes, 'stroke')}, {counted(sum(total.repairs.values()), 'repair')}"
            f"{f' ({kinds})' if kinds else ''}, {counted(total.undos, 'undo')}, "
            f"{counted(total.pixels_changed, 'pixel')} changed.",
            f"{counted(total.fibres_accepted, 'fibre')} accepted as they were, {total.fibres_corrected:,} corrected.",
            *self._paces(),
        ]

    def _paces(self) -> list[str]:
        paces = {origin: effort for origin, effort in self.by_first_masks().items() if effort.fibres}
        return [
            f"{one.active_s / one.fibres:.1f} s a fibre where {_ORIGINS[origin]} ({counted(one.fibres, 'fibre')})."
            for origin, one in paces.items()
        ]


def read_efforts(folder: Path) -> EffortSummary:
    """Read all sessions of a folder; none where there is no such folder.

    Raises
    ------
    InputError
        Where the folder cannot be read.
    """
    try:
        paths = sorted(folder.glob(f"[!.]*{EFFORT_ENDING}")) if folder.is_dir() else []
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror}); check its permissions.") from error
    sessions: list[EffortSession] = []
    unreadable: list[str] = []
    for path in paths:
        try:
            sessions.append(read_session(path))
        except InputError as error:
            unreadable.append(str(error))
    return EffortSummary(tuple(sorted(sessions, key=lambda session: session.started)), tuple(unreadable))


def _totals(sessions: Iterable[EffortSession], key: Callable[[EffortSession], _Key]) -> dict[_Key, Effort]:
    groups: dict[_Key, Effort] = {}
    for session in sessions:
        name = key(session)
        groups[name] = groups.get(name, Effort()) + session.effort
    return groups


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
