"""Correcting masks: one history of edits, kept on the disk as it grows."""

from labelbridge.refine.edits import Edit
from labelbridge.refine.history import History
from labelbridge.refine.journal import Journal
from labelbridge.refine.listing import JournalInfo, delete_journals, delete_unchanged, list_journals, older_than
from labelbridge.refine.origin import MaskOrigin
from labelbridge.refine.restoring import Note, RestoredSession, restore_session

__all__ = [
    "Edit",
    "History",
    "Journal",
    "JournalInfo",
    "MaskOrigin",
    "Note",
    "RestoredSession",
    "delete_journals",
    "delete_unchanged",
    "list_journals",
    "older_than",
    "restore_session",
]
