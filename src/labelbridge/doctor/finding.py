"""What the doctor says about one thing."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding", "Status", "first_line", "gigabytes"]

Status = Literal["ok", "note", "problem"]
"""``note``: LabelBridge works, but slowly or not with everything; ``problem``: not before this is mended."""


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report.

    Attributes
    ----------
    name
        What was looked at, e.g. ``torch``.
    value
        What is there.
    status
        How good that is.
    remedy
        How to mend it, one sentence; None where there is nothing to mend.
    """

    name: str
    value: str
    status: Status = "ok"
    remedy: str | None = None


def gigabytes(size: int) -> str:
    """Return a size in bytes as a text in GB (10^9 bytes)."""
    return f"{size / 1e9:.1f} GB"


def first_line(error: object) -> str:
    """Return what an error says, as one line without a full stop; its type where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0].strip().rstrip(".") if lines else type(error).__name__
