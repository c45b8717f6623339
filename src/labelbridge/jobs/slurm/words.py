"""What SLURM says of a job, by squeue and, where that has forgotten it, by sacct."""

import threading
import time

from labelbridge.jobs.place import JobPlace, Word
from labelbridge.jobs.slurm.commands import SlurmRefused, SlurmSilent, ask_slurm, cluster_name

__all__ = ["ask_for_word", "slurm_word"]

_WAITING = {"PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT"}
_RUNNING = {
    "CONFIGURING",
    "COMPLETING",
    "RESIZING",
    "RUNNING",
    "SIGNALING",
    "STAGE_OUT",
    "STOPPED",
    "SUSPENDED",
}
_CANCELLED = {"CANCELLED", "REVOKED"}
_WHY_GONE = {
    "BOOT_FAIL": "The cluster's computer did not start; resume the job.",
    "DEADLINE": "Its deadline in SLURM has passed; submit it without one, or resume it.",
    "NODE_FAIL": "The cluster's computer failed; resume the job to continue it.",
    "OUT_OF_MEMORY": "The memory that it asked SLURM for was not enough; raise memory_gb, then resume it.",
    "PREEMPTED": "It had to make room for another job; resume it to continue.",
    "TIMEOUT": "Its time on the cluster was over; resume it to continue, with more time if it has saved nothing yet.",
}
_GONE = "SLURM has ended it{how} and it could not say why itself; its stdout.log may tell, then resume it."

_FRESH_S = {"waiting": 3.0, "running": 3.0, "cancelled": 60.0, "gone": 60.0, "unknown": 30.0}
"""How long a word is taken as it is, so that lists which are read again and again do not burden the cluster."""

_heard: dict[str, tuple[float, Word]] = {}
_asking = threading.Lock()


def slurm_word(place: JobPlace) -> Word:
    """Return what SLURM says of a job, or said within the last seconds."""
    with _asking:
        when_s, word = _heard.get(place.ticket, (0.0, None))
        if word is None or time.monotonic() - when_s > _FRESH_S[word.state]:
            word = ask_for_word(place)
            _heard[place.ticket] = (time.monotonic(), word)
        return word


def ask_for_word(place: JobPlace) -> Word:
    """Ask SLURM about a job now."""
    if place.id is None:
        return Word("gone", "SLURM has never confirmed that it took the job; resume it.")
    try:
        row = ask_slurm("squeue", f"--jobs={place.id}", "--states=all", "--noheader", "--format=%j|%T|%r|%N")
    except SlurmSilent as silent:
        return Word("unknown", f"Nobody knows how it is: {silent}")
    except SlurmRefused as refused:
        if "Invalid job id" not in str(refused):
            return Word("unknown", f"Nobody knows how it is: SLURM says {refused}.")
        row = ""
    name, _, known = row.strip().partition("|")
    if name == place.ticket:
        return _word(place, *known.split("|"))
    return _forgotten(place)


def _word(place: JobPlace, state: str, reason: str = "", nodes: str = "") -> Word:
    if state in _WAITING:
        because = f" ({reason})" if reason not in ("", "None") else ""
        return Word("waiting", f"Waits in SLURM's queue as job {place.id}{because}.")
    if state in _RUNNING:
        return Word("running", f"SLURM runs it as job {place.id}{f' on {nodes}' if nodes else ''}.")
    if state in _CANCELLED:
        return Word("cancelled", "It was cancelled in SLURM; resume it to continue.")
    return Word("gone", _WHY_GONE.get(state, _GONE.format(how=f" ({state})" if state else "")))


def _forgotten(place: JobPlace) -> Word:
    """Return the word about a job that the controller does not know any more, as it forgets what ended long ago."""
    here = cluster_name()
    if place.cluster and here != place.cluster:
        return Word("unknown", f"Nobody knows how it is: it is on the cluster {place.cluster}; look there.")
    try:
        rows = ask_slurm(
            "sacct", f"--jobs={place.id}", "--allocations", "--noheader", "--parsable2", "--format=JobName,State"
        )
    except (SlurmSilent, SlurmRefused):  # many clusters keep no accounts
        rows = ""
    states = [state for name, _, state in (row.partition("|") for row in rows.splitlines()) if name == place.ticket]
    last = states[-1].split()[0] if states and states[-1] else ""
    return _word(place, "" if last in _WAITING | _RUNNING else last)
