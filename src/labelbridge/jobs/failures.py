"""Why a job failed, in one sentence: what, why, what to change."""

import errno
from pathlib import Path

from pydantic import ValidationError

from labelbridge.core import LabelBridgeError, lacks_memory, lacks_room
from labelbridge.core.errors import origins

__all__ = ["explain"]

_REASONS = {
    errno.ENOENT: "it was there before and is gone; put it back",
    errno.EACCES: "permission is denied; allow it",
    errno.EPERM: "permission is denied; allow it",
    errno.EROFS: "the disk has become read-only; mend that",
    errno.EIO: "the disk does not answer properly; check it",
    errno.EMFILE: "too many files are open; close other programs",
}
_NO_MEMORY = (
    "The memory is not enough; close other programs, then resume the job, or continue it on the processor "
    "(`labelbridge jobs resume JOB --device cpu`), or begin one with a smaller preset."
)
_NO_ROOM = "the disk is full or its quota used up; free some space, then resume the job."
_NO_HELPER = (
    "A process that prepares images was ended, most likely because the memory was not enough; close other programs, "
    "then resume the job."
)
_OF_HELPERS = ("background workers are no longer alive", "process pool was terminated", "terminated with signal")
_OF_CARDS = ("CUDA error", "CUDA driver", "cuDNN error", "NCCL error")


def explain(error: BaseException, where: Path | None = None) -> str:
    """Say in one line what went wrong.

    Parameters
    ----------
    error
        What the task raised.
    where
        The job's folder, which is named where a disk is full and the error does not say which.
    """
    line = _first_line(error)
    if lacks_room(error):
        return f"{_full_place(error) or where or 'A file'}: {_NO_ROOM}"
    if isinstance(error, LabelBridgeError) and line:
        return line
    if lacks_memory(error):
        return _NO_MEMORY
    if isinstance(error, OSError) and error.errno:
        reason = _REASONS.get(error.errno, f"{error.strerror}; mend that")
        return f"{error.filename or 'A file'}: {reason}, then resume the job."
    if isinstance(error, ImportError):
        return f"A package is missing or does not fit ({line}); mend what `labelbridge doctor` tells, then resume."
    if isinstance(error, ValidationError):
        return _of_settings(error)
    return _of_others(error, line)


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "")


def _full_place(error: BaseException) -> Path | None:
    """Return the folder of the file that found no room; None where the errors do not name it."""
    files = (one.filename for one in origins(error) if isinstance(one, OSError))
    return next((Path(file).parent for file in files if isinstance(file, str)), None)


def _of_settings(error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    problem = first["msg"].removeprefix("Value error, ")
    return f"got {first['input']!r} for the setting {name}: {problem}; begin a new job with another."


def _of_others(error: BaseException, line: str) -> str:
    if any(words in str(error) for words in _OF_HELPERS):
        return _NO_HELPER
    if any(words in str(error) for words in _OF_CARDS):
        return f"The graphics card failed ({line}); restart the computer or update its driver, then resume the job."
    what = f"{type(error).__name__}: {line}" if line else type(error).__name__
    return (
        f"This is a bug in LabelBridge or in what it is built on ({what}); resume the job, and send its report "
        "(`labelbridge jobs report`) where that happens again."
    )
