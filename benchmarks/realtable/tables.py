"""The tables (Markdown): means over images, then mean ± standard deviation over seeds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labelbridge.core import AXON, MYELIN
from labelbridge.evaluate import SIZES
from labelbridge.evaluate.runs import mean_and_sd
from realtable.judged import Judged
from realtable.measures import ImageMeasures

__all__ = ["image_table", "mask_table", "size_table", "work_table"]

_CLASSES = (AXON, MYELIN)
_UNKNOWN = "-"

_Numbers = tuple[float | None, ...]


@dataclass(frozen=True)
class _Column:
    """A column: one number of a run, or several that stand beside each other without their deviation."""

    head: str
    numbers: Callable[[Judged], _Numbers]
    decimals: int = 3

    def cell(self, seeds: Sequence[Judged]) -> str:
        """Return what the runs of a row say."""
        numbers = [self.numbers(run) for run in seeds]
        known = [tuple(number for number in one if number is not None) for one in numbers]
        if known != numbers:
            return _UNKNOWN
        mean, sd = mean_and_sd(known)
        texts = [f"{number:.{self.decimals}f}" for number in mean]
        return " / ".join(texts) + (f" ± {sd[0]:.{self.decimals}f}" if sd and len(sd) == 1 else "")


def mask_table(runs: Sequence[Judged]) -> str:
    """Return how the pixels of masks agree with the truth."""
    dice = [_Column(f"{name} Dice", _means(_score(name, "dice"))) for name in _CLASSES]
    parts = [
        _Column(f"{name} sens. / spec.", _means(_score(name, "sensitivity"), _score(name, "specificity")))
        for name in _CLASSES
    ]
    return _table(runs, [*dice, *parts])


def work_table(runs: Sequence[Judged]) -> str:
    """Return how fibres agree with the truth, what correcting them takes, and what making them takes."""
    return _table(
        runs,
        [
            _Column("panoptic quality", _means(lambda image: image.fibres.pq)),
            _Column("fibres found, F1", _means(lambda image: image.fibres.f1)),
            _Column("effort, % of from scratch", lambda run: (run.effort_percent(lambda one: one.effort_s),), 0),
            _Column("with the queue, %", lambda run: (run.effort_percent(lambda one: one.queue_effort_s),), 0),
            _Column("minutes a seed", lambda run: (run.minutes,), 1),
        ],
    )


def size_table(runs: Sequence[Judged]) -> str:
    """Return how far the median sizes of the fibres of an image are from the true ones."""
    return _table(runs, [_Column(f"{name.replace('_', ' ')}, % off", _means(_off(name)), 1) for name in SIZES])


def image_table(runs: Sequence[Judged]) -> str:
    """Return each image's Dice of axon and myelin."""
    names = dict.fromkeys(name for run in runs for name in run.images)
    return _table(runs, [_Column(name, _dice_of(name)) for name in names])


def _table(runs: Sequence[Judged], columns: Sequence[_Column]) -> str:
    """Return a line for each row, its seeds, and what its runs say."""
    heads = ["path", "seeds", *(column.head for column in columns)]
    lines = [heads, ["---"] * len(heads)]
    for title in dict.fromkeys(run.title for run in runs):
        seeds = [run for run in runs if run.title == title]
        numbers = ", ".join(str(run.seed) for run in seeds)
        lines.append([title, numbers, *(column.cell(seeds) for column in columns)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _means(*measures: Callable[[ImageMeasures], float | None]) -> Callable[[Judged], _Numbers]:
    return lambda run: tuple(run.mean(measure) for measure in measures)


def _score(name: str, metric: str) -> Callable[[ImageMeasures], float]:
    return lambda image: float(getattr(image.scores[name], metric))


def _off(name: str) -> Callable[[ImageMeasures], float | None]:
    def absolute(image: ImageMeasures) -> float | None:
        off = image.sizes_off_percent[name]
        return None if off is None else abs(off)

    return absolute


def _dice_of(image: str) -> Callable[[Judged], _Numbers]:
    return lambda run: tuple(run.images[image].scores[name].dice if image in run.images else None for name in _CLASSES)
