"""The journals of a folder."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from labelbridge.core import InputError
from labelbridge.io.atomic import patiently, saying_why
from labelbridge.io.filelock import is_locked
from labelbridge.refine.header import JournalHeader, read_header
from labelbridge.refine.journal import JOURNAL_ENDING
from labelbridge.refine.records import Kind, Record, are_saved_after, read_records

__all__ = ["JournalInfo", "delete_journals", "delete_unchanged", "list_journals", "older_than"]


@dataclass(frozen=True)
class JournalInfo:
    """What a list of journals tells of one.

    Attributes
    ----------
    path
        The file.
    header
        What it is about; None where the file is damaged at its start or of a newer LabelBridge.
    changed
        When something was last appended, UTC.
    size_bytes
        Length of the file.
    edits
        Number of edits in it.
    is_closed
        Whether it was closed properly; one that is neither closed nor in use was left by a crash.
    is_in_use
        Whether a window has it open now.
    is_saved
        Whether the masks have not changed since they were exported or saved, or at all, as far as the journal tells.
    """

    path: Path
    header: JournalHeader | None
    changed: datetime
    size_bytes: int
    edits: int
    is_closed: bool
    is_in_use: bool
    is_saved: bool

    @property
    def is_unsaved(self) -> bool:
        """Whether it holds masks that were neither exported nor saved; False where the journal does not note that."""
        return self.header is not None and self.header.notes_saves and not self.is_saved

    @property
    def is_finished(self) -> bool:
        """Whether nothing in it waits for anybody: it was closed, and its masks were exported or saved."""
        return self.state == "finished"

    @property
    def state(self) -> str:
        """How it stands, in a word or three for the user."""
        if self.is_in_use:
            return "open"
        if self.header is None:
            return "cannot be read"
        if not self.is_closed:
            return "interrupted"
        return "not exported" if self.is_unsaved else "finished"


def list_journals(folder: Path) -> list[JournalInfo]:
    """Return the journals of a folder, the latest change first; none where there is no such folder.

    Only the heads of their records are read, so damage inside an edit is not noticed here.

    Raises
    ------
    InputError
        Where the folder cannot be read.
    """
    found = []
    try:
        paths = [path for path in folder.iterdir() if path.suffix == JOURNAL_ENDING] if folder.is_dir() else []
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror}); check its permissions.") from error
    for path in paths:
        with suppress(OSError):  # gone or locked away meanwhile
            found.append(_look_at(path))
    return sorted(found, key=lambda info: info.changed, reverse=True)


def older_than(journals: Iterable[JournalInfo], days: int, now: datetime | None = None) -> list[JournalInfo]:
    """Return the journals that nobody has open and that have not changed for so many days, the oldest first.

    Parameters
    ----------
    journals
        As `list_journals` gives them.
    days
        How many.
    now
        Until when, with its time zone; None is now.
    """
    until = (now or datetime.now(UTC)) - timedelta(days=days)
    old = [journal for journal in journals if not journal.is_in_use and journal.changed <= until]
    return sorted(old, key=lambda journal: journal.changed)


def delete_journals(paths: Iterable[Path]) -> None:
    """Delete the given journals for good.

    Raises
    ------
    InputError
        Where one is no journal or is in use (none is deleted then), or cannot be deleted.
    """
    chosen = list(paths)
    for path in chosen:
        if path.suffix != JOURNAL_ENDING:
            raise InputError(f"{path}: got a file that is no journal, expected one ending in {JOURNAL_ENDING}.")
        if is_locked(path):
            raise InputError(f"{path}: this journal is in use by another window; close it there, then try again.")
    for path in chosen:
        with saying_why(path):
            patiently(partial(path.unlink, missing_ok=True))


def delete_unchanged(journals: Iterable[JournalInfo]) -> list[JournalInfo]:
    """Delete journals for good that are still as a list told; return those that were deleted.

    One that a window has opened or that has grown since is kept.

    Raises
    ------
    InputError
        Where one cannot be deleted; those before it are gone.
    """
    deleted = []
    for journal in journals:
        with suppress(OSError):  # gone meanwhile
            if not journal.is_in_use and _look_at(journal.path) == journal:
                delete_journals([journal.path])
                deleted.append(journal)
    return deleted


def _look_at(path: Path) -> JournalInfo:
    about = path.stat()
    with path.open("rb") as file:
        records = list(read_records(file, about.st_size, with_payloads=False))
    last = records[-1] if records else None
    is_saved = True
    for record in records:
        is_saved = are_saved_after(record.kind, is_saved)
    return JournalInfo(
        path,
        _header(records, path),
        datetime.fromtimestamp(last.time_s if last else about.st_mtime, UTC),
        about.st_size,
        sum(record.kind == Kind.EDIT for record in records),
        last is not None and last.kind == Kind.CLOSED and last.end == about.st_size,
        is_locked(path),
        is_saved,
    )


def _header(records: list[Record], path: Path) -> JournalHeader | None:
    try:
        return read_header(records[0] if records else None, path)
    except InputError:
        return None
