"""Scores of many images and runs: as numbers, as a table, as a CSV file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np

from labelbridge.evaluate.distributions import SizeComparison
from labelbridge.evaluate.fibres import FibreScores
from labelbridge.evaluate.reportcsv import csv_rows
from labelbridge.evaluate.reporttable import report_table
from labelbridge.evaluate.runs import mean_and_sd
from labelbridge.evaluate.scores import Scores
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

    fibres: FibreScores | None = None
    """Fibres found, missed, invented, merged and split; None of a class that is not the axon."""

    sizes: SizeComparison | None = None
    """Sizes of the fibres in px; None of a class that is not the axon."""

    pixel_size_um: float | None = None
    """Side of the image's pixels in um, None where unknown."""


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

    def rows_with_sizes(self) -> Iterator[tuple[Row, SizeComparison | None]]:
        """Give the rows with the sizes of their fibres: in um where the pixel size of every image is known, else in px.

        One unit for all, so that the fibres of several images can be put together.
        """
        sizes_um = [row.pixel_size_um for row in self.rows if row.sizes is not None]
        for row in self.rows:
            if row.sizes is None or row.pixel_size_um is None or None in sizes_um:
                yield row, row.sizes
            else:
                yield row, row.sizes.in_um(row.pixel_size_um)

    def sizes(self) -> dict[str, SizeComparison]:
        """Return the sizes of the fibres of all images together, by run, in the unit of `rows_with_sizes`."""
        compared: dict[str, list[SizeComparison]] = {}
        for row, sizes in self.rows_with_sizes():
            if sizes is not None:
                compared.setdefault(row.run, []).append(sizes)
        return {run: SizeComparison.pooled(parts) for run, parts in compared.items()}

    def _summary(self, name: str) -> Summary:
        of_runs = [tuple(np.mean(self._values(run, name), axis=0).tolist()) for run in self.runs]
        mean, sd = mean_and_sd(of_runs)
        return Summary(Scores(*mean), None if sd is None else Scores(*sd))

    def _values(self, run: str, name: str) -> list[tuple[float, ...]]:
        return [row.scores.values() for row in self.rows if (row.run, row.name) == (run, name)]

    def table(self) -> str:
        """Return the report as plain text: every image, the summary, the fibres, and what found no partner."""
        return report_table(self)

    def to_csv(self, path: Path, *, overwrite: bool = False) -> None:
        """Write a row for each run, image and class, then rows ``mean`` and ``sd`` for each class, in full precision.

        The columns are run, image, class, those of `METRICS`, and in the rows of the axon

        - those of `FIBRE_METRICS`, as ``fibres_found`` and so on;
        - ``length_unit``, that of diameter and thickness;
        - those of `DISTRIBUTION_METRICS` for each of the `SIZES`, as ``g_ratio_median`` and so on; empty where there
          is no fibre to say them.

        ``mean`` and ``sd`` stand in the run's column and are over the runs, of which each stands with the mean over
        its images, with the sum of its fibres, and with the sizes of the fibres of all images together; ``sd`` is left
        out for a single run.

        Raises
        ------
        InputError
            Where the file exists and `overwrite` is False, or cannot be written.
        """
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerows(csv_rows(self))
        write_files({path: text.getvalue().encode()}, overwrite=overwrite)
