"""The child process of a job: `python -m labelbridge.jobs.entry FOLDER`.

Exit codes: 0 finished, or stopped after a checkpoint; 2 something of the user's cannot be used; 1 anything else.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from labelbridge.core import Cancelled, LabelBridgeError
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.runner import run_job

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Run the job in the folder that is the only argument; all that the process says goes to the job's log."""
    if len(arguments) != 1:
        sys.stderr.write("Error: expected one argument, the folder of a job.\n")
        return 2
    folder = JobFolder(Path(arguments[0]))
    try:
        folder.spec()
        _redirect_to(folder.log_file)
        run_job(folder)
    except Cancelled:
        return 0
    except LabelBridgeError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 2
    return 0


def _redirect_to(log: Path) -> None:
    """Let this process and its children write to the log, whatever started it."""
    sys.stdout.flush()
    sys.stderr.flush()
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
