"""Jobs in words and as JSON, for `labelbridge jobs`."""

from typing import TYPE_CHECKING

from rich.table import Table

from labelbridge.cli.console import duration
from labelbridge.jobs import last_events

if TYPE_CHECKING:
    from labelbridge.jobs import JobFolder, JobInfo, JobStatus

__all__ = ["describe", "state_of", "table_of", "to_record"]

_RECENT = 200
"""Events in which the latest numbers are looked for."""


def table_of(infos: "list[JobInfo]") -> Table:
    """Return a table of jobs, a line each."""
    table = Table(box=None, pad_edge=False)
    for title in ("job", "task", "state", "progress", "left", "place"):
        table.add_column(title, overflow="fold")
    for info in infos:
        table.add_row(
            info.name, info.task, state_of(info), _progress(info.status), _left(info.status), info.status.host
        )
    return table


def state_of(info: "JobInfo") -> str:
    """Return where a job is, in one word."""
    return "unreadable" if info.problem else info.status.ending or info.status.state


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


def describe(info: "JobInfo") -> dict[str, str]:
    """Return what is known of a job, in the order in which it is shown."""
    if info.problem:
        return {"job": info.name, "state": state_of(info), "message": info.problem}
    status, spec = info.status, info.folder.spec()
    shown = {
        "job": info.name,
        "folder": str(info.folder.path.resolve()),
        "task": info.task,
        "state": state_of(info),
        "message": status.message,
        "progress": _progress(status),
        "time left": _left(status),
        "latest numbers": ", ".join(f"{name} {value:.4g}" for name, value in _latest_numbers(info.folder).items()),
        "process": f"{status.pid} on {status.host}" if status.pid else "",
        "created": f"{spec.created.astimezone():%Y-%m-%d %H:%M}",
        "versions": ", ".join(f"{name} {version}" for name, version in spec.versions.items()),
        **{f"setting {name}": str(value) for name, value in spec.settings.items() if value is not None},
    }
    return {key: value for key, value in shown.items() if value}


def _latest_numbers(folder: "JobFolder") -> dict[str, float]:
    """Return the numbers of the latest training step; empty where there are none among the last events."""
    for event in reversed(last_events(folder.events_file, _RECENT)):
        if event.get("event") == "metrics":
            numbers = {name: value for name, value in event.items() if isinstance(value, int | float)}
            return {name: float(value) for name, value in numbers.items() if name != "time_s"}
    return {}


def _progress(status: "JobStatus") -> str:
    progress = status.progress
    if progress is None or status.ending == "finished":
        return ""
    return f"{progress.stage} {progress.done / progress.total:.0%}" if progress.total else progress.stage


def _left(status: "JobStatus") -> str:
    left_s = status.progress.left_s if status.state == "running" and status.progress else None
    return "" if left_s is None else duration(left_s)
