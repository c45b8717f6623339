"""Files that appear whole or not at all, and never in place of another unless asked."""

import errno
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from labelbridge.core import InputError

__all__ = ["atomic_path", "check_absent", "prepare_out", "to_json", "write_files", "write_json"]

_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space or choose another folder",
    errno.EDQUOT: "the disk quota is used up; free some space or choose another folder",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.EACCES: "permission is denied; choose a folder that you may write to",
    errno.EPERM: "permission is denied; choose a folder that you may write to",
    errno.ENOTDIR: "a part of the path is a file; choose another folder",
    errno.EEXIST: "a file of this name is in the way; choose another folder",
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
    with _saying_why(out):
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
    with _saying_why(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _clean([target])
        temporary = _temporary(target)
        try:
            yield temporary
            if not overwrite:
                check_absent([target])
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)


def write_files(contents: Mapping[Path, bytes], *, overwrite: bool) -> list[Path]:
    """Write several files as one: all are on the disk under temporary names before the first gets its own.

    The last file is the mark of completion: it appears last and, where it is replaced, vanishes first. After an error
    the files that were not there before are removed again.

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
    with _saying_why(targets[-1].parent):
        try:
            for folder in {target.parent for target in targets}:
                folder.mkdir(parents=True, exist_ok=True)
                _clean([target for target in targets if target.parent == folder])
            for target, content in contents.items():
                temporaries[target].write_bytes(content)
            if overwrite:
                targets[-1].unlink(missing_ok=True)
            else:
                check_absent(targets)
            for target in targets:
                os.replace(temporaries[target], target)
                published.append(target)
        except BaseException:
            for file in (*temporaries.values(), *(target for target in published if target in fresh)):
                file.unlink(missing_ok=True)
            raise
    return targets


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
            file.unlink(missing_ok=True)


@contextmanager
def _saying_why(where: Path) -> Iterator[None]:
    """Turn the system's refusals into one sentence for the user."""
    try:
        yield
    except OSError as error:
        reason = _ADVICE.get(error.errno or 0, f"{error.strerror or error}; choose another folder")
        raise InputError(f"{where}: cannot be written: {reason}.") from error
