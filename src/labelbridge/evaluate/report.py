"""Scores of many images and runs: as numbers, as a table, as a CSV file."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np

from labelbridge.core import AXON
from labelbridge.evaluate.fibres import FIBRE_METRICS, FibreScores
from labelbridge.evaluate.scores import METRICS, Scores
from labelbridge.io.atomic import write_files

__all__ = ["Report", "Row", "Summary"]

_PLACE = ("run", "image")
_FIBRE_HEADER = tuple(f"fibres {name}" for name in FIBRE_METRICS)
_NO_FIBRES = ("",) * len(FIBRE_METRICS)


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

    fibres: FibreScores | None = None
    """Fibres found, missed and invented; None of a class that is not the axon."""


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

    def fibres(self) -> dict[str, FibreScores]:
        """Return the fibres of all images together, by run."""
        counted: dict[str, list[FibreScores]] = {}
        for row in self.rows:
            if row.fibres is not None:
                counted.setdefault(row.run, []).append(row.fibres)
        return {run: FibreScores.total(scores) for run, scores in counted.items()}

    def _summary(self, name: str) -> Summary:
        of_runs = [tuple(np.mean(self._values(run, name), axis=0).tolist()) for run in self.runs]
        mean, sd = _mean_and_sd(of_runs)
        return Summary(Scores(*mean), None if sd is None else Scores(*sd))

    def _values(self, run: str, name: str) -> list[tuple[float, ...]]:
        return [row.scores.values() for row in self.rows if (row.run, row.name) == (run, name)]

    def table(self) -> str:
        """Return the report as plain text: every image, the summary, the fibres, and what found no partner."""
        images = [(*self._place(row), row.name, *row.scores.texts()) for row in self.rows]
        means = [
            (name, *(_with_sd(one.mean.values(), one.sd.values()) if one.sd else one.mean.texts()))
            for name, one in self.summary().items()
        ]
        blocks = [
            _columns((*_PLACE[-self._places :], "class", *METRICS), images),
            _columns((self._over_runs or "mean over images", *METRICS), means),
            *self._fibre_tables(),
            *self._strays(),
        ]
        return "\n\n".join(blocks)

    @property
    def _places(self) -> int:
        """How many columns say where numbers come from: a single run need not be named."""
        return 2 if len(self.runs) > 1 else 1

    @property
    def _over_runs(self) -> str:
        return f"mean ± SD over {len(self.runs)} runs" if len(self.runs) > 1 else ""

    def _place(self, row: Row) -> tuple[str, ...]:
        return (row.run, row.image)[-self._places :]

    def _fibre_tables(self) -> list[str]:
        totals = self.fibres()
        if not totals:
            return []
        images = [(*self._place(row), *row.fibres.texts()) for row in self.rows if row.fibres]
        sums = [(run or "all images", *total.texts()) for run, total in totals.items()]
        mean, sd = _mean_and_sd([total.values() for total in totals.values()])
        if sd is not None:
            sums.append((self._over_runs, *_with_sd(mean, sd)))
        return [
            _columns((*_PLACE[-self._places :], *_FIBRE_HEADER), images),
            _columns(("sum over images", *_FIBRE_HEADER), sums),
        ]

    def _strays(self) -> list[str]:
        found = {
            "Predictions without truth": self.unmatched_predictions,
            "Truth without prediction": self.unmatched_truth,
        }
        return [f"{title} ({len(stems)}): {', '.join(stems)}" for title, stems in found.items() if stems]

    def to_csv(self, path: Path, *, overwrite: bool = False) -> None:
        """Write a row for each run, image and class, then rows ``mean`` and ``sd`` for each class, in full precision.

        The columns are run, image, class, those of `METRICS`, and in the rows of the axon those of `FIBRE_METRICS`, as
        ``fibres_found`` and so on. ``mean`` and ``sd`` stand in the run's column and are over the runs, of which each
        stands with the mean over its images, and with the sum of its fibres; ``sd`` is left out for a single run.

        Raises
        ------
        InputError
            Where the file exists and `overwrite` is False, or cannot be written.
        """
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerows(self._csv_rows())
        write_files({path: text.getvalue().encode()}, overwrite=overwrite)

    def _csv_rows(self) -> Iterator[tuple[float | str, ...]]:
        yield "run", "image", "class", *METRICS, *(f"fibres_{name}" for name in FIBRE_METRICS)
        for row in self.rows:
            fibres = row.fibres.values() if row.fibres else _NO_FIBRES
            yield row.run, row.image, row.name, *row.scores.values(), *fibres
        totals = [total.values() for total in self.fibres().values()]
        fibre_mean, fibre_sd = _mean_and_sd(totals) if totals else (None, None)
        for name, one in self.summary().items():
            mean, sd = (fibre_mean, fibre_sd) if name == AXON else (None, None)
            yield "mean", "", name, *one.mean.values(), *(mean or _NO_FIBRES)
            if one.sd is not None:
                yield "sd", "", name, *one.sd.values(), *(sd or _NO_FIBRES)


def _mean_and_sd(values: Sequence[tuple[float, ...]]) -> tuple[tuple[float, ...], tuple[float, ...] | None]:
    """Return the mean of rows of numbers, and their standard deviation (n - 1), None for a single row."""
    array = np.asarray(values, float)
    mean, sd = array.mean(axis=0), array.std(axis=0, ddof=1) if len(array) > 1 else None
    return tuple(mean.tolist()), None if sd is None else tuple(sd.tolist())


def _with_sd(mean: Sequence[float], sd: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"{value:.3f} ± {spread:.3f}" for value, spread in zip(mean, sd, strict=True))


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align texts in columns below an underlined header."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
