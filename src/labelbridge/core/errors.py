"""Errors that speak to the user: what was got, what was expected, what to do."""

import errno
from collections.abc import Iterator

__all__ = ["Cancelled", "InputError", "LabelBridgeError", "NoLabels", "lacks_memory", "lacks_room", "origins"]


_MOST = 1_000

_OF_MEMORY = (
    "CUDA error: out of memory",
    "CUDA out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "DefaultCPUAllocator",
    "MPS backend out of memory",
)
"""What PyTorch says in errors that have no type of their own."""

_OF_ROOM = (
    "No space left on device",
    "not enough space on the disk",
    "Disk quota exceeded",
    "Error while creating the NDArray",
)
"""What libraries that write by themselves say of a full disk, the last one Blosc2, which writes nnU-Net's cases."""


class LabelBridgeError(Exception):
    """Base of every error that LabelBridge raises on purpose; its text is one sentence for the user.

    Parameters
    ----------
    sentence
        May quote what stood in a file: line breaks and control characters are taken out, and what is very long is cut
        in the middle.
    """

    def __init__(self, sentence: str) -> None:
        printable = "".join(letter if letter.isprintable() else " " for letter in sentence)
        line = " ".join(printable.split())
        half = _MOST // 2
        super().__init__(line if len(line) <= _MOST else f"{line[:half]} ... {line[-half:]}")


class InputError(LabelBridgeError):
    """Something the user gave (a file, a folder, a flag) cannot be used; the command line exits with 2."""


class NoLabels(InputError):
    """A folder has no labelled image, where a caller may be content with images alone."""


class Cancelled(LabelBridgeError):
    """The run was asked to stop and did; neither finished nor failed."""


def lacks_memory(error: BaseException) -> bool:
    """Return whether an error, or one that it came from, says that memory is not enough; loads no torch."""
    return any(_is_of_memory(one) for one in origins(error))


def lacks_room(error: BaseException) -> bool:
    """Return whether an error, or one that it came from, says that a disk is full or its quota used up."""
    return any(_is_of_room(one) for one in origins(error))


def origins(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, the one that it came from, and so on."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        yield cause
        seen.add(id(cause))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _is_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return not isinstance(error, LabelBridgeError) and any(words in str(error) for words in _OF_MEMORY)


def _is_of_room(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return not isinstance(error, LabelBridgeError) and any(words in str(error) for words in _OF_ROOM)
