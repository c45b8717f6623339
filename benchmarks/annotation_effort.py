"""How much work is it to correct masks, and how much to draw them from nothing? A scripted annotator, in seconds.

The annotator knows the truth and has the Refine dock: brush and eraser of any size, and the repairs. They correct until
each true fibre has an IoU of at least 0.9, axon and myelin counted as different classes, and nothing is left that is no
fibre. For each wrong fibre they take the quickest of the ways that a person would think of: a repair, strokes along
what is missing or too much, a ring to be filled, or some of these. From scratch is the same annotator with empty masks.
With --border 1, pixels beside a border of the truth count neither way: people draw borders no more exactly than that.

What it costs: a click or key 1 s; a stroke 1 s and 1 s for 200 px of the screen, where the median fibre is 200 px wide;
another view 1.5 s; a look at a fibre 1 s. A brush of another size is one click. A repair is chosen by a click, used by
a click and confirmed by a key; where a key repairs what is under the pointer, that key is all. Nobody hesitates, misses
or undoes: shares count, seconds are a lower bound.

Without the queue, all fibres are looked at in reading order. With it, its places are shown in their order until fewer
than half of the last ten have led to an error; then comes the rest in reading order. The maps of uncertainty beside the
masks and the images beside the truth are used.

    python benchmarks/annotation_effort.py --masks masks/adaptation masks/tutorship --truth ../shared/data/sem_unlabeled
"""

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

from annotating.aims import Goal
from annotating.costs import Effort
from annotating.simulation import from_scratch, simulate
from labelbridge.core import FloatArray, LabelMap
from labelbridge.io import find_images, find_masks, read_image, read_label_map

__all__ = ["Effort", "Goal", "actions_table", "effort_table", "from_scratch", "main", "simulate", "total"]

_MOST_RIGHT = 0.9
"""The share of fibres until which the table says how long it takes."""


def total(efforts: list[Effort]) -> Effort:
    """Add up the efforts of several images, corrected one after the other."""
    actions = dict.fromkeys(name for effort in efforts for name in effort.seconds_by_action)
    begun_s = [sum(effort.seconds for effort in efforts[:number]) for number in range(len(efforts))]
    return Effort(
        fibres=sum(effort.fibres for effort in efforts),
        wrong=sum(effort.wrong for effort in efforts),
        invented=sum(effort.invented for effort in efforts),
        left=sum(effort.left for effort in efforts),
        seconds_by_action={
            name: sum(effort.seconds_by_action.get(name, 0.0) for effort in efforts) for name in actions
        },
        right_after_s=tuple(
            start_s + after_s
            for start_s, effort in zip(begun_s, efforts, strict=True)
            for after_s in effort.right_after_s
        ),
    )


def effort_table(rows: Mapping[str, Effort], scratch: Effort) -> str:
    """Return efforts by name as a Markdown table, with their shares of the effort from scratch."""
    lines = [
        "| masks | fibres | wrong | invented | left | s a fibre | of from scratch, % | nine of ten right, % |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, effort in {"from scratch": scratch, **rows}.items():
        counts = f"{effort.fibres:,} | {effort.wrong:,} | {effort.invented:,} | {effort.left:,}"
        shares = [100 * seconds / scratch.seconds for seconds in (effort.seconds, effort.seconds_until(_MOST_RIGHT))]
        lines.append(f"| {name} | {counts} | {effort.seconds_a_fibre:.1f} | {shares[0]:.0f} | {shares[1]:.0f} |")
    return "\n".join(lines)


def actions_table(rows: Mapping[str, Effort]) -> str:
    """Return the seconds of each action as a Markdown table."""
    actions = sorted({name for effort in rows.values() for name in effort.seconds_by_action})
    lines = [f"| s | {' | '.join(rows)} |", "|---|" + "---|" * len(rows)]
    for action in actions:
        cells = [f"{effort.seconds_by_action.get(action, 0.0):,.0f}" for effort in rows.values()]
        lines.append(f"| {action} | {' | '.join(cells)} |")
    return "\n".join(lines)


def labels_in(folder: Path) -> dict[str, LabelMap]:
    """Return the masks of a folder, or below it, by the stem of their image."""
    return {stem: read_label_map(files) for stem, files in find_masks(folder).items()}


def uncertainty_beside(folder: Path, stem: str) -> FloatArray | None:
    """Return an image's map of uncertainty in a folder of results or below it, (Y, X); None where there is none."""
    file = next(iter(sorted(folder.rglob(f"{stem}_uncertainty.tif"))), None)
    return None if file is None else read_image(file).data


def images_beside(truth: Path, stems: Iterable[str]) -> dict[str, FloatArray]:
    """Return the images of a truth's folder by their stems, (Y, X) each; those that are not there are left out."""
    files = {file.stem: file for file in find_images(truth)}
    return {stem: read_image(files[stem]).data for stem in stems if stem in files}


def _efforts(
    folder: Path, truths: Mapping[str, LabelMap], images: Mapping[str, FloatArray], goal: Goal
) -> dict[str, Effort]:
    """Return the effort for a folder's masks of all images of the truth, without the queue and with it, by name."""
    files = find_masks(folder)
    if missing := [stem for stem in truths if stem not in files]:
        raise SystemExit(f"{folder}: got no masks of {', '.join(missing)}; expected those of all images of the truth")
    rows: dict[str, list[Effort]] = {folder.name: [], f"{folder.name}, with the queue": []}
    for stem, truth in truths.items():
        masks, uncertainty = read_label_map(files[stem]), uncertainty_beside(folder, stem)
        for by_queue, row in zip((False, True), rows.values(), strict=True):
            effort = simulate(masks, truth, uncertainty, image=images.get(stem), by_queue=by_queue, goal=goal)
            row.append(effort)
    return {name: total(row) for name, row in rows.items()}


def main() -> None:
    """Simulate the annotator for each folder of masks and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--masks", type=Path, nargs="+", required=True, metavar="DIR")
    parser.add_argument(
        "--truth", type=Path, required=True, metavar="DIR", help="images, and masks of the same names, by hand"
    )
    parser.add_argument("--least-iou", type=float, default=Goal.least_iou, metavar="IOU", help="when a fibre is right")
    parser.add_argument("--border", type=int, default=Goal.border_px, metavar="PX", help="what borders may be off")
    args = parser.parse_args()
    goal = Goal(args.least_iou, args.border)
    truths = labels_in(args.truth)
    images = images_beside(args.truth, truths)
    scratch = total([from_scratch(truth, goal=goal) for truth in truths.values()])
    rows = {}
    for folder in args.masks:
        rows |= _efforts(folder, truths, images, goal)
    print(effort_table(rows, scratch) + "\n\n" + actions_table({"from scratch": scratch, **rows}))


if __name__ == "__main__":
    main()
