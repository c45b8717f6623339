"""How often is the advisor right? On phantoms the truth is known.

L is the phantom TEM that the sample models were trained on; U is one of five shifts of it (`shiftedphantoms.py`), or
one where no path finds much. The advisor sees two images of U without labels and recommends one of the paths; it is
right where no path has a Dice (mean of axon, myelin and images) that is higher by more than 0.02. Where it recommends
none, it is right if no path reaches 0.5. Each row is stored, so that the command can be stopped and called again.

The rule was made on the seeds 1 to 4; those of the final count, 51 to 54, were not looked at before.

    python benchmarks/advisor.py
    python benchmarks/advisor.py --shifts hopeless
    python benchmarks/advisor.py --real ../shared/data --minutes 40
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "sample_data"))

from labelbridge.bootstrap import Bootstrap, Plan, TutorshipSettings
from labelbridge.bootstrap.advice.advising import advise
from labelbridge.bootstrap.advice.found import Advice, path_name
from labelbridge.bootstrap.advice.options import options_of
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.loadedmodels import LoadedModels
from labelbridge.cli.console import ConsoleReporter
from labelbridge.core import AXON, MYELIN, Image, LabelMap
from labelbridge.evaluate import score
from labelbridge.io import find_images, find_masks, read_image, read_label_map, read_labeled_set
from shiftedphantoms import SHIFTS, shifted_phantom

SEEDS = (51, 52, 53, 54)
FIVE = ("polarity", "size", "contrast", "blur", "noise")
IMAGES = 2
NEAR = 0.02
USEFUL = 0.5
CPU = TutorshipSettings(device="cpu")

Row = dict[str, Any]
Scene = tuple[Image, LabelMap]


def main() -> None:
    """Run what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shifts", nargs="+", choices=SHIFTS, default=list(FIVE))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    parser.add_argument("--store", type=Path, default=Path("labelbridge-advisor"), help="folder for rows and models")
    parser.add_argument("--real", type=Path, metavar="DIR", help="real images instead: tem_labeled/, sem_unlabeled/")
    parser.add_argument("--minutes", type=float, help="with --real: for trainings; else nothing is trained")
    parser.add_argument("--segmenter", type=Path, metavar="DIR", help="with --real: L's model, not one that is kept")
    parser.add_argument("--tutored", type=Path, metavar="DIR", help="with --real: not one that is kept")
    args = parser.parse_args()
    os.environ.setdefault("LABELBRIDGE_HOME", str(args.store.resolve()))
    if args.real:
        report_real(args.real, args.store / "real.json", args.segmenter, args.tutored, args.minutes)
        return
    rows = []
    for shift in args.shifts:
        for seed in args.seeds:
            rows.append(phantom_row(shift, seed, args.store / f"{shift}-{seed}.json"))
            print(line(rows[-1]), flush=True)
    print("\n" + summary(rows))


def phantom_row(shift: str, seed: int, file: Path) -> Row:
    """Ask for advice on two phantoms, then make their masks by all paths and compare these with the truth."""
    if not file.exists():
        scenes = [shifted_phantom(shift, IMAGES * seed + number) for number in range(IMAGES)]
        models = sample_data_folder() / "models"
        stock = Plan("adaptation", segmenter=models / "segmenter", tutored=models / "tutored", settings=CPU)
        store(file, {"of": f"{shift} {seed}", "shift": shift, **row_of(stock, [image for image, _ in scenes], scenes)})
    return load(file)


