"""The growing end of a file: what the disk did not take is kept and written again."""

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from labelbridge.core import InputError
from labelbridge.io.filelock import try_lock

__all__ = ["AppendFile", "copy_start", "open_to_append", "save_file", "write_whole"]

_CHUNK_BYTES = 1 << 20


class AppendFile:
    """Bytes to append to a file, each kept until the disk has confirmed it; for one thread.

    After an error the same bytes are written once more over the same place, so a part of them that was written before
    does no harm. A file that somebody has removed is made again from what the system still holds of it.

    Parameters
    ----------
    path
        Name of the file.
    file
        The file as `open_to_append` opens it; closed by `close`.
    """

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._file = file
        self._saved = file.seek(0, os.SEEK_END)
        self._kept: list[bytes] = []
        self._written = 0
        self._is_name_saved = False

    @property
    def is_saved(self) -> bool:
        """Whether the disk has everything."""
        return not self._kept

    def add(self, content: bytes) -> None:
        """Keep bytes that are to follow."""
        self._kept.append(content)

    def write(self) -> None:
        """Hand what is kept to the system; raises OSError where it refuses."""
        try:
            for content in self._kept[self._written :]:
                write_whole(self._file, content)
                self._written += 1
        except OSError:
            self._start_again()
            raise

    def save(self) -> None:
        """Write what is kept and wait until the disk has it.

        Raises
        ------
        OSError
            Where the disk refuses.
        InputError
            Where a file that was removed cannot be made again.
        """
        self.write()
        try:
            save_file(self._file)
            if not self._has_its_name():
                self._make_again()
            if not self._is_name_saved:
                _save_names(self.path.parent)
        except (OSError, InputError):
            self._start_again()
            raise
        self._is_name_saved = True
        self._saved = self._file.tell()
        self._kept.clear()
        self._written = 0

    def close(self) -> None:
        """Close the file, which unlocks it."""
        self._file.close()

    def _start_again(self) -> None:
        self._written = 0
        self._file.seek(self._saved)

    def _has_its_name(self) -> bool:
        if os.name == "nt":  # there nobody can remove, rename or replace a file that is open
            return True
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._file.fileno()))
        except FileNotFoundError:
            return False

    def _make_again(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = open_to_append(self.path, is_new=True)
        try:
            length = self._file.seek(0, os.SEEK_END)
            copy_start(self._file, new, length)
            save_file(new)
        except OSError:
            new.close()
            self.path.unlink()
            raise
        self._file.close()
        self._file = new
        self._is_name_saved = False


def open_to_append(path: Path, *, is_new: bool) -> BinaryIO:
    """Open a file for reading and writing, without a buffer, and lock it.

    Raises
    ------
    OSError
        Where it cannot be opened, or is new but exists.
    InputError
        Where it is locked already or cannot be.
    """
    file = path.open("x+b" if is_new else "r+b", buffering=0)
    try:
        _lock(file, path)
    except InputError:
        file.close()
        raise
    return file


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        is_ours = try_lock(file)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be locked ({error.strerror}); choose a folder on a disk of this computer for journals."
        ) from error
    if not is_ours:
        raise InputError(f"{path}: this journal is in use by another window; close it there, then try again.")


def write_whole(file: BinaryIO, content: bytes) -> None:
    """Write all bytes to a file without a buffer, which may take them in parts."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def copy_start(source: BinaryIO, target: BinaryIO, length: int) -> None:
    """Write the first `length` bytes of a file, or all where there are fewer, to one without a buffer."""
    source.seek(0)
    while length and (chunk := source.read(min(length, _CHUNK_BYTES))):
        write_whole(target, chunk)
        length -= len(chunk)


def save_file(file: BinaryIO) -> None:
    """Wait until the disk has what was written to an open file."""
    os.fsync(file.fileno())


def _save_names(folder: Path) -> None:
    if os.name == "nt":  # there a folder cannot be opened, and names need nothing
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network disks cannot do this for folders
            os.fsync(number)
    finally:
        os.close(number)
