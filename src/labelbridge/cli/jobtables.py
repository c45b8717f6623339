"""Jobs as a table and as JSON, for `labelbridge jobs`."""

from typing import TYPE_CHECKING

from rich.table import Table

from labelbridge.cli.tables import new_table
from labelbridge.jobs.words import left_of, place_of, progress_of, state_of

if TYPE_CHECKING:
    from labelbridge.jobs import Checkpoint, JobInfo

__all__ = ["checkpoint_table", "table_of", "to_record"]


def table_of(infos: "list[JobInfo]") -> Table:
    """Return a table of jobs, a line each."""
    table = new_table("job", "task", "state", "progress", "left", "place")
    for info in infos:
        status = info.status
        table.add_row(info.name, info.task, state_of(info), progress_of(status), left_of(status), place_of(status))
    return table


def checkpoint_table(found: "list[Checkpoint]", used: int | None) -> Table:
    """Return a table of the models that a job has kept, the best first."""
    table = new_table("step", "score", "")
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
