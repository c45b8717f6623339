"""What does it bring to train a model on with corrected masks? Real SEM images, each left out in turn.

A model that has never seen a label of U (`--model`, such as a tutorship has left) is trained on with the masks by hand
of all images but one, as `labelbridge train corrected --verified` does it, and makes masks of the one left out. The
tables compare these with those of the model before. With `--part`, only the middle of each image was corrected, so much
of its width and height. Each step is stored and not done again.

Masks lie in `before` and `after` of `--store`, so that other benchmarks can judge them, too.

    python benchmarks/retraining.py --model MODEL
    python benchmarks/retraining.py --model MODEL --part 0.33
    python benchmarks/review_queue.py --masks labelbridge-retraining/before labelbridge-retraining/after \
        --truth ../shared/data/sem_unlabeled
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from skimage.io import imread, imsave

from labelbridge.bootstrap import Bootstrap, Plan
from labelbridge.bootstrap.retraining.task import RetrainTask
from labelbridge.bootstrap.retraining.training import retrain
from labelbridge.bootstrap.store import claim, file_hashes, key_of
from labelbridge.core import Image, InputError
from labelbridge.io import find_images, find_masks
from realtable.judged import Judged
from realtable.material import Material
from realtable.measures import masks_measured, scratch_s
from realtable.running import write_masks
from realtable.tables import image_table, mask_table, work_table
from realtable.timing import Stages


@dataclass(frozen=True)
class LeftOut:
    """An image whose masks are made by a model that has learnt from the masks of the others.

    Attributes
    ----------
    store
        Folder of all that is kept.
    data
        Folder with ``tem_labeled`` and ``sem_unlabeled``.
    name
        Name of the image.
    part
        Part of the width and height of the others, in their middle, that is learnt from.
    seed
        Of the retraining.
    """

    store: Path
    data: Path
    name: str
    part: float
    seed: int

    @property
    def folder(self) -> Path:
        """Where its training lies."""
        return self.store / f"without-{self.name}"

    def model(self, before: Path) -> Path:
        """Train the model on with the masks of the other images, unless that is done, and return the new one."""
        out = self.folder / "result"
        if not out.exists():
            task = RetrainTask(
                model=before,
                corrected=(self._corrected(),),
                verified=True,
                labeled=self.data / "tem_labeled",
                seed=self.seed,
                device="cpu",
            )
            retrain(task, self.folder / "checkpoints", out, Stages())
        return out

    def _corrected(self) -> Path:
        """Write the middle of the other images and of their masks to a folder."""
        folder, unlabeled = self.folder / "corrected", self.data / "sem_unlabeled"
        masks = find_masks(unlabeled / "derivatives")
        images = [file for file in find_images(unlabeled) if file.stem in masks]
        files = [file for image in images if image.stem != self.name for file in (image, *masks[image.stem].files)]
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            pixels = imread(file)
            imsave(
                folder / file.name,
                pixels[tuple(_middle(side, self.part) for side in pixels.shape[:2])],
                check_contrast=False,
            )
        return folder


def _middle(side: int, part: float) -> slice:
    """Return the pixels in the middle of a side."""
    kept = round(part * side)
    return slice((side - kept) // 2, (side - kept) // 2 + kept)


def predict(model: Path, images: Sequence[Image], material: Material, out: Path) -> None:
    """Write the masks of images, unless they are there; sizes are those of all images of U."""
    missing = [image for image in images if not (out / f"{image.name}_provenance.json").exists()]
    if not missing:
        return
    job = Bootstrap(Plan("tutorship", tutored=model, settings=material.settings), material.images, Stages())
    write_masks(job, missing, out, {"path": "tutorship"})


def main() -> None:
    """Train, predict, measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, metavar="DIR", help="what to train on")
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--part", type=float, default=1.0, help="of each side of the corrected images; default: 1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--store", type=Path, default=Path("labelbridge-retraining"), help="folder for all that is made"
    )
    args = parser.parse_args()
    if not args.data.exists():
        raise SystemExit(f"skipped: no data at {args.data}; it needs tem_labeled/ and sem_unlabeled/")
    try:
        material = Material.read(args.data)
        settings = {"model": file_hashes(args.model), "part": args.part, "seed": args.seed}
        claim(args.store, key_of((), material.images, settings))
        predict(args.model, material.judged, material, args.store / "before")
        for image in material.judged:
            print(f"without {image.name}", flush=True)
            left_out = LeftOut(args.store, args.data, image.name, args.part, args.seed)
            predict(left_out.model(args.model), [image], material, args.store / "after")
    except InputError as error:
        raise SystemExit(str(error)) from error
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        from_scratch_s = scratch_s(args.store, material.truth, pool.map)
        images = {image.name: image for image in material.judged}
        measures = {
            name: masks_measured(args.store / name, name, material.truth, images, pool.map)
            for name in ("before", "after")
        }
    rows = [Judged(name, args.seed, found.images, from_scratch_s, None) for name, found in measures.items()]
    print("", mask_table(rows), work_table(rows), image_table(rows), sep="\n\n")


if __name__ == "__main__":
    main()
