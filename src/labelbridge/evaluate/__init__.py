"""How good masks are: areas that agree, and fibres found, missed and invented, over images and runs."""

from labelbridge.evaluate.fibres import FIBRE_METRICS, FibreScores, score_fibres
from labelbridge.evaluate.folders import check_folders, compare_folders
from labelbridge.evaluate.report import Report, Row, Summary
from labelbridge.evaluate.scores import METRICS, Scores, score

__all__ = [
    "FIBRE_METRICS",
    "METRICS",
    "FibreScores",
    "Report",
    "Row",
    "Scores",
    "Summary",
    "check_folders",
    "compare_folders",
    "score",
    "score_fibres",
]
