"""Files that appear whole or not at all, and never in place of another unless asked."""

import errno
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from labelbridge.core import InputError

__all__ = [
    "Content",
    "atomic_path",
    "check_absent",
    "patiently",
    "prepare_out",
    "saying_why",
    "to_json",
    "write_content",
    "write_files",
    "write_json",
]

_Result = TypeVar("_Result")

_PAUSES_S = (0.02, 0.05, 0.1, 0.3, 0.5)
_IS_WINDOWS = os.name == "nt"
_IN_USE = (32, 33)
"""Windows' numbers for a file that another program has open or locked."""

_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space or choose another folder",
    errno.EDQUOT: "the disk quota is used up; free some space or choose another folder",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.EACCES: "permission is denied; choose a folder that you may write to",
    errno.EPERM: "permission is denied; choose a folder that you may write to",
    errno.ENOTDIR: "a part of the path is a file; choose another folder",
    errno.EEXIST: "a file of this name is in the way; choose another folder",
    errno.ENOENT: "the folder is gone or, on Windows, the path is too long; choose a folder with a shorter path",
    errno.ENAMETOOLONG: "the name is too long; rename the image or choose another folder",
    errno.EFBIG: "the file would be larger than the system allows; choose another disk",
}


def prepare_out(out: Path) -> None:
    """Make the folder for results and try to write there, before anything long begins.

    Raises
    ------
    InputError
        Where it cannot be made or written to.
    """
    with saying_why(out):
        out.mkdir(parents=True, exist_ok=True)
        _clean([out / "probe"])
        probe = _temporary(out / "probe")
        try:
            probe.write_bytes(b"labelbridge")
        finally:
            probe.unlink(missing_ok=True)


def check_absent(targets: Sequence[Path]) -> None:
    """Raise InputError naming ``--overwrite`` where one of the files exists."""
    there = [target for target in targets if os.path.lexists(target)]
    if there:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise InputError(f"{there[0]}: this file{more} exists already; add --overwrite, or choose another folder.")


@contextmanager
def atomic_path(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a temporary file's path to write to, which becomes `target` at the end, or vanishes after an error.

    Raises
    ------
    InputError
        Where `target` exists and `overwrite` is False, or the disk does not take the file.
    """
    if not overwrite:
        check_absent([target])
    with saying_why(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _clean([target])
        temporary = _temporary(target)
        try:
            yield temporary
            if not overwrite:
                check_absent([target])
            _replace(temporary, target)
        finally:
            _remove(temporary)


Content = bytes | Callable[[Path], None]
"""What goes into a file: its bytes, or a function that writes it at the path that it is given."""


def write_files(contents: Mapping[Path, Content], *, overwrite: bool) -> list[Path]:
    """Write several files as one: all are on the disk under temporary names before the first gets its own.

    They are written in the order given.

    The last file is the mark of completion: it appears last and, where several are replaced, vanishes first. A single
    file is replaced at once, so that there is always one. After an error the files that were not there before are
    removed again.

    Returns
    -------
    list[Path]
        The files, in the order given.

    Raises
    ------
    InputError
        Where a file exists and `overwrite` is False, or the disk does not take the files.
    """
    targets = list(contents)
    if not overwrite:
        check_absent(targets)
    temporaries = {target: _temporary(target) for target in targets}
    fresh = [target for target in targets if not os.path.lexists(target)]
    published: list[Path] = []
    with saying_why(targets[-1].parent):
        try:
            for folder in {target.parent for target in targets}:
                folder.mkdir(parents=True, exist_ok=True)
                _clean([target for target in targets if target.parent == folder])
            for target, content in contents.items():
                write_content(content, temporaries[target])
            if not overwrite:
                check_absent(targets)
            elif len(targets) > 1:
                patiently(lambda: targets[-1].unlink(missing_ok=True))
            for target in targets:
                _replace(temporaries[target], target)
                published.append(target)
        except BaseException:
            for file in (*temporaries.values(), *(target for target in published if target in fresh)):
                _remove(file)
            raise
    return targets


def patiently(act: Callable[[], _Result]) -> _Result:
    """Do something to a file or folder, again where Windows refuses: another program may have it open for a moment.

    Virus scanners and indexers open what was just written, readers what is being replaced; other systems do not mind.

    Raises
    ------
    OSError
        What the last attempt met.
    """
    for pause_s in _PAUSES_S if _IS_WINDOWS else ():
        try:
            return act()
        except PermissionError:
            time.sleep(pause_s)
    return act()


def write_content(content: Content, path: Path) -> None:
    """Write the content of a file to `path`."""
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)


def write_json(target: Path, content: object, *, overwrite: bool) -> Path:
    """Write `content` as indented JSON, atomically; see `to_json` for what it may hold and `write_files` for errors."""
    return write_files({target: to_json(content)}, overwrite=overwrite)[0]


def to_json(content: object) -> bytes:
    """Return indented JSON, UTF-8; paths become text, NumPy numbers plain ones, NaN and infinity null."""
    return (json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _plain(content: object) -> object:
    if isinstance(content, Mapping):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple | set | frozenset):
        return [_plain(value) for value in content]
    if isinstance(content, float):
        return float(content) if math.isfinite(content) else None
    if content is None or isinstance(content, str | int):
        return content
    if hasattr(content, "tolist"):
        return _plain(content.tolist())
    return str(content)


def _temporary(target: Path) -> Path:
    return target.with_name(f".{target.name}.{uuid4().hex[:8]}.tmp")


def _clean(targets: Sequence[Path]) -> None:
    """Remove what a killed run left of these files, all of one folder."""
    prefixes = tuple(f".{target.name}." for target in targets)
    for file in targets[0].parent.iterdir():
        if file.name.startswith(prefixes) and file.name.endswith(".tmp"):
            _remove(file)


def _replace(source: Path, target: Path) -> None:
    """Give a file the name of another; a link of that name is replaced itself, never what it leads to."""
    patiently(lambda: os.replace(source, target))


def _remove(file: Path) -> None:
    with suppress(OSError):  # on Windows, one that another program still has open stays until the next run
        file.unlink(missing_ok=True)


@contextmanager
def saying_why(where: Path) -> Iterator[None]:
    """Turn the system's refusals into one sentence for the user."""
    try:
        yield
    except OSError as error:
        reason = _ADVICE.get(error.errno or 0, f"{error.strerror or error}; choose another folder")
        if getattr(error, "winerror", None) in _IN_USE:
            reason = "another program has it open; close it there and run this again"
        raise InputError(f"{error.filename2 or where}: cannot be written: {reason}.") from error
