"""A report as plain text."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from labelbridge.evaluate.distributions import DistributionError, SizeComparison
from labelbridge.evaluate.fibres import FIBRE_METRICS
from labelbridge.evaluate.runs import mean_and_sd
from labelbridge.evaluate.scores import METRICS

if TYPE_CHECKING:
    from labelbridge.evaluate.report import Report, Row

__all__ = ["report_table"]

_PLACE = ("run", "image")
_ALL_IMAGES = "all images"
_FIBRE_HEADER = (*(f"fibres {name}" for name in FIBRE_METRICS[:4]), *FIBRE_METRICS[4:])
_SIZE_HEADER = ("size", "fibres", "true fibres", "median", "true median", "difference %", "Wasserstein")

_Line = tuple[str, ...]


def report_table(report: "Report") -> str:
    """Return every image, the means over images, the fibres, their sizes, and what found no partner."""
    return "\n\n".join([*_score_tables(report), *_fibre_tables(report), *_size_tables(report), *_strays(report)])


def _score_tables(report: "Report") -> Iterator[str]:
    images = [(*_place(report, row), row.name, *row.scores.texts()) for row in report.rows]
    means = [
        (name, *(_with_sd(one.mean.values(), one.sd.values()) if one.sd else one.mean.texts()))
        for name, one in report.summary().items()
    ]
    yield _columns((*_place_header(report), "class", *METRICS), images)
    yield _columns((_over_runs(report) or "mean over images", *METRICS), means)


def _fibre_tables(report: "Report") -> Iterator[str]:
    totals = report.fibres()
    if not totals:
        return
    sums = [(run or _ALL_IMAGES, *total.texts()) for run, total in totals.items()]
    mean, sd = mean_and_sd([total.values() for total in totals.values()])
    if sd is not None:
        sums.append((_over_runs(report), *_with_sd(mean, sd)))
    images = [(*_place(report, row), *row.fibres.texts()) for row in report.rows if row.fibres]
    yield _columns((*_place_header(report), *_FIBRE_HEADER), images)
    yield _columns(("sum over images", *_FIBRE_HEADER), sums)


def _size_tables(report: "Report") -> Iterator[str]:
    pooled = report.sizes()
    if not pooled:
        return
    together = [line for run, sizes in pooled.items() for line in _size_lines((run or _ALL_IMAGES,), sizes)]
    errors = [sizes.errors() for sizes in pooled.values()]
    for name, title in _size_titles(next(iter(pooled.values()))).items():
        mean, sd = mean_and_sd([one[name].values() for one in errors])
        if sd is not None:
            together.append((_over_runs(report), title, *_with_sd(mean, sd)))
    images = [
        line
        for row, sizes in report.rows_with_sizes()
        if sizes is not None
        for line in _size_lines(_place(report, row), sizes)
    ]
    yield _columns((*_place_header(report), *_SIZE_HEADER), images)
    yield _columns(("all fibres together", *_SIZE_HEADER), together)


def _size_lines(place: _Line, sizes: SizeComparison) -> Iterator[_Line]:
    titles = _size_titles(sizes)
    for name, error in sizes.errors().items():
        yield *place, titles[name], *_size_texts(error)


def _size_titles(sizes: SizeComparison) -> dict[str, str]:
    return {
        "g_ratio": "g-ratio",
        "axon_diameter": f"axon diameter ({sizes.unit})",
        "myelin_thickness": f"myelin thickness ({sizes.unit})",
    }


def _size_texts(error: DistributionError) -> _Line:
    return (
        f"{error.fibres:,}",
        f"{error.true_fibres:,}",
        _text(error.median),
        _text(error.true_median),
        _text(error.difference_percent, "+.1f"),
        _text(error.wasserstein),
    )


def _strays(report: "Report") -> list[str]:
    found = {
        "Predictions without truth": report.unmatched_predictions,
        "Truth without prediction": report.unmatched_truth,
    }
    return [f"{title} ({len(stems)}): {', '.join(stems)}" for title, stems in found.items() if stems]


def _place_header(report: "Report") -> _Line:
    """Return the columns that say where numbers come from: a single run need not be named."""
    return _PLACE if len(report.runs) > 1 else _PLACE[1:]


def _place(report: "Report", row: "Row") -> _Line:
    return (row.run, row.image)[-len(_place_header(report)) :]


def _over_runs(report: "Report") -> str:
    return f"mean ± SD over {len(report.runs)} runs" if len(report.runs) > 1 else ""


def _with_sd(mean: Sequence[float], sd: Sequence[float]) -> _Line:
    return tuple(
        "-" if math.isnan(value) else f"{value:.3f} ± {spread:.3f}" for value, spread in zip(mean, sd, strict=True)
    )


def _text(value: float, form: str = ".3f") -> str:
    return "-" if math.isnan(value) else format(value, form)


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align texts in columns below an underlined header."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
