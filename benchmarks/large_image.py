"""How memory and time for a pixel grow with the size of the image.

Generated SEM-like images of several sizes go through `labelbridge bootstrap --path adaptation` with the sample model,
each in a process of its own, from a tiled TIFF to masks. Prints peak memory and time per pixel, without the start of
the program (the run of the smallest image), and the ratio to the second smallest.

    python benchmarks/large_image.py --sides 500 2000 12000
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import tifffile
from scipy import ndimage

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "sample_data"))
MODEL = ROOT / "sample_data" / "models" / "segmenter"
PHANTOM_PX = 500
TILE_PX = 512


def write_image(path: Path, side: int, enlarge: float) -> None:
    """Write a square image: one phantom, enlarged, mirrored again and again so that nothing jumps."""
    from make_phantoms import make_sem

    phantom = ndimage.zoom(make_sem(3, (PHANTOM_PX, PHANTOM_PX))[0].astype(np.float32), enlarge, order=1)
    phantom = np.clip(np.round(phantom), 0, 255).astype(np.uint8)
    period = len(phantom)
    at = np.arange(side + TILE_PX) % (2 * period)
    at = np.where(at < period, at, 2 * period - 1 - at)

    def tiles() -> Iterator[np.ndarray]:
        for top in range(0, side, TILE_PX):
            for left in range(0, side, TILE_PX):
                yield phantom[np.ix_(at[top : top + TILE_PX], at[left : left + TILE_PX])]

    tifffile.imwrite(path, tiles(), shape=(side, side), dtype=np.uint8, tile=(TILE_PX, TILE_PX), compression="zlib")


def run(image: Path, out: Path) -> tuple[float, float]:
    """Bootstrap an image and return the seconds and the peak of the resident memory in GB."""
    command = [sys.executable, "-m", "labelbridge", "bootstrap", str(image), "--path", "adaptation"]
    command += ["--segmenter", str(MODEL), "--out", str(out), "--device", "cpu"]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        watched, peak = psutil.Process(process.pid), 0
        while process.poll() is None:
            try:
                peak = max(peak, watched.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.1)
        error = process.stderr.read().decode() if process.stderr else ""
    if process.returncode:
        raise SystemExit(f"labelbridge ended with {process.returncode}: {error}")
    return time.perf_counter() - began, peak / 1e9


def main() -> None:
    """Run the sizes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sides", nargs="+", type=int, default=[500, 2000, 12000], metavar="PX")
    parser.add_argument("--enlarge", type=float, default=4.0, help="1: fibres of about 33 px; 4: of about 130 px")
    args = parser.parse_args()
    start = small = 0.0
    print("| side, px | Mpx | seconds | us a pixel, start aside | ratio | peak memory, GB |\n|---|---|---|---|---|---|")
    for index, side in enumerate(sorted(args.sides)):
        with tempfile.TemporaryDirectory() as folder:
            image = Path(folder) / "image.tif"
            write_image(image, side, args.enlarge)
            seconds, peak = run(image, Path(folder) / "masks")
        start = start or seconds
        each = (seconds - start) / side**2 * 1e6
        small = small or each
        cells = ["", ""] if index == 0 else [f"{each:.2f}", f"{each / small:.2f}"]
        print(f"| {side:,} | {side**2 / 1e6:.2f} | {seconds:.1f} | {cells[0]} | {cells[1]} | {peak:.2f} |", flush=True)
    print(f"\n{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}")


if __name__ == "__main__":
    main()
