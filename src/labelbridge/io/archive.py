"""Zips of strangers: looked at before anything is written, and never trusted for names or sizes."""

import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from labelbridge.core import InputError

__all__ = ["Archive", "open_archive"]

MAX_ENTRIES = 100_000
MAX_BYTES = 8 * 10**9
MAX_RATIO = 200
_RATIO_FROM_BYTES = 10**6
"""Small files may be as repetitive as they like."""

_CHUNK_BYTES = 1 << 20
_ENCRYPTED = 0x1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class Archive:
    """An open zip whose entries were found harmless; made by `open_archive`.

    Parameters
    ----------
    path
        The file.
    content
        The same, open.
    """

    def __init__(self, path: Path, content: zipfile.ZipFile) -> None:
        self._path = path
        self._content = content
        self._entries = {PurePosixPath(entry.filename): entry for entry in content.infolist() if not entry.is_dir()}

    @property
    def names(self) -> list[PurePosixPath]:
        """Paths of the files in it."""
        return list(self._entries)

    def extract(self, targets: Mapping[PurePosixPath, Path]) -> None:
        """Write some of the files to places of the caller's choice, counting the bytes that really come.

        Parameters
        ----------
        targets
            Where each file goes, by its path in the zip.

        Raises
        ------
        InputError
            Where a file is damaged or more comes than the limits allow.
        """
        room = MAX_BYTES
        for name, target in targets.items():
            entry = self._entries[name]
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with self._content.open(entry) as source, target.open("xb") as out:
                    room -= self._copy(source, out, min(room, _most(entry)))
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
                raise InputError(f"{self._path}: got a zip whose {name} is damaged; get it again.") from error
            except OSError as error:
                raise InputError(
                    f"{self._path}: cannot unpack {name} ({error.strerror}); free some space on the disk, or get "
                    "the zip again."
                ) from error

    def _copy(self, source: IO[bytes], out: IO[bytes], most: int) -> int:
        copied = 0
        while chunk := source.read(_CHUNK_BYTES):
            copied += len(chunk)
            if copied > most:
                raise self._too_large()
            out.write(chunk)
        return copied

    def _too_large(self) -> InputError:
        return InputError(
            f"{self._path}: got a zip that unpacks to far more than a model, expected at most {MAX_BYTES / 1e9:.0f} GB "
            f"and {MAX_RATIO} times its size; do not use it."
        )

    def check(self) -> None:
        """Raise InputError where an entry could do harm or there are too many."""
        entries = self._content.infolist()
        if len(entries) > MAX_ENTRIES:
            raise InputError(f"{self._path}: got a zip of {len(entries)} files, expected at most {MAX_ENTRIES}.")
        seen: set[str] = set()
        for entry in entries:
            problem = _problem(entry)
            key = str(PurePosixPath(entry.filename)).casefold()
            if not problem and key in seen:
                problem = "is there twice"
            if problem:
                raise InputError(
                    f"{self._path}: got a zip whose entry {entry.orig_filename!r} {problem}, which no model needs; "
                    "do not use it, or unpack it yourself and import the folder."
                )
            seen.add(key)
            if entry.file_size > _most(entry):
                raise self._too_large()


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a zip and look at all its entries.

    Raises
    ------
    InputError
        Where it is no zip, or an entry is absolute, climbs out with ``..``, has a drive letter, a backslash or a colon,
        is a link or a device, is there twice, is encrypted, or claims to unpack to far more than it is.
    """
    try:
        content = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise InputError(f"{path}: got a file that is no whole zip ({error}); get it again.") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the file and its permissions.") from error
    with content:
        archive = Archive(path, content)
        archive.check()
        yield archive


def _most(entry: zipfile.ZipInfo) -> int:
    """Return the most bytes that a file may unpack to."""
    return min(MAX_BYTES, max(_RATIO_FROM_BYTES, MAX_RATIO * entry.compress_size))


def _problem(entry: zipfile.ZipInfo) -> str | None:
    name = entry.orig_filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if name.startswith("/") or any(mark in name for mark in "\\:") or not name.isprintable():
        return "has an absolute or forbidden name"
    if ".." in name.split("/"):
        return "leads out of its folder"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if entry.compress_type not in _METHODS:
        return "is packed in an unusual way"
    return None
