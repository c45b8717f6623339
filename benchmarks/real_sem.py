"""How good are the masks on real SEM images? Direct, adaptation and tutorship, without any label of the SEM images.

L: labelled TEM tiles; U: SEM images, three of them with labels that only report. Each row is computed
once and stored, so that the command can be stopped and called again.

    python benchmarks/real_sem.py --data ../shared/data --seeds 0 1 2
    python benchmarks/real_sem.py --data ../shared/data --rows adaptation tutorship --translator tem_sem/result
    python benchmarks/real_sem.py --data ../shared/data --rows tutorship --rounds 2
"""

import argparse
import json
import os
import platform
import time
from pathlib import Path

import numpy as np

from labelbridge.bootstrap import Bootstrap, Plan, TutorshipSettings
from labelbridge.bootstrap.settings import BootstrapPath
from labelbridge.core import Image, LabeledImage, Reporter
from labelbridge.evaluate import score
from labelbridge.io import find_images, find_masks, read_image, read_label_map, read_labeled_set

PATHS: tuple[BootstrapPath, ...] = ("direct", "adaptation", "tutorship")


class Printer(Reporter):
    """Prints each stage once."""

    def __init__(self) -> None:
        self._stage = ""

    def progress(self, done: float, total: float, stage: str) -> None:
        """Print the stage when it changes."""
        if stage != self._stage:
            self._stage = stage
            print(f"  {stage}", flush=True)


def run_row(
    path: BootstrapPath,
    seed: int,
    labeled: list[LabeledImage],
    images: list[Image],
    truth: Path,
    translator: Path | None,
    rounds: int,
) -> dict:
    """Run one path with one seed, everything in it but the translator's training, and score the images with labels."""
    start = time.perf_counter()
    settings = TutorshipSettings(seed=seed, device="cpu", rounds=rounds)
    job = Bootstrap(Plan(path, labeled, translator=translator, settings=settings), images, Printer())
    masks = find_masks(truth)
    scores = {}
    for image, prediction in job.predict([image for image in images if image.name in masks]):
        found = score(prediction.labels, read_label_map(masks[image.name], ("axon", "myelin")))
        scores[image.name] = {name: [value.dice, value.sensitivity, value.specificity] for name, value in found.items()}
    seconds = time.perf_counter() - start
    return {
        "path": _name(path, translator, rounds),
        "seed": seed,
        "seconds": seconds,
        "scores": scores,
        "found": job.sentences(),
    }


def table(rows: list[dict]) -> str:
    """Return the rows as a Markdown table: mean over images, then mean ± SD over seeds."""
    lines = [
        "| path | seeds | axon Dice | myelin Dice | axon sens. / spec. | myelin sens. / spec. | minutes a seed |",
        "|---|---|---|---|---|---|---|",
    ]
    for path in _paths(rows):
        chosen = [row for row in rows if row["path"] == path]
        means = np.array([[_mean(row, name) for name in ("axon", "myelin")] for row in chosen])
        mean, deviation = (
            means.mean(axis=0),
            means.std(axis=0, ddof=1) if len(chosen) > 1 else np.zeros(means.shape[1:]),
        )
        dice = [f"{mean[c, 0]:.3f}" + (f" ± {deviation[c, 0]:.3f}" if len(chosen) > 1 else "") for c in range(2)]
        both = [f"{mean[c, 1]:.3f} / {mean[c, 2]:.3f}" for c in range(2)]
        minutes = np.mean([row["seconds"] for row in chosen]) / 60
        seeds = ", ".join(str(row["seed"]) for row in chosen)
        lines.append(f"| {path} | {seeds} | {dice[0]} | {dice[1]} | {both[0]} | {both[1]} | {minutes:.1f} |")
    return "\n".join(lines)


def per_image(rows: list[dict]) -> str:
    """Return a Markdown table of each image's Dice, mean over seeds."""
    names = sorted(rows[0]["scores"])
    lines = ["| path | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for path in _paths(rows):
        chosen = [row["scores"] for row in rows if row["path"] == path]
        cells = [
            " / ".join(f"{np.mean([scores[name][c][0] for scores in chosen]):.3f}" for c in ("axon", "myelin"))
            for name in names
        ]
        lines.append(f"| {path} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _name(path: BootstrapPath, translator: Path | None, rounds: int) -> str:
    return ", ".join([path, *(["SynDiff"] if translator else []), *([f"{rounds} of self-training"] if rounds else [])])


def _paths(rows: list[dict]) -> list[str]:
    """Return the rows' paths, each once, in their order."""
    return list(dict.fromkeys(row["path"] for row in rows))


def _mean(row: dict, name: str) -> list[float]:
    return [float(v) for v in np.mean([scores[name] for scores in row["scores"].values()], axis=0)]


def main() -> None:
    """Run what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--rows", nargs="+", choices=PATHS, default=list(PATHS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--translator", type=Path, help="translator for adaptation and tutorship")
    parser.add_argument("--rounds", type=int, default=0, help="rounds of self-training in tutorship")
    parser.add_argument("--store", type=Path, default=Path("labelbridge-benchmark"), help="folder for rows and models")
    args = parser.parse_args()
    if not args.data.exists():
        raise SystemExit(f"skipped: no data at {args.data}; it needs tem_labeled/ and sem_unlabeled/")
    os.environ.setdefault("LABELBRIDGE_HOME", str(args.store.resolve()))
    labeled = read_labeled_set(args.data / "tem_labeled")
    images = [read_image(file) for file in find_images(args.data / "sem_unlabeled")]
    rows = []
    for path in args.rows:
        translator = args.translator if path != "direct" else None
        rounds = args.rounds if path == "tutorship" else 0
        kind = f"{path}{'-syndiff' if translator else ''}{f'-rounds{rounds}' if rounds else ''}"
        for seed in args.seeds if path == "tutorship" else args.seeds[:1]:
            stored = args.store / f"{kind}-{seed}.json"
            if not stored.exists():
                print(f"{path}, seed {seed}", flush=True)
                stored.parent.mkdir(parents=True, exist_ok=True)
                truth = args.data / "sem_unlabeled" / "derivatives"
                row = run_row(path, seed, labeled, images, truth, translator, rounds)
                stored.write_text(json.dumps(row, indent=1))
            rows.append(json.loads(stored.read_text()))
    print("\n" + "\n".join(rows[0]["found"]))
    print(f"\n{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}\n")
    print(table(rows) + "\n\nDice, axon / myelin\n\n" + per_image(rows))


if __name__ == "__main__":
    main()
