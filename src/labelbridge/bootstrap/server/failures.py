"""Errors on their way from the child to the window."""

import traceback

from labelbridge.bootstrap.server.messages import Failed
from labelbridge.core import Cancelled, InputError, LabelBridgeError, lacks_memory

__all__ = ["InferenceFailed", "OutOfMemory", "as_error", "as_message", "death_of"]

_KILLED = (-9, 137, 0xC0000017)
"""Ended by SIGKILL, the same as a shell tells it, and Windows' STATUS_NO_MEMORY."""

_NO_MEMORY = "The memory is not enough; close other programs, choose a smaller image or the device cpu."


class InferenceFailed(LabelBridgeError):
    """A request failed for a reason that the user has not given.

    Parameters
    ----------
    sentence
        For the user.
    details
        Several lines for those who look into it: a traceback, or what the child wrote last.
    """

    def __init__(self, sentence: str, details: str = "") -> None:
        super().__init__(sentence)
        self.details = details


class OutOfMemory(InferenceFailed):
    """The system ended the child, which it does where memory runs out."""


def as_message(error: BaseException) -> Failed:
    """Return what the window is told of an error in the child."""
    details = "".join(traceback.format_exception(error))
    if isinstance(error, Cancelled):
        return Failed("cancelled", str(error), details)
    if isinstance(error, InputError):
        return Failed("input", str(error), details)
    return Failed("other", _sentence(error), details)


def as_error(failed: Failed) -> LabelBridgeError:
    """Return the error in the window that stands for one in the child."""
    if failed.kind == "cancelled":
        return Cancelled(failed.sentence)
    return InputError(failed.sentence) if failed.kind == "input" else InferenceFailed(failed.sentence, failed.details)


def death_of(exit_code: int, last_words: str) -> InferenceFailed:
    """Return the error for a child that ended amid a request."""
    if exit_code in _KILLED:
        return OutOfMemory(
            "The process that computes was ended by the system, most likely because the memory was not enough; close "
            "other programs or choose a smaller image, then try again.",
            last_words,
        )
    return InferenceFailed(
        f"The process that computes ended by itself (exit code {exit_code}); try again, and report the details if it "
        "happens once more.",
        last_words,
    )


def _sentence(error: BaseException) -> str:
    if isinstance(error, LabelBridgeError):
        return str(error)
    if lacks_memory(error):
        return _NO_MEMORY
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    first_line = (str(error).strip().splitlines() or [""])[0]
    return f"This is a bug in LabelBridge ({type(error).__name__}: {first_line}); report it with the details."
