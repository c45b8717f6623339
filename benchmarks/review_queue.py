"""Which part of the errors do the first places of the review queue hold? Over what so many places could hold at best.

A fibre of the masks is wrong where its axon's IoU with every axon of the truth is under 0.5, as in `labelbridge
evaluate masks`. A place without fibre is an error where a fibre of the truth lies that the masks have missed. The first
5, 10, 20 and 50 % of the queue could hold all errors, those that no place leads to among them, or as many as they have
places, whichever is less. A second table judges the suspicious places, with which the queue begins, likewise.

Masks are those of folders, or those that the sample models make of phantoms that they have not seen. The queue of each
folder, or path, has the others as further paths, and the image, as in the Refine dock.

    python benchmarks/review_queue.py --phantoms 6
    python benchmarks/review_queue.py --phantoms 6 --without-image
    python benchmarks/review_queue.py --masks masks/tutorship masks/adaptation --truth ../shared/data/sem_unlabeled

With --learnt, each row is followed by one with the same places in the order in which a random forest puts them that the
truth of the other images has taught how much each sign counts: what better weights could gain at most, about.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from annotating.leads import fibres_shown
from annotating.truefibres import TrueFibres
from annotation_effort import images_beside, labels_in, uncertainty_beside
from bestious import best_ious
from labelbridge.core import (
    AXON,
    BoolArray,
    FloatArray,
    Image,
    LabelMap,
    Prediction,
    number_areas,
)
from labelbridge.evaluate.fibres import MIN_IOU
from labelbridge.refine.review import Place, ReviewQueue
from queuelearning import learnt_orders

__all__ = ["Ranked", "learnt", "main", "ranked", "suspicious", "suspicious_table", "table"]

SHARES = (0.05, 0.1, 0.2, 0.5)
"""Parts of the queue that are looked at."""

_FEWEST_TO_LEARN = 2

ROOT = Path(__file__).resolve().parents[1]
FIRST_SEED = 900
"""Of the phantoms; no sample model was trained on these."""


@dataclass(frozen=True, eq=False)
class Ranked:
    """The queue of an image, judged.

    Attributes
    ----------
    is_error
        For each place in the queue's order whether it leads to an error, (N,), bool.
    hidden
        Missed fibres that no place leads to.
    places
        The places in the queue's order.
    """

    is_error: BoolArray
    hidden: int
    places: tuple[Place, ...] = ()

    @property
    def errors(self) -> int:
        """Number of all errors."""
        return int(np.count_nonzero(self.is_error)) + self.hidden

    def held(self, share: float) -> tuple[int, int]:
        """Return how many errors the first places hold, and how many so many places could hold at best."""
        first = round(share * len(self.is_error))
        return int(np.count_nonzero(self.is_error[:first])), min(first, self.errors)


def ranked(
    masks: LabelMap,
    truth: LabelMap,
    uncertainty: FloatArray | None = None,
    paths: Mapping[str, LabelMap] | None = None,
    image: FloatArray | None = None,
) -> Ranked:
    """Build the queue of an image and judge it by the truth; parameters as of `ReviewQueue.build`, with label maps."""
    layers = {name: masks.mask(name).astype(np.uint8) for name in masks.classes.foreground}
    places = list(ReviewQueue.build(layers, uncertainty, paths, image))
    (axons, count), fibres = number_areas(masks.mask(AXON)), TrueFibres.of(truth)
    iou, true_iou = best_ious(axons, count, fibres.axons, fibres.count)
    is_missed = true_iou < MIN_IOU
    led_to: set[int] = set()
    is_error = np.zeros(len(places), np.bool_)
    for rank, place in enumerate(places):
        missed = [number for number in fibres_shown(place, axons, fibres).tolist() if is_missed[number]]
        is_error[rank] = iou[axons[place.at]] < MIN_IOU if place.kind == "fibre" else bool(missed)
        if is_error[rank]:
            led_to.update(missed)
    return Ranked(is_error, int(np.count_nonzero(is_missed)) - len(led_to), tuple(places))


def suspicious(queue: Ranked) -> Ranked:
    """Return the part of a queue that is suspicious; its other errors are then hidden."""
    count = sum(place.is_suspicious for place in queue.places)
    is_error = queue.is_error[:count]
    return Ranked(is_error, queue.errors - int(np.count_nonzero(is_error)), queue.places[:count])


def suspicious_table(rows: Mapping[str, Iterable[Ranked]]) -> str:
    """Return how much of queues is suspicious, and how much of that is wrong, as a Markdown table."""
    lines = [
        "| masks | suspicious | of these wrong | of all errors | of the other places wrong | first 20% |",
        "|---|---|---|---|---|---|",
    ]
    for name, queues in rows.items():
        found = list(queues)
        parts = [suspicious(queue) for queue in found]
        places, errors = sum(len(part.places) for part in parts), sum(int(part.is_error.sum()) for part in parts)
        others = sum(len(queue.places) for queue in found) - places
        other_errors = sum(int(queue.is_error.sum()) for queue in found) - errors
        held, best = np.sum([part.held(0.2) for part in parts], axis=0)
        ratios = (errors, places), (errors, sum(queue.errors for queue in found)), (other_errors, others), (held, best)
        cells = [f"{part / whole:.0%}" if whole else "" for part, whole in ratios]
        lines.append(f"| {name} | {places:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def learnt(queues: Sequence[Ranked]) -> list[Ranked]:
    """Return the queues of several images, each in the order that the truth of the others teaches."""
    orders = learnt_orders([one.places for one in queues], [one.is_error for one in queues])
    ranks = [np.argsort(-order, kind="stable") for order in orders]
    return [
        replace(one, is_error=one.is_error[rank], places=tuple(one.places[number] for number in rank))
        for one, rank in zip(queues, ranks, strict=True)
    ]


def table(rows: Mapping[str, Iterable[Ranked]]) -> str:
    """Return queues by name, those of several images added up, as a Markdown table."""
    heads = " | ".join(f"first {share:.0%}" for share in SHARES)
    lines = [
        f"| masks | places | errors | of these without a place | {heads} |",
        "|---|---|---|---|" + "---|" * len(SHARES),
    ]
    for name, queues in rows.items():
        found = list(queues)
        counts = [sum(len(one.is_error) for one in found), sum(one.errors for one in found)]
        cells = [f"{number:,}" for number in (*counts, sum(one.hidden for one in found))]
        for share in SHARES:
            held, best = np.sum([one.held(share) for one in found], axis=0)
            cells.append(f"{held / best:.0%}" if best else "")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _of_folders(folders: list[Path], truth: Path, *, with_image: bool) -> dict[str, list[Ranked]]:
    """Judge the queues of all images of the truth, for each folder of masks with the others as further paths."""
    truths = labels_in(truth)
    images = images_beside(truth, truths) if with_image else {}
    masks = {folder.name: labels_in(folder) for folder in folders}
    return {
        folder.name: [
            ranked(
                masks[folder.name][stem],
                true,
                uncertainty_beside(folder, stem),
                {name: others[stem] for name, others in masks.items() if name != folder.name},
                images.get(stem),
            )
            for stem, true in truths.items()
        ]
        for folder in folders
    }


def _of_phantoms(count: int, *, with_image: bool) -> dict[str, list[Ranked]]:
    """Judge the queues of phantoms, with the masks that the sample models make by two paths."""
    sys.path.insert(0, str(ROOT / "sample_data"))
    from make_phantoms import make_sem

    rows: dict[str, list[Ranked]] = {}
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        pixels, labels = make_sem(seed)
        image = Image(pixels.astype(np.float32), f"phantom{seed}")
        predictions = _predictions(image)
        masks = {path: prediction.labels for path, prediction in predictions.items()}
        for path, prediction in predictions.items():
            others = {other: labels for other, labels in masks.items() if other != path}
            seen = image.data if with_image else None
            rows.setdefault(path, []).append(
                ranked(prediction.labels, LabelMap(labels), prediction.uncertainty, others, seen)
            )
    return rows


def _predictions(image: Image) -> dict[str, Prediction]:
    from labelbridge.bootstrap import Bootstrap, Plan, TutorshipSettings

    models, settings = ROOT / "sample_data" / "models", TutorshipSettings(device="cpu")
    plans = (
        Plan("adaptation", segmenter=models / "segmenter", settings=settings),
        Plan("tutorship", tutored=models / "tutored", settings=settings),
    )
    return {plan.path: next(Bootstrap(plan, [image]).predict([image]))[1] for plan in plans}


def main() -> None:
    """Judge the queues and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--phantoms", type=int, metavar="N", help="so many phantoms, with the masks of the sample models"
    )
    parser.add_argument("--masks", type=Path, nargs="+", metavar="DIR")
    parser.add_argument("--truth", type=Path, metavar="DIR", help="images and masks of the same names, by hand")
    parser.add_argument("--without-image", action="store_true", help="the queue knows no more than the masks tell")
    parser.add_argument("--learnt", action="store_true", help="add the order that the truth of other images teaches")
    args = parser.parse_args()
    with_image = not args.without_image
    if args.phantoms:
        rows = _of_phantoms(args.phantoms, with_image=with_image)
    elif args.masks and args.truth:
        rows = _of_folders(args.masks, args.truth, with_image=with_image)
    else:
        parser.error("give --phantoms N, or --masks and --truth")
    if args.learnt and any(len(ranking) < _FEWEST_TO_LEARN for ranking in rows.values()):
        parser.error("--learnt needs two images or more with masks by hand: each is ordered by what the others teach")
    parts = suspicious_table(rows)
    if args.learnt:
        rows = {
            title: queues
            for name, ranking in rows.items()
            for title, queues in ((name, ranking), (f"{name}, learnt", learnt(ranking)))
        }
    print(table(rows), parts, sep="\n\n")


if __name__ == "__main__":
    main()
