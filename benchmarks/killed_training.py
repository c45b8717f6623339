"""Does a translator's training survive being killed? It is killed at random moments and continued, again and again.

Each round runs the job in a process of its own and kills it after a random time; the next continues it. In the
end the translator's weights are compared, bit for bit, with those of a run that nobody disturbed.

    python benchmarks/killed_training.py --kills 30
"""

import argparse
import os
import platform
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from labelbridge.bootstrap.translatortraining import TranslatorTask
from labelbridge.jobs import JobFolder, JobSpec

SAMPLES = Path(__file__).parents[1] / "sample_data"


@dataclass(frozen=True)
class Kill:
    """One round.

    Attributes
    ----------
    after_s
        When it was killed, from the start of its process.
    reported
        The last step that it had told of.
    saved
        The step from which the next round could go on.
    """

    after_s: float
    reported: int
    saved: int


def prepare(path: Path, seed: int, *, resume: bool) -> JobFolder:
    """Make the job, or make it ready to be continued."""
    task = TranslatorTask(
        labeled=SAMPLES / "tem_labeled", unlabeled=SAMPLES / "sem_unlabeled", preset="tiny", seed=seed, device="cpu"
    )
    return JobFolder.prepare(path, JobSpec.of("train-translator", task.model_dump(mode="json")), resume=resume)


def start(folder: JobFolder) -> subprocess.Popen[bytes]:
    """Start the job's process."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-m", "labelbridge.jobs.entry", folder.path], env=environment)


def run_undisturbed(path: Path, seed: int) -> float:
    """Run the job to its end; return the seconds that it took."""
    begun = time.monotonic()
    if start(prepare(path, seed, resume=False)).wait() != 0:
        raise SystemExit(f"the run that nobody disturbed failed, see {path / 'stdout.log'}")
    return time.monotonic() - begun


def run_and_kill(path: Path, seed: int, kills: int, whole_s: float, chance: random.Random) -> list[Kill]:
    """Kill the job so many times, then let it end; a run that ends before it is killed is begun again."""
    done: list[Kill] = []
    while len(done) < kills:
        if (path / "result").exists():
            shutil.rmtree(path)
        folder = prepare(path, seed, resume=path.exists())
        process = start(folder)
        after_s = chance.uniform(0, whole_s)
        try:
            code = process.wait(timeout=after_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            done.append(Kill(after_s, _reported(folder), _saved(folder)))
        else:
            if code != 0:
                raise SystemExit(f"a continued run failed after {len(done)} kills, see {folder.log_file}")
    if not (path / "result").exists() and start(prepare(path, seed, resume=True)).wait() != 0:
        raise SystemExit(f"the last continued run failed, see {path / 'stdout.log'}")
    return done


def same_weights(one: Path, other: Path) -> bool:
    """Whether two jobs made the same translator, bit for bit."""
    return (one / "result/model.safetensors").read_bytes() == (other / "result/model.safetensors").read_bytes()


def _reported(folder: JobFolder) -> int:
    steps = [int(event["step"]) for event in folder.events() if event["event"] == "metrics"]  # type: ignore[call-overload]
    return max(steps, default=0)


def _saved(folder: JobFolder) -> int:
    states = sorted(folder.checkpoints.glob("state-*.pt"))
    return int(states[-1].stem.split("-")[1]) if states else 0


def main() -> None:
    """Kill, continue, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with TemporaryDirectory() as room:
        whole, killed = Path(room) / "whole", Path(room) / "killed"
        whole_s = run_undisturbed(whole, args.seed)
        kills = run_and_kill(killed, args.seed, args.kills, whole_s, random.Random(args.seed))
        same = same_weights(whole, killed)
    lost = [max(0, kill.reported - kill.saved) for kill in kills]
    print(f"{platform.machine()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}\n")
    print(
        "| kills | failures | most steps lost | undisturbed run, s | same weights in the end |\n|---|---|---|---|---|"
    )
    print(f"| {len(kills)} | 0 | {max(lost)} | {whole_s:.1f} | {'yes' if same else 'no'} |")
    if not same:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
