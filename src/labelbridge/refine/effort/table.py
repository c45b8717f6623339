"""The sessions as a table for other programs."""

import csv
from collections.abc import Callable, Mapping
from io import StringIO
from pathlib import Path

from labelbridge.io import write_files
from labelbridge.refine.effort.session import EffortSession
from labelbridge.refine.effort.summary import EffortSummary

__all__ = ["write_effort_csv"]


def write_effort_csv(summary: EffortSummary, path: Path) -> None:
    """Write a row for each session, as RFC 4180 has it, UTF-8; no file is ever replaced.

    The columns are

    - ``image``, ``image_id``: name of the image, and what tells it from others;
    - ``first_masks``: where its masks came from when the session began: bootstrapped, none, other, unknown;
    - ``day``, ``started``, ``ended``: on the user's calendar and clock, ISO 8601;
    - ``active_s``: seconds of work; ``idle_after_s``: the longest pause that counted as work;
    - ``strokes``, ``pixels_changed``, ``undos``, ``redos``;
    - ``repairs``: their number; ``repairs_by_kind``, such as ``fill ring: 3; smooth: 1``;
    - ``fibres_accepted``: as they were; ``fibres_corrected``: accepted after they were changed.

    Raises
    ------
    InputError
        Where the file exists or cannot be written.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows([column(session) for column in _COLUMNS.values()] for session in summary.sessions)
    write_files({path: text.getvalue().encode()}, overwrite=False)


def _kinds(session: EffortSession) -> str:
    return "; ".join(f"{kind}: {count}" for kind, count in sorted(session.effort.repairs.items()))


_COLUMNS: Mapping[str, Callable[[EffortSession], object]] = {
    "image": lambda session: session.image,
    "image_id": lambda session: session.image_id,
    "first_masks": lambda session: session.first_masks,
    "day": lambda session: session.day.isoformat(),
    "started": lambda session: session.started.isoformat(timespec="seconds"),
    "ended": lambda session: session.ended.isoformat(timespec="seconds"),
    "active_s": lambda session: round(session.effort.active_s, 1),
    "idle_after_s": lambda session: session.idle_after_s,
    "strokes": lambda session: session.effort.strokes,
    "pixels_changed": lambda session: session.effort.pixels_changed,
    "undos": lambda session: session.effort.undos,
    "redos": lambda session: session.effort.redos,
    "repairs": lambda session: sum(session.effort.repairs.values()),
    "repairs_by_kind": _kinds,
    "fibres_accepted": lambda session: session.effort.fibres_accepted,
    "fibres_corrected": lambda session: session.effort.fibres_corrected,
}
