"""The journals of all images: how many lie where, what in them is in no file yet, and deleting with consent."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from psygnal import Signal

from labelbridge.core import AnyArray, InputError, Reporter, counted
from labelbridge.plugin.presenters.journaling import note_saved
from labelbridge.plugin.presenters.tasks import Failure, TaskListener, Tasks
from labelbridge.refine import JournalInfo, delete_unchanged, list_journals, older_than

__all__ = ["OLD_DAYS", "JournalKeeping", "describe", "latest_unsaved", "size_text", "unsaved_sentence"]

OLD_DAYS = 30
"""A journal that has not changed for so long is old, unless the user says otherwise."""

_KILO = 1000


class JournalKeeping:
    """Looks at the journals, notes in them what was saved, and deletes those that the user has chosen.

    Parameters
    ----------
    tasks
        Does what waits for the disk.
    folder
        Gives the folder of the journals; raises InputError where it cannot be used.

    Attributes
    ----------
    changed
        Emitted when the list is another one.
    said
        Emitted with one sentence for the user.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, tasks: Tasks, folder: Callable[[], Path]) -> None:
        self._tasks, self._preferred = tasks, folder
        self._folder: Path | None = None
        self._journals: tuple[JournalInfo, ...] | None = None
        self._must_look_again = False
        self._to_note: list[Callable[[], None]] = []

    @property
    def folder(self) -> Path | None:
        """Where the journals lie; None before somebody has looked."""
        return self._folder

    @property
    def journals(self) -> tuple[JournalInfo, ...]:
        """The journals, the latest change first; none before somebody has looked."""
        return self._journals or ()

    def look(self) -> None:
        """List the journals anew; `changed` tells when that is done."""
        if self._tasks.is_busy:
            self._must_look_again = True
            return
        try:
            self._folder = folder = self._preferred()
        except InputError as error:
            self.said.emit(str(error))
            return
        notes, self._to_note = self._to_note, []
        self._tasks.start(partial(_note_and_list, notes, folder), self._listener(self._take))

    def older_than(self, days: int, now: datetime | None = None) -> list[JournalInfo]:
        """Return the journals that nobody has open and that have not changed for so many days, the oldest first."""
        return older_than(self.journals, days, now)

    def unsaved(self, now: datetime | None = None) -> list[JournalInfo]:
        """Return the corrections of the last 30 days whose masks were neither exported nor saved."""
        return latest_unsaved(self.journals, (now or datetime.now(UTC)) - timedelta(days=OLD_DAYS))

    def note_saved(self, journal: Path, masks: Mapping[str, AnyArray]) -> None:
        """Note in the journal of an ended correction that these masks were exported or saved; `changed` tells when.

        Parameters
        ----------
        journal
            Its file.
        masks
            By class name, (Y, X), 0 outside; nobody else changes them.
        """
        self._to_note.append(partial(note_saved, journal, masks))
        self.look()

    def delete(self, chosen: Sequence[JournalInfo]) -> None:
        """Delete journals for good; one that was opened, or has grown, since it was listed is kept."""

        def work(_: Reporter) -> list[JournalInfo]:
            return delete_unchanged(chosen)

        def deleted(gone: list[JournalInfo]) -> None:
            kept = len(chosen) - len(gone)
            freed = size_text(sum(journal.size_bytes for journal in gone))
            more = f" {kept:,} changed meanwhile and {'is' if kept == 1 else 'are'} kept." if kept else ""
            self.said.emit(f"{counted(len(gone), 'journal')} deleted, {freed} freed.{more}")
            self.look()

        try:
            self._tasks.start(work, self._listener(deleted))
        except InputError as error:
            self.said.emit(str(error))

    def notice(self) -> str:
        """Say which corrections of the last days are in no file; empty where there are none."""
        return unsaved_sentence(self.unsaved())

    def summary(self) -> str:
        """Say how many journals there are, how large and how old."""
        if self._journals is None:
            return "The journals are being counted."
        if not self._journals:
            return "There are no journals yet; one begins with the first edit of an image."
        size = size_text(sum(journal.size_bytes for journal in self._journals))
        first, last = (f"{place.changed.astimezone():%d %B %Y}" for place in (self._journals[-1], self._journals[0]))
        when = f"of {last}" if first == last else f"from {first} to {last}"
        return f"{counted(len(self._journals), 'journal')}, {size}, {when}.{self._interrupted()}"

    def _interrupted(self) -> str:
        number = sum(journal.state == "interrupted" for journal in self.journals)
        return f" {number:,} can still be restored after an interruption." if number else ""

    def _take(self, journals: list[JournalInfo]) -> None:
        self._journals = tuple(journals)
        self.changed.emit()
        if self._must_look_again:
            self._must_look_again = False
            self.look()

    def _listener(self, finished: Callable[[list[JournalInfo]], object]) -> TaskListener:
        def failed(failure: Failure) -> None:
            self.said.emit(failure.sentence)

        return TaskListener(finished=finished, failed=failed)


def latest_unsaved(journals: Sequence[JournalInfo], since: datetime) -> list[JournalInfo]:
    """Return the corrections, changed since, whose masks were neither exported nor saved.

    Only the latest of each image counts, and none that a window has open.

    Parameters
    ----------
    journals
        The latest change first.
    since
        With its time zone.
    """
    latest: dict[str, JournalInfo] = {}
    for journal in journals:
        if journal.header is not None and journal.edits:
            latest.setdefault(journal.header.image_id, journal)
    return [one for one in latest.values() if one.is_unsaved and not one.is_in_use and one.changed >= since]


def unsaved_sentence(journals: Sequence[JournalInfo]) -> str:
    """Say that the masks of these corrections are in no file, and what to do; empty where there are none.

    Parameters
    ----------
    journals
        The latest change first; all with a header.
    """
    if not journals:
        return ""
    latest = journals[0]
    image = latest.header.image if latest.header else latest.path.name
    edits = counted(latest.edits, "edit")
    which = f"'{image}' ({edits}, {latest.changed.astimezone():%d %B %Y})"
    if len(journals) == 1:
        return f"Neither exported nor saved: the correction of {which}. Open the image to go on with it."
    return (
        f"Neither exported nor saved: the corrections of {len(journals):,} images, the latest of {which}. Open one to "
        "go on with its masks."
    )


def describe(journal: JournalInfo) -> tuple[str, str, str, str, str]:
    """Return a journal's line in a list: image, day of the latest change, number of edits, size, state."""
    header = journal.header
    return (
        header.image if header else journal.path.name,
        f"{journal.changed.astimezone():%Y-%m-%d}",
        f"{journal.edits:,}",
        size_text(journal.size_bytes),
        journal.state,
    )


def size_text(size_bytes: int) -> str:
    """Return a size on the disk in the unit that suits it."""
    if size_bytes < _KILO**2:
        return f"{size_bytes / _KILO:.0f} kB"
    return f"{size_bytes / _KILO**2:.1f} MB" if size_bytes < _KILO**3 else f"{size_bytes / _KILO**3:.1f} GB"


def _note_and_list(notes: Sequence[Callable[[], None]], folder: Path, _: Reporter) -> list[JournalInfo]:
    """Note what was saved, as far as the journals can be had; list them then."""
    for note in notes:
        with suppress(InputError):
            note()
    return list_journals(folder)
