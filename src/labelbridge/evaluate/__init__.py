"""How good masks are: Dice, sensitivity and specificity, over images and runs."""

from labelbridge.evaluate.folders import compare_folders
from labelbridge.evaluate.report import Report, Row, Summary
from labelbridge.evaluate.scores import METRICS, Scores, score

__all__ = ["METRICS", "Report", "Row", "Scores", "Summary", "compare_folders", "score"]
