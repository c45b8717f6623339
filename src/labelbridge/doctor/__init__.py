"""What is on this computer, what LabelBridge would use of it, and how to mend what is missing."""

from labelbridge.doctor.examination import as_json, as_table, examine, is_ready
from labelbridge.doctor.finding import Finding

__all__ = ["Finding", "as_json", "as_table", "examine", "is_ready"]
