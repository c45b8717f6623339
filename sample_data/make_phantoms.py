"""Make the sample images: `python sample_data/make_phantoms.py [--out DIR]`.

The same seeds give the same files, byte for byte on the same versions of numpy, scipy and scikit-image.
To import `make_tem` and `make_sem` elsewhere, put this folder on the import path.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from skimage import io

from phantoms import AXON, MYELIN, UAXON, make_sem, make_tem

__all__ = ["SETS", "PhantomSet", "Tile", "main", "make_sem", "make_tem", "write_set"]

Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]


@dataclass(frozen=True)
class Tile:
    """One image of a set."""

    subject: str
    sample: str
    make: Callable[[], Pair]


@dataclass(frozen=True)
class PhantomSet:
    """One BIDS data set; its labels go to `labels_folder`, which may be another folder than the images'."""

    folder: str
    labels_folder: str
    suffix: str
    pixel_size_um: float
    masks: dict[str, int]
    tiles: tuple[Tile, ...]


def _tem_tiles() -> tuple[Tile, ...]:
    subjects = ("p1", "p1", "p2", "p2", "p3", "p3", "p4", "p4")
    return tuple(
        Tile(subject, f"{seed:02d}", partial(make_tem, seed)) for seed, subject in enumerate(subjects, start=1)
    )


def _shift_tiles() -> tuple[Tile, ...]:
    return (
        Tile("q1", "01", partial(make_tem, 101, gamma=1.2, blur_px=0.6, grain=0.03)),
        Tile("q2", "01", partial(make_tem, 102, gamma=0.85, blur_px=0.3, grain=0.05)),
    )


def _sem_tiles() -> tuple[Tile, ...]:
    return tuple(Tile(f"s{n + 1}", "01", partial(make_sem, 200 + n)) for n in range(4))


FIBRES = {"axon": AXON, "myelin": MYELIN}

SETS = (
    PhantomSet("tem_labeled", "tem_labeled", "TEM", 0.005, {**FIBRES, "uaxon": UAXON}, _tem_tiles()),
    PhantomSet("tem_small_shift", "truth/tem_small_shift", "TEM", 0.005, {**FIBRES, "uaxon": UAXON}, _shift_tiles()),
    PhantomSet("sem_unlabeled", "truth/sem_unlabeled", "SEM", 0.1, FIBRES, _sem_tiles()),
)
"""What `main` writes."""


def write_set(phantoms: PhantomSet, out: Path) -> None:
    """Write images, labels and tables of one set below `out`; files of the same names are replaced."""
    root, truth = out / phantoms.folder, out / phantoms.labels_folder
    for tile in phantoms.tiles:
        subject = f"sub-{tile.subject}"
        stem = f"{subject}_sample-{tile.sample}_{phantoms.suffix}"
        image, labels = tile.make()
        _write_png(root / subject / "micr" / f"{stem}.png", image)
        pixel = [phantoms.pixel_size_um] * 2
        _write_json(root / subject / "micr" / f"{stem}.json", {"PixelSize": pixel, "PixelSizeUnits": "um"})
        for name, value in phantoms.masks.items():
            mask = np.where(labels == value, 255, 0).astype(np.uint8)
            folder = truth / "derivatives" / "labels" / subject / "micr"
            _write_png(folder / f"{stem}_seg-{name}-manual.png", mask)
    _write_tables(phantoms, root)
    for place in {root, truth / "derivatives" / "labels", truth}:
        _write_json(place / "dataset_description.json", _description(phantoms, derived=place.name == "labels"))


def _write_tables(phantoms: PhantomSet, root: Path) -> None:
    subjects = sorted({f"sub-{tile.subject}" for tile in phantoms.tiles})
    _write_text(root / "participants.tsv", ["participant_id\tspecies", *(f"{name}\tphantom" for name in subjects)])
    samples = [f"sample-{tile.sample}\tsub-{tile.subject}\ttechnical sample" for tile in phantoms.tiles]
    _write_text(root / "samples.tsv", ["sample_id\tparticipant_id\tsample_type", *samples])


def _description(phantoms: PhantomSet, *, derived: bool) -> dict[str, object]:
    about: dict[str, object] = {
        "Name": f"Generated phantoms: {phantoms.folder}" + (", labels" if derived else ""),
        "BIDSVersion": "1.9.0",
        "License": "CC0",
        "DatasetType": "derivative" if derived else "raw",
    }
    if derived:
        about["GeneratedBy"] = [{"Name": "sample_data/make_phantoms.py"}]
    return about


def _write_png(path: Path, data: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    io.imsave(path, data, check_contrast=False)


def _write_json(path: Path, content: dict[str, object]) -> None:
    _write_text(path, [json.dumps(content, indent=2)])


def _write_text(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def main() -> None:
    """Write all sets, beside this script or below ``--out``."""
    parser = argparse.ArgumentParser(description="Make the sample images.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write to")
    out = parser.parse_args().out
    for phantoms in SETS:
        write_set(phantoms, out)


if __name__ == "__main__":
    main()
