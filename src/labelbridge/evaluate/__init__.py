"""How good masks are: areas that agree, fibres found, missed and invented, and their sizes, over images and runs."""

from labelbridge.evaluate.distributions import (
    DISTRIBUTION_METRICS,
    SIZES,
    DistributionError,
    SizeComparison,
    compare_distributions,
)
from labelbridge.evaluate.fibres import FIBRE_METRICS, FibreScores, score_fibres
from labelbridge.evaluate.folders import check_folders, compare_folders
from labelbridge.evaluate.morphometry import FibreSizes, measure_fibre_sizes
from labelbridge.evaluate.report import Report, Row, Summary
from labelbridge.evaluate.scores import METRICS, Scores, score

__all__ = [
    "DISTRIBUTION_METRICS",
    "FIBRE_METRICS",
    "METRICS",
    "SIZES",
    "DistributionError",
    "FibreScores",
    "FibreSizes",
    "Report",
    "Row",
    "Scores",
    "SizeComparison",
    "Summary",
    "check_folders",
    "compare_distributions",
    "compare_folders",
    "measure_fibre_sizes",
    "score",
    "score_fibres",
]
