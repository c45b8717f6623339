"""The rows of a report as a CSV file."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from labelbridge.core import AXON
from labelbridge.evaluate.distributions import DISTRIBUTION_METRICS, SIZES, SizeComparison
from labelbridge.evaluate.fibres import FIBRE_METRICS
from labelbridge.evaluate.runs import mean_and_sd
from labelbridge.evaluate.scores import METRICS

if TYPE_CHECKING:
    from labelbridge.evaluate.report import Report

__all__ = ["csv_rows"]

_FIBRE_COLUMNS = tuple(f"fibres_{name}" for name in FIBRE_METRICS)
_SIZE_COLUMNS = tuple(f"{size}_{name}" for size in SIZES for name in DISTRIBUTION_METRICS)
_NO_FIBRES = ("",) * len(_FIBRE_COLUMNS)
_NO_SIZES = ("",) * (1 + len(_SIZE_COLUMNS))

_Cells = tuple[float | str, ...]
_Numbers = tuple[float, ...]


def csv_rows(report: "Report") -> Iterator[_Cells]:
    """Give the header and the rows that `Report.to_csv` tells of."""
    yield "run", "image", "class", *METRICS, *_FIBRE_COLUMNS, "length_unit", *_SIZE_COLUMNS
    for row, sizes in report.rows_with_sizes():
        fibres = row.fibres.values() if row.fibres else _NO_FIBRES
        of_sizes = _size_cells(sizes.unit, _size_numbers(sizes)) if sizes else _NO_SIZES
        yield row.run, row.image, row.name, *row.scores.values(), *fibres, *of_sizes
    yield from _summary_rows(report)


def _summary_rows(report: "Report") -> Iterator[_Cells]:
    sizes = report.sizes()
    unit = next((one.unit for one in sizes.values()), "")
    of_fibres = _over_runs([total.values() for total in report.fibres().values()])
    of_sizes = _over_runs([_size_numbers(one) for one in sizes.values()])
    for name, one in report.summary().items():
        scores = one.mean, one.sd
        for title, score, fibres, size in zip(("mean", "sd"), scores, of_fibres, of_sizes, strict=True):
            if score is not None:
                of_axon = (*(fibres or _NO_FIBRES), *(_size_cells(unit, size) if size else _NO_SIZES))
                yield title, "", name, *score.values(), *(of_axon if name == AXON else (*_NO_FIBRES, *_NO_SIZES))


def _over_runs(values: Sequence[_Numbers]) -> tuple[_Numbers | None, _Numbers | None]:
    return mean_and_sd(values) if values else (None, None)


def _size_numbers(sizes: SizeComparison) -> _Numbers:
    return tuple(value for error in sizes.errors().values() for value in error.values())


def _size_cells(unit: str, numbers: _Numbers) -> _Cells:
    return unit, *("" if math.isnan(number) else number for number in numbers)
