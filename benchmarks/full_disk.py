"""Do jobs survive a disk that becomes full? Trainings on a small disk of their own, which is filled amid their work.

The job must fail with a sentence, what it has saved must stay readable, and once there is room again and it is resumed,
its weights must be those of a job that nobody disturbed. Needs Linux, where a process can have a disk that nobody else
sees.

    python benchmarks/full_disk.py
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from jobreaders import damages, reading, weights_of
from killed_jobs import begin, run_undisturbed, wait_for_end
from labelbridge.core import InputError
from labelbridge.jobs import JobFolder, resume_job

__all__ = ["LEVELS", "Found", "fill_and_resume", "why_not"]

LEVELS = (
    ("train-translator", "state-*.pt", 0),
    ("train-translator", "state-*.pt", 16_384),
    ("train-translator", "state-*.pt", 400_000),
    ("train-segmenter", "raw.done", 0),
    ("train-segmenter", "planned.done", 65_536),
    ("train-segmenter", "preprocessed.done", 40_000),
)
"""Task, the first checkpoint after which the disk is filled, and how many bytes of it stay free."""

_MOUNT = 'mount -t tmpfs -o size=128m tmpfs "$1" && shift && exec "$@"'
_APART = ("unshare", "--map-root-user", "--mount", "sh", "-c", _MOUNT, "sh")
_BLOCK = 4096
_LONG_S = 300.0


@dataclass(frozen=True)
class Found:
    """What became of a job.

    Attributes
    ----------
    ending, message
        What readers were told of it while the disk was full.
    refusal
        What a user was told who resumed it then.
    problems
        What could not be read at any time.
    weights
        Hash of its weights in the end.
    """

    ending: str
    message: str
    refusal: str
    problems: list[str]
    weights: str


def why_not() -> str:
    """Say why no small disk can be made here; empty where one can."""
    if not shutil.which("unshare"):
        return "there is no unshare, which Linux alone has"
    tried = subprocess.run([*_APART, "/mnt", "true"], capture_output=True, text=True, check=False)
    return tried.stderr.strip()


def fill_and_resume(task: str, mark: str, left: int, disk: Path) -> Found:
    """Run a job on a small disk at the place of an empty folder, fill that, make room and resume the job."""
    command = [*_APART, str(disk), sys.executable, __file__, "--inside", task, str(disk), mark, str(left)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{task}, {mark}, {left}: {done.stderr}")
    return Found(**json.loads(done.stdout.splitlines()[-1]))


def _work_inside(task: str, disk: Path, mark: str, left: int) -> Found:
    folder = begin(task, disk / "job", seed=1)
    ballast = disk / "ballast"
    try:
        _wait_for(lambda: any(folder.checkpoints.glob(mark)) or _has_ended(folder))
        with reading(folder) as readings:
            _fill(ballast, left)
            _wait_for(lambda: _has_ended(folder))
        failed, broken = folder.status(), damages(folder)
        _fill(ballast, 0)
        refusal = _refusal_of(folder)
        ballast.unlink()
        resume_job(folder)
        wait_for_end(folder)
    finally:
        if process := folder.status().process():
            process.kill()
    problems = [*readings.problems, *broken, *damages(folder)]
    return Found(str(failed.ending), failed.message, refusal, problems, weights_of(folder.path))


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _LONG_S
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("waited in vain")
        time.sleep(0.002)


def _has_ended(folder: JobFolder) -> bool:
    return folder.status().state == "ended"


def _fill(ballast: Path, left: int) -> None:
    """Leave so many bytes of the disk free."""
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while (free := shutil.disk_usage(ballast.parent).free) > left:
            file.write(bytes(min(free - left, 256 * _BLOCK)))


def _refusal_of(folder: JobFolder) -> str:
    try:
        resume_job(folder)
    except InputError as error:
        return str(error)
    raise SystemExit("a job was resumed on a full disk")


def _print_all() -> bool:
    """Go through all levels, print a table, and return whether all was well."""
    print("| task | full after | bytes left | ending | readable all the time | same weights in the end |")
    print("|---|---|---|---|---|---|")
    is_well = True
    with TemporaryDirectory() as room:
        os.environ["LABELBRIDGE_HOME"] = f"{room}/home"
        whole: dict[str, str] = {}
        for number, (task, mark, left) in enumerate(LEVELS):
            if task not in whole:
                run_undisturbed(task, Path(room) / task, seed=1)
                whole[task] = weights_of(Path(room) / task)
            disk = Path(room) / f"disk-{number}"
            disk.mkdir()
            found = fill_and_resume(task, mark, left, disk)
            same = found.weights == whole[task]
            is_well = is_well and same and found.ending == "failed" and not found.problems
            cells = [task, f"`{mark}`", f"{left:,}", f"{found.ending}: {found.message.replace(str(disk), '...')}"]
            print(f"| {' | '.join([*cells, *('yes' if well else 'NO' for well in (not found.problems, same))])} |")
    return is_well


def main() -> int:
    """Print the table; return 1 where anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inside", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    if options.inside:
        task, disk, mark, left = options.inside
        print(json.dumps(asdict(_work_inside(task, Path(disk), mark, int(left)))))
        return 0
    if reason := why_not():
        raise SystemExit(f"no small disk can be made here: {reason}")
    return 0 if _print_all() else 1


if __name__ == "__main__":
    sys.exit(main())
