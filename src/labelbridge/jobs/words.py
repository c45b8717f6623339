"""Jobs in words: what the command line and the window tell of them."""

import socket
from typing import TYPE_CHECKING

from labelbridge.jobs.events import last_events
from labelbridge.jobs.outcomes import Outcome, outcome_of
from labelbridge.jobs.timeleft import duration

if TYPE_CHECKING:
    from labelbridge.jobs.folder import JobFolder
    from labelbridge.jobs.status import JobStatus
    from labelbridge.jobs.store import JobInfo

__all__ = ["HERE", "describe", "left_of", "part_of", "place_of", "progress_of", "sentence_of", "state_of"]

HERE = "here"
"""The place of a job on this computer."""

_RECENT = 200
"""Events in which the latest numbers are looked for."""


def state_of(info: "JobInfo") -> str:
    """Return where a job is, in one word."""
    return "unreadable" if info.problem else info.status.ending or info.status.state


def part_of(status: "JobStatus") -> float | None:
    """Return which part of its stage a job has done, 0 to 1; None where it does not say or has finished."""
    progress = status.progress
    if progress is None or not progress.total or status.ending == "finished":
        return None
    return min(1.0, progress.done / progress.total)


def progress_of(status: "JobStatus") -> str:
    """Return stage and percentage; empty where it does not say or has finished."""
    if status.progress is None or status.ending == "finished":
        return ""
    part = part_of(status)
    return status.progress.stage if part is None else f"{status.progress.stage} {part:.0%}"


def left_of(status: "JobStatus") -> str:
    """Return the time that the stage will still take; empty where nobody knows."""
    left_s = status.progress.left_s if status.state == "running" and status.progress else None
    return "" if left_s is None else duration(left_s)


def place_of(status: "JobStatus") -> str:
    """Return the computer of a job's process: `HERE`, or its name; empty where there was none yet."""
    return HERE if status.host == socket.gethostname() else status.host or ""


def sentence_of(info: "JobInfo") -> str:
    """Return where a job is, why, and how far, in a sentence or two."""
    state, status = state_of(info).capitalize(), info.status
    left = left_of(status)
    parts = [progress_of(status), f"{left} left" if left else ""] if status.state != "ended" else []
    told = ", ".join(part for part in parts if part)
    reason = info.problem or status.message
    return (f"{state}: {told}." if told else f"{state}.") + (f" {reason}" if reason else "")


def describe(info: "JobInfo") -> dict[str, str]:
    """Return what is known of a job, in the order in which it is shown."""
    if info.problem:
        return {"job": info.name, "state": state_of(info), "message": info.problem}
    status, spec, place = info.status, info.folder.spec(), info.folder.place()
    outcome = outcome_of(info.folder) if status.ending == "finished" else Outcome("")
    shown = {
        "job": info.name,
        "folder": str(info.folder.path.resolve()),
        "task": info.task,
        "state": state_of(info),
        "message": status.message,
        "result": outcome.sentence,
        "next": outcome.command,
        "progress": progress_of(status),
        "time left": left_of(status),
        "latest numbers": ", ".join(f"{name} {value:.4g}" for name, value in _latest_numbers(info.folder).items()),
        "process": f"{status.pid} on {status.host}" if status.pid else "",
        "scheduler": f"{place.runner}, job {place.id}" if place else "",
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
