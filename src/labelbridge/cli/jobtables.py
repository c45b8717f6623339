"""Jobs as a table and as JSON, for `labelbridge jobs`."""

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from labelbridge.jobs.words import left_of, place_of, progress_of, state_of

if TYPE_CHECKING:
    from labelbridge.jobs import Checkpoint, JobInfo

__all__ = ["checkpoint_table", "print_table", "table_of", "to_record"]

_WIDTH = 200
"""Columns where there is no terminal to fit into."""


def print_table(table: Table) -> None:
    """Print a table, no wider than the terminal."""
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)


def table_of(infos: "list[JobInfo]") -> Table:
    """Return a table of jobs, a line each."""
    table = Table(box=None, pad_edge=False)
    for title in ("job", "task", "state", "progress", "left", "place"):
        table.add_column(title, overflow="fold")
    for info in infos:
        status = info.status
        table.add_row(info.name, info.task, state_of(info), progress_of(status), left_of(status), place_of(status))
    return table


def checkpoint_table(found: "list[Checkpoint]", used: int | None) -> Table:
    """Return a table of the models that a job has kept, the best first."""
    table = Table(box=None, pad_edge=False)
    for title in ("step", "score", ""):
        table.add_column(title)
    for one in found:
        table.add_row(f"{one.step}", f"{one.score:.4f}", "the result" if one.step == used else "")
    return table


def to_record(info: "JobInfo") -> dict[str, object]:
    """Return what is known of a job, for JSON."""
    return {
        "name": info.name,
        "folder": str(info.folder.path.resolve()),
        "task": info.task,
        "created": info.created.isoformat() if info.created else None,
        **info.status.model_dump(mode="json"),
        "problem": info.problem,
    }
