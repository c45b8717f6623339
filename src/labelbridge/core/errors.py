"""Errors that speak to the user: what was got, what was expected, what to do."""

__all__ = ["Cancelled", "InputError", "LabelBridgeError", "NoLabels", "lacks_memory"]


_MOST = 1_000


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
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError) or type(cause).__name__ == "OutOfMemoryError":
            return True
        cause = cause.__cause__
    return False
