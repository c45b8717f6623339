"""Looking at the jobs of a store again and again, and reading only what may have changed."""

import os
from dataclasses import dataclass
from pathlib import Path

from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.store import JobInfo, JobStore, newest_first

__all__ = ["JobWatch", "stamp_of"]

_Stamp = tuple[int, int] | None


def stamp_of(file: Path) -> tuple[int, int] | None:
    """Return what changes whenever a file is replaced or grows: time and size; None where it is not there."""
    try:
        stat = os.stat(file)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


class JobWatch:
    """Knows what a store's jobs were when it looked last; for a thread that may wait for disks.

    A job that has ended is read again when its files are others; one that runs, each time: readers find out that it is
    lost.

    Parameters
    ----------
    store
        The jobs.
    """

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._seen: dict[Path, _Seen] = {}

    def look(self) -> list[JobInfo]:
        """Return all jobs as `JobStore.jobs` does; one that is as before is the same object as before."""
        seen = {folder.path: self._look_at(folder) for folder in self._store.folders()}
        self._seen = seen
        return newest_first(one.info for one in seen.values())

    def _look_at(self, folder: JobFolder) -> "_Seen":
        before = self._seen.get(folder.path)
        stamps = tuple(stamp_of(file) for file in (folder.spec_file, folder.status_file, folder.result))
        if before is not None and before.stamps == stamps and before.info.status.state == "ended":
            return before
        if before is None:
            return _Seen(stamps, JobInfo.of(folder))
        info = JobInfo.of(before.info.folder)
        return _Seen(stamps, before.info if before.info == info else info)


@dataclass(frozen=True)
class _Seen:
    """A job and what its files were like when it was read."""

    stamps: tuple[_Stamp, ...]
    info: JobInfo
