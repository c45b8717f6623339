"""The effort ledger: how much work the masks of an image took, counted on this computer alone."""

from labelbridge.refine.effort.ledger import EffortLedger
from labelbridge.refine.effort.session import EffortSession, FirstMasks
from labelbridge.refine.effort.summary import EffortSummary, read_efforts
from labelbridge.refine.effort.table import write_effort_csv
from labelbridge.refine.effort.tally import IDLE_AFTER_S, Effort

__all__ = [
    "IDLE_AFTER_S",
    "Effort",
    "EffortLedger",
    "EffortSession",
    "EffortSummary",
    "FirstMasks",
    "read_efforts",
    "write_effort_csv",
]