def report_real(data: Path, file: Path, segmenter: Path | None, tutored: Path | None, minutes: float | None) -> None:
    """Ask for advice on the real images; the labels of those that have some only report."""
    if not data.exists():
        raise SystemExit(f"skipped: no data at {data}; it needs tem_labeled/ and sem_unlabeled/")
    if not file.exists():
        labeled = read_labeled_set(data / "tem_labeled")
        stock = Plan("adaptation", labeled, segmenter=segmenter, tutored=tutored, settings=CPU)
        unlabeled = [read_image(one) for one in find_images(data / "sem_unlabeled")]
        masks = find_masks(data / "sem_unlabeled" / "derivatives")
        scenes = [
            (image, read_label_map(masks[image.name], (AXON, MYELIN))) for image in unlabeled if image.name in masks
        ]
        store(file, {"of": "real SEM", "shift": "real", **row_of(stock, unlabeled, scenes, minutes)})
    row = load(file)
    print(line(row) + "\n" + row["advice"]["sentence"])


def store(file: Path, row: Row) -> None:
    """Write a row."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(row, indent=1), encoding="utf-8")


def load(file: Path) -> Row:
    """Read a row."""
    row: Row = json.loads(file.read_text(encoding="utf-8"))
    return row


def row_of(stock: Plan, unlabeled: Sequence[Image], scenes: Sequence[Scene], minutes: float | None = None) -> Row:
    """Return what was advised on images of U, and how good each path that was tried is on scenes of known truth."""
    models, begun_s = LoadedModels(), time.perf_counter()
    with ConsoleReporter() as reporter:
        advice = advise(stock, unlabeled, reporter, models, minutes=minutes)
    seconds = time.perf_counter() - begun_s
    tried = {one.name for one in advice.paths if one.signs}
    dice = {
        name: _dice(Bootstrap(plan, unlabeled, models=models), scenes)
        for plan in options_of(stock)
        if (name := path_name(plan.path, plan.translator)) in tried
    }
    return {"dice": dice, "advice": _record(advice), "seconds": seconds}


def _record(advice: Advice) -> Row:
    return {
        "recommended": advice.recommended.name if advice.recommended else None,
        "sentence": advice.sentence,
        "trust": {one.name: one.trust for one in advice.paths if one.signs},
        "signs": {one.name: asdict(one.signs) for one in advice.paths if one.signs},
    }


def _dice(job: Bootstrap, scenes: Sequence[Scene]) -> float:
    """Return Dice, mean over axon, myelin and images."""
    found = [score(job.predict_seen(image)[1].labels, truth) for image, truth in scenes]
    return fmean(scores[name].dice for scores in found for name in (AXON, MYELIN))


def is_right(chosen: str | None, dice: Mapping[str, float]) -> bool:
    """Return whether no path is clearly better than the one chosen; of none chosen, whether none is useful."""
    best = max(dice.values())
    return best < USEFUL if chosen is None else dice[chosen] >= best - NEAR


def line(row: Row) -> str:
    """Return a row for people."""
    dice, advice = row["dice"], row["advice"]
    paths = ", ".join(f"{name} {value:.3f} (trust {advice['trust'][name]:.2f})" for name, value in dice.items())
    verdict = "right" if is_right(advice["recommended"], dice) else "wrong"
    return f"{row['of']}: {advice['recommended'] or 'no path'} is {verdict}: {paths}; {row['seconds']:.0f} s"


def summary(rows: Sequence[Row]) -> str:
    """Return how often the advisor was right, and how often each path would have been (Markdown)."""
    shifts = list(dict.fromkeys(row["shift"] for row in rows))
    lines = [f"| right of {len(rows)} | all | {' | '.join(shifts)} |", "|---|---|" + "---|" * len(shifts)]
    for who in ("the advisor", *rows[0]["dice"]):
        right: dict[str, list[bool]] = {shift: [] for shift in shifts}
        for row in rows:
            chosen = row["advice"]["recommended"] if who == "the advisor" else who
            right[row["shift"]].append(is_right(chosen, row["dice"]))
        total = fmean(value for values in right.values() for value in values)
        cells = [f"{sum(values)} of {len(values)}" for values in right.values()]
        name = who if who == "the advisor" else f"always {who}"
        lines.append(f"| {name} | {total:.0%} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
