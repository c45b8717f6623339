"""Scores of many images and runs: as numbers, as a table, as a CSV file."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np

from labelbridge.evaluate.scores import METRICS, Scores
from labelbridge.io.atomic import write_files

__all__ = ["Report", "Row", "Summary"]


@dataclass(frozen=True)
class Row:
    """Scores of one class in one image of one run."""

    run: str
    """Name of the run's folder, empty where there is only one run."""

    image: str
    """Stem of the image."""

    name: str
    """Class."""

    scores: Scores


@dataclass(frozen=True)
class Summary:
    """Scores of one class over all runs, each run standing with the mean over its images."""

    mean: Scores
    """Mean over the runs."""

    sd: Scores | None
    """Standard deviation over the runs (n - 1), None for a single run."""


@dataclass(frozen=True)
class Report:
    """Predictions against truth.

    Attributes
    ----------
    rows
        One a run, image and class.
    unmatched_predictions
        Stems of predictions without a truth; ``run/stem`` where there are several runs.
    unmatched_truth
        Stems of truths that a run has no prediction for; ``run/stem`` where there are several runs.
    """

    rows: tuple[Row, ...]
    unmatched_predictions: tuple[str, ...] = ()
    unmatched_truth: tuple[str, ...] = ()

    @property
    def runs(self) -> tuple[str, ...]:
        """Names of the runs, in their order."""
        return tuple(dict.fromkeys(row.run for row in self.rows))

    def summary(self) -> dict[str, Summary]:
        """Return mean and standard deviation over the runs, by class."""
        return {name: self._summary(name) for name in dict.fromkeys(row.name for row in self.rows)}

    def _summary(self, name: str) -> Summary:
        of_runs = np.array([np.mean(self._values(run, name), axis=0) for run in self.runs])
        mean = Scores(*of_runs.mean(axis=0).tolist())
        return Summary(mean, Scores(*of_runs.std(axis=0, ddof=1).tolist()) if len(of_runs) > 1 else None)

    def _values(self, run: str, name: str) -> list[tuple[float, ...]]:
        return [row.scores.values() for row in self.rows if (row.run, row.name) == (run, name)]

    def table(self) -> str:
        """Return the report as plain text: every image, the summary, and what found no partner."""
        with_runs = len(self.runs) > 1
        images = [(*([row.run] if with_runs else []), row.image, row.name, *_cells(row.scores)) for row in self.rows]
        header = (*(["run"] if with_runs else []), "image", "class", *METRICS)
        over = f"mean ± SD over {len(self.runs)} runs" if with_runs else "mean over images"
        means = [(name, *_cells(one.mean, one.sd)) for name, one in self.summary().items()]
        blocks = [_columns(header, images), _columns((over, *METRICS), means), *self._strays()]
        return "\n\n".join(blocks)

    def _strays(self) -> list[str]:
        found = {
            "Predictions without truth": self.unmatched_predictions,
            "Truth without prediction": self.unmatched_truth,
        }
        return [f"{title} ({len(stems)}): {', '.join(stems)}" for title, stems in found.items() if stems]

    def to_csv(self, path: Path, *, overwrite: bool = False) -> None:
        """Write a row for each run, image and class, then rows ``mean`` and ``sd`` for each class, in full precision.

        The columns are run, image, class, dice, sensitivity, specificity; ``mean`` and ``sd`` stand in the run's
        column, and ``sd`` is left out for a single run.

        Raises
        ------
        InputError
            Where the file exists and `overwrite` is False, or cannot be written.
        """
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("run", "image", "class", *METRICS))
        writer.writerows((row.run, row.image, row.name, *row.scores.values()) for row in self.rows)
        for name, one in self.summary().items():
            writer.writerow(("mean", "", name, *one.mean.values()))
            if one.sd is not None:
                writer.writerow(("sd", "", name, *one.sd.values()))
        write_files({path: text.getvalue().encode()}, overwrite=overwrite)


def _cells(mean: Scores, sd: Scores | None = None) -> tuple[str, ...]:
    if sd is None:
        return tuple(f"{value:.3f}" for value in mean.values())
    return tuple(f"{value:.3f} ± {spread:.3f}" for value, spread in zip(mean.values(), sd.values(), strict=True))


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align texts in columns below an underlined header."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
