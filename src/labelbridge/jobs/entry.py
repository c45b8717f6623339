"""The process of a job: `python -m labelbridge.jobs.entry [--in-turn] FOLDER`.

With ``--in-turn`` it waits until no other job of the user computes on the same device. A job that a cluster has begun
knows when that wants its computer back. Exit codes: 0 finished, or stopped after a checkpoint; 2 something of the
user's cannot be used; 1 anything else.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from labelbridge.core import Cancelled, LabelBridgeError
from labelbridge.jobs.failures import explain
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.run import run_job
from labelbridge.jobs.slurm.stay import SlurmStay

__all__ = ["main"]

_IN_TURN = "--in-turn"


def main(arguments: Sequence[str]) -> int:
    """Run the job in the folder that is the last argument; all that the process says goes to the job's log.

    Returns
    -------
    int
        The exit code. Where it is not 0, one sentence on the standard error that the process was started with says why.
    """
    *options, path = arguments or [""]
    if not path or options not in ([], [_IN_TURN]):
        sys.stderr.write(f"Error: expected the folder of a job as the only argument, maybe after {_IN_TURN}.\n")
        return 2
    folder = JobFolder(Path(path))
    try:
        folder.spec()
        stderr_before = _redirect_to(folder.log_file)
    except (LabelBridgeError, OSError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 2
    try:
        _run(folder, in_turn=bool(options))
    except Cancelled:
        return 0
    except Exception as error:
        _say(f"Error: {explain(error, folder.path)}\n", stderr_before)
        raise SystemExit(2 if isinstance(error, LabelBridgeError) else 1) from error
    return 0


def _run(folder: JobFolder, *, in_turn: bool) -> None:
    stay = SlurmStay.begin(folder)
    if stay is None:
        run_job(folder, in_turn=in_turn)
        return
    try:
        run_job(folder, stay, in_turn=in_turn, comes_back=stay.comes_back)
    except Cancelled:
        stay.leave()
        raise


def _redirect_to(log: Path) -> int:
    """Let this process and its children write to the log, and return a descriptor of the standard error before."""
    sys.stdout.flush()
    sys.stderr.flush()
    before = os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    return before


def _say(sentence: str, stderr_before: int) -> None:
    sys.stderr.write(sentence)
    with suppress(OSError):  # whoever started the process may be gone
        if not os.path.samestat(os.fstat(stderr_before), os.fstat(2)):
            os.write(stderr_before, sentence.encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
