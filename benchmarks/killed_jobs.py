"""Do jobs survive being killed? A training is killed and resumed as a user would do it, again and again.

Each round ends the job's process with SIGKILL: at its start, at a random moment, while it saves its work, while it
writes a preview or while it gives the result its name. All the time somebody else reads the job. The weights of all
that finish after that are compared, bit for bit, with those of a job that nobody disturbed.

    python benchmarks/killed_jobs.py --kills 30
    python benchmarks/killed_jobs.py --kills 30 --task train-segmenter
"""

import argparse
import os
import platform
import random
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from jobreaders import Readings, damages, reading, weights_of
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.training import SegmenterTask
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.io.trainingstate import read_state
from labelbridge.jobs import JobFolder, JobSpec, JobStore, LocalRunner, resume_job

__all__ = [
    "MOMENTS",
    "SEEN_WITHIN_S",
    "TASKS",
    "Kill",
    "begin",
    "run_and_kill",
    "run_undisturbed",
    "wait_for_end",
]

SEEN_WITHIN_S = 10.0
"""So soon readers must know of a death."""

SAMPLES = Path(__file__).parents[1] / "sample_data"
LABELED, UNLABELED = SAMPLES / "tem_labeled", SAMPLES / "sem_unlabeled"

TASKS: dict[str, Callable[[int], SegmenterTask | TranslatorTask | TutorshipTask]] = {
    "train-translator": lambda seed: TranslatorTask(
        labeled=LABELED, unlabeled=UNLABELED, preset="tiny", seed=seed, device="cpu"
    ),
    "train-segmenter": lambda seed: SegmenterTask(labeled=LABELED, preset="tiny", seed=seed, device="cpu"),
    "tutorship": lambda seed: TutorshipTask(
        labeled=LABELED, unlabeled=UNLABELED, preset="tiny", translator_preset="tiny", seed=seed, device="cpu"
    ),
}
"""What is trained, by the seed."""

MOMENTS = {
    "train-translator": ("start", "any", "saving", "preview", "result"),
    "train-segmenter": ("start", "any", "saving", "result"),
    "tutorship": ("start", "any", "saving", "preview", "result"),
}
"""When each task is killed, in turn; training a segmenter shows no previews."""

_START_S = 3.0
_LOOK_EVERY_S = 0.0005
_A_MOMENT_S = 0.003
_LONG_S = 900.0


@dataclass(frozen=True)
class Kill:
    """One round.

    Attributes
    ----------
    moment
        One of `MOMENTS`.
    seen_s
        How long it took until readers knew that the job runs no more.
    ending
        What they were told: ``lost``, or ``finished`` where the result had its name already.
    reported
        The last step that it had told of.
    saved
        The step from which the next round could go on.
    problems
        What could not be read, while it ran or at once after its death.
    """

    moment: str
    seen_s: float
    ending: str
    reported: int
    saved: int
    problems: tuple[str, ...]


def begin(task: str, path: Path, seed: int) -> JobFolder:
    """Begin the job as `labelbridge train --detach` does."""
    folder = JobStore().new_job(JobSpec.of(task, TASKS[task](seed).model_dump(mode="json")), path)
    LocalRunner().submit(folder)
    return folder


def run_undisturbed(task: str, path: Path, seed: int) -> float:
    """Run the job to its end; return the seconds that it took."""
    began_s = time.monotonic()
    wait_for_end(begin(task, path, seed))
    return time.monotonic() - began_s


def run_and_kill(task: str, path: Path, seed: int, kills: int, whole_s: float) -> tuple[list[Kill], set[str]]:
    """Kill a job so many times, and let it finish after each kill at its end; the next kill is of a new job.

    Parameters
    ----------
    task
        One of `TASKS`.
    path
        The job's folder; not there yet.
    seed
        Of the training and of the moments.
    kills
        How often.
    whole_s
        Seconds that a job takes that nobody disturbs.

    Returns
    -------
    list[Kill]
        What was seen at each.
    set[str]
        Hashes of the weights of all that finished.

    Raises
    ------
    SystemExit
        Where a job ends in any way but by being killed or by finishing.
    """
    chance, done, weights = random.Random(seed), list[Kill](), set[str]()
    while len(done) < kills:
        folder = begin_or_resume(task, path, seed)
        moment = MOMENTS[task][len(done) % len(MOMENTS[task])]
        with reading(folder) as readings:
            process = folder.status().process()
            reached = process is not None and wait_for_moment(moment, folder, process, whole_s, chance)
            if process is not None and reached:
                readings.is_dead = True
                done.append(kill(folder, process, moment, readings))
                print(f"{len(done)} {done[-1]}", flush=True)
        if not reached or moment == "result" or len(done) == kills:
            wait_for_end(folder if (path / "result").exists() or not reached else begin_or_resume(task, path, seed))
            weights.add(weights_of(path))
    return done, weights


