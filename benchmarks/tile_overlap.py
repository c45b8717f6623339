"""What the overlap of tiles does to masks and time.

A generated SEM-like image with its truth is segmented by the sample model of a finished tutorship, once for each
overlap. Prints the seconds of computing (of all threads together), also over those of 0.5, and Dice.

    python benchmarks/tile_overlap.py --side 1024
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "sample_data"))
MODEL = ROOT / "sample_data" / "models" / "tutored"
OVERLAPS = (0.0, 0.25, 0.5, 0.75)
USUAL = 0.5
SEED = 5


def main() -> None:
    """Measure and print a table."""
    from labelbridge.bootstrap import Bootstrap, Plan, TutorshipSettings
    from labelbridge.core import Image, LabelMap
    from labelbridge.evaluate import score
    from make_phantoms import make_sem

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=1024, metavar="PX")
    side = parser.parse_args().side
    pixels, labels = make_sem(SEED, (side, side))
    image = Image(pixels.astype(np.float32), "phantom")
    truth = LabelMap(np.where(labels > 2, 0, labels))
    took_s: dict[float, float] = {}
    dice: dict[float, str] = {}
    for overlap in OVERLAPS:
        plan = Plan("tutorship", tutored=MODEL, tile_overlap=overlap, settings=TutorshipSettings(device="cpu"))
        job = Bootstrap(plan, [image])
        job.predict_seen(image.with_data(image.data[:128, :128]))  # loads the model
        began_s = time.process_time()
        scores = score(job.predict_seen(image)[1].labels, truth)
        took_s[overlap] = time.process_time() - began_s
        dice[overlap] = " | ".join(f"{scores[name].dice:.3f}" for name in ("axon", "myelin"))
    print(f"| overlap | s | times that of {USUAL:g} | Dice axon | Dice myelin |\n|---|---|---|---|---|")
    for overlap in OVERLAPS:
        print(f"| {overlap:g} | {took_s[overlap]:.0f} | {took_s[overlap] / took_s[USUAL]:.2f} | {dice[overlap]} |")


if __name__ == "__main__":
    main()
