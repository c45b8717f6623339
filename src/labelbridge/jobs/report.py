"""A zip about a job for those who are asked for help: what was to be done, what happened, with which versions."""

import os
import platform
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from labelbridge.io import atomic_path, check_absent, to_json, versions
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.store import JobInfo
from labelbridge.jobs.words import sentence_of

__all__ = ["default_report_name", "write_report"]

_TEXT_BYTES = 20 << 20
"""Of a longer log or longer events, so much of the end goes in."""

_HOME = "~"


def default_report_name(folder: JobFolder) -> str:
    """Return a name for a job's report."""
    return f"{folder.path.resolve().name}-report.zip"


def write_report(folder: JobFolder, out: Path, *, overwrite: bool = False) -> Path:
    """Write spec, status, events, log, versions and the list of files into a zip: no picture, no weights.

    Of a job on a cluster, also what its scheduler got and said. Where a path begins with the user's home folder,
    ``~`` takes its place.

    Parameters
    ----------
    folder
        The job; it may run, or be damaged.
    out
        The zip to write.
    overwrite
        Whether it may replace one of that name.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    InputError
        Where `out` is there already, or the disk does not take it.
    """
    if not overwrite:
        check_absent([out])
    hide = _Hiding()
    with (
        atomic_path(out, overwrite=overwrite) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for file in _told(folder):
            if (data := _end_of(file)) is not None:
                archive.writestr(file.name, hide(data))
        archive.writestr("about.json", hide(to_json(_about(folder))))
    return out


def _told(folder: JobFolder) -> tuple[Path, ...]:
    """Return the files that tell of a job; some may not be there."""
    on_cluster = folder.place_file, folder.script_file
    return folder.spec_file, folder.status_file, folder.events_file, folder.log_file, *on_cluster


class _Hiding:
    """Puts ``~`` in the place of the user's home folder, in all the ways in which files write paths."""

    def __init__(self) -> None:
        homes = {str(Path.home()), os.path.realpath(Path.home())}
        written = {form for home in homes for form in (home, home.replace("\\", "\\\\"), home.replace("\\", "/"))}
        ways = "|".join(re.escape(form) for form in sorted(written, key=len, reverse=True) if len(form) > 1)
        flags = re.IGNORECASE if os.name == "nt" else 0
        self._pattern = re.compile(rf"(?:{ways})(?![\w.-])".encode(), flags) if ways else None

    def __call__(self, data: bytes) -> bytes:
        return self._pattern.sub(_HOME.encode(), data) if self._pattern else data


def _end_of(file: Path) -> bytes | None:
    """Return a file's bytes, of a long one the last lines; None where it cannot be read."""
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _TEXT_BYTES))
            data = stream.read()
    except OSError:
        return None
    return data[data.find(b"\n") + 1 :] if size > _TEXT_BYTES else data


def _about(folder: JobFolder) -> dict[str, object]:
    return {
        "job": str(folder.path.resolve()),
        "state": sentence_of(JobInfo.of(folder)),
        "versions_now": versions(),
        "system": platform.platform(),
        "files": dict(_sizes(folder.path)),
    }


def _sizes(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield the files in a folder and below with their sizes in bytes."""
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            file = Path(place, name)
            try:
                yield file.relative_to(folder).as_posix(), file.stat().st_size
            except OSError:  # gone meanwhile
                continue
