"""Why a job failed, in one sentence: what, why, what to change."""

import errno

from labelbridge.core import LabelBridgeError, lacks_memory

__all__ = ["explain"]


_REASONS = {
    errno.ENOSPC: "the disk is full; free some space, then resume the job",
    errno.EDQUOT: "the disk quota is used up; free some space, then resume the job",
    errno.ENOENT: "it was there before and is gone; put it back, then resume the job",
    errno.EACCES: "permission is denied; allow it, then resume the job",
    errno.EROFS: "the disk has become read-only; mend that, then resume the job",
    errno.EIO: "the disk does not answer properly; check it, then resume the job",
}
_NO_MEMORY = "The memory is not enough: choose a smaller preset or the cpu, or close other programs."


def explain(error: BaseException) -> str:
    """Say in one line what went wrong."""
    lines = str(error).strip().splitlines()
    if isinstance(error, LabelBridgeError) and lines:
        return lines[0]
    if lacks_memory(error):
        return _NO_MEMORY
    if isinstance(error, OSError) and error.errno in _REASONS:
        return f"{error.filename or 'A file'}: {_REASONS[error.errno]}."
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
