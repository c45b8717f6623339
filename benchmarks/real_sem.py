"""How good are the masks on real SEM images? Each path, without any label of the SEM images.

L: labelled TEM tiles; U: SEM images, three of them with labels that only report. A row is a path and what it is run
with (`realtable/rows.py`). Each row is run with each seed, one by one; masks, times and measures are stored, so that
the command can be stopped and called again, and what is stored is in the tables whichever rows are asked for. To
measure anew, delete `measures.json` of a run. The time of a run is that from nothing: what it takes from an earlier
run is added. SynDiff's rows need a translator, whose training is in no time.

Effort is that of `annotation_effort.py --border 1`, sizes are medians over an image's fibres.

    python benchmarks/real_sem.py --data ../shared/data
    python benchmarks/real_sem.py --data ../shared/data --translator tem_sem/result
    python benchmarks/real_sem.py --data ../shared/data --rows tutorship tutorship-alone --seeds 0 1 2
    python benchmarks/real_sem.py --data ../shared/data --rows --pictures pictures
"""

import argparse
import os
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from labelbridge.bootstrap.store import claim
from labelbridge.core import InputError
from realtable.judged import Judged
from realtable.material import Material
from realtable.measures import measured, scratch_s
from realtable.pictures import write_pictures
from realtable.rows import ROWS
from realtable.running import carry_out
from realtable.store import Run, stored_runs
from realtable.tables import image_table, mask_table, size_table, work_table
from realtable.times import times


def report(store: Path, material: Material) -> str:
    """Return the tables of all stored runs, and what they took."""
    runs = stored_runs(store)
    if not runs:
        return "no row is stored yet"
    images = {image.name: image for image in material.judged}
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        measures = {run: measured(run, material.truth, images, pool.map) for run in runs}
        from_scratch_s = scratch_s(store, material.truth, pool.map)
    judged = [
        Judged(run.row.title, run.seed, found.images, from_scratch_s, run.seconds()) for run, found in measures.items()
    ]
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}"
    return "\n\n".join(
        [
            "\n".join(runs[0].found),
            machine,
            mask_table(judged),
            work_table(judged),
            size_table(judged),
            "Dice, axon / myelin",
            image_table(judged),
            *(f"{run.row.title}, seed {run.seed}: {sentence}" for run in runs for sentence in run.said()),
            times(measures),
        ]
    )


def main() -> None:
    """Run what is asked for, and print the tables of all that is stored."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--rows", nargs="*", choices=ROWS, default=list(ROWS), help="none: only what is stored")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--translator", type=Path, metavar="DIR", help="a trained translator, for SynDiff's rows")
    parser.add_argument("--store", type=Path, default=Path("labelbridge-benchmark"), help="folder for runs and models")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="draw the best and the worst place of each run")
    args = parser.parse_args()
    if not args.data.exists():
        raise SystemExit(f"skipped: no data at {args.data}; it needs tem_labeled/ and sem_unlabeled/")
    os.environ["LABELBRIDGE_HOME"] = str(args.store.resolve())
    try:
        material = Material.read(args.data, args.translator)
        claim(args.store, material.key())
        for name in args.rows:
            if ROWS[name].is_translated and not args.translator:
                print(f"{name} is not run: it needs --translator DIR, the folder of a trained translator")
                continue
            for seed in args.seeds:
                carry_out(Run(args.store, name, seed), material)
        print("\n" + report(args.store, material))
        if args.pictures:
            write_pictures(stored_runs(args.store), material, args.pictures)
    except InputError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