def begin_or_resume(task: str, path: Path, seed: int) -> JobFolder:
    """Begin the job, anew where it has finished, or go on with it."""
    if (path / "result").exists():
        shutil.rmtree(path)
    if not path.exists():
        return begin(task, path, seed)
    folder = JobFolder(path)
    resume_job(folder)
    return folder


def wait_for_moment(
    moment: str, folder: JobFolder, process: psutil.Process, whole_s: float, chance: random.Random
) -> bool:
    """Wait until it is time; return False where the job ends before."""
    if moment in ("start", "any"):
        return not _ends_within(process, chance.uniform(0, _START_S if moment == "start" else whole_s))
    before, passed = _names(moment, folder), 0 if moment == "result" else chance.randrange(4)
    while process.is_running():
        now = _names(moment, folder)
        if now - before:
            before, passed = now, passed - 1
        if passed < 0:
            time.sleep(chance.uniform(0, _A_MOMENT_S))
            return True
        time.sleep(_LOOK_EVERY_S)
    return False


def kill(folder: JobFolder, process: psutil.Process, moment: str, readings: Readings) -> Kill:
    """Kill the job's process, and look at what it leaves."""
    with suppress(psutil.NoSuchProcess):
        process.kill()
    killed_s = time.monotonic()
    while (status := folder.status()).state != "ended":
        time.sleep(_LOOK_EVERY_S)
    seen_s = time.monotonic() - killed_s
    problems = [*readings.problems, *damages(folder)]
    if status.ending not in ("lost", "finished"):
        problems.append(f"it is {status.ending}: {status.message}")
    return Kill(moment, seen_s, str(status.ending), _reported(folder), _saved(folder), tuple(problems))


def wait_for_end(folder: JobFolder) -> None:
    """Wait until the job has ended and its process with it; raises SystemExit unless it has finished."""
    process, deadline = folder.status().process(), time.monotonic() + _LONG_S
    while (status := folder.status()).state != "ended" or (process is not None and process.is_running()):
        if time.monotonic() > deadline:
            raise SystemExit(f"{folder.path} takes more than {_LONG_S:.0f} s")
        time.sleep(0.05)
    if status.ending != "finished":
        raise SystemExit(f"{folder.path} is {status.ending}: {status.message}")


def _names(moment: str, folder: JobFolder) -> set[str]:
    """Return the names, hidden ones too, among which something new shows that the moment has come."""
    patterns = {"saving": ("checkpoints/*", "checkpoints/*/*"), "preview": ("previews/*",), "result": ("*result*",)}
    try:
        return {str(path) for pattern in patterns[moment] for path in folder.path.glob(pattern)}
    except FileNotFoundError:  # a folder that has another name by now
        return set()


def _ends_within(process: psutil.Process, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while process.is_running() and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_S)
    return not process.is_running()


def _reported(folder: JobFolder) -> int:
    steps = (event["step"] for event in folder.events() if event.get("event") == "metrics")
    return max((step for step in steps if isinstance(step, int)), default=0)


def _saved(folder: JobFolder) -> int:
    states = [read_state(file) for file in folder.checkpoints.glob("*.pt")]
    return max((int(state.get("done", state.get("iteration", 0))) for state in states), default=0)


def _print(task: str, kills: Sequence[Kill], whole_s: float, same: bool) -> None:
    print("\n| task | killed | kills | seen after, s, at most | unreadable or untrue | steps lost, at most |")
    print("|---|---|---|---|---|---|")
    for moment in MOMENTS[task]:
        those = [kill for kill in kills if kill.moment == moment]
        if those:
            cells = [task, moment, str(len(those)), f"{max(kill.seen_s for kill in those):.2f}"]
            cells += [str(sum(len(kill.problems) for kill in those))]
            cells += [str(max(max(0, kill.reported - kill.saved) for kill in those))]
            print(f"| {' | '.join(cells)} |")
    print(f"\nundisturbed run {whole_s:.1f} s; same weights in the end: {'yes' if same else 'NO'}")


def main() -> None:
    """Kill, resume, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", choices=sorted(TASKS), default="train-translator")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}")
    with TemporaryDirectory(ignore_cleanup_errors=True) as room:
        os.environ.update(LABELBRIDGE_HOME=f"{room}/home", OMP_NUM_THREADS="1")
        whole, killed = Path(room) / "whole", Path(room) / "killed"
        whole_s = run_undisturbed(options.task, whole, options.seed)
        kills, weights = run_and_kill(options.task, killed, options.seed, options.kills, whole_s)
        same = weights == {weights_of(whole)}
    _print(options.task, kills, whole_s, same)
    if not same or any(kill.problems or kill.seen_s > SEEN_WITHIN_S for kill in kills):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
