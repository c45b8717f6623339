"""Jobs on a cluster with SLURM.

A plain `sbatch` with a script of a dozen lines, and no submitit: that pickles a Python function and its result into a
folder of its own, and queues again by pickling the function once more. A job here is a command that begins, saves, goes
on and tells of itself through its own folder, so submitit would put a process with signal handlers of its own between
SLURM and the job, and ask `sacct`, which many clusters do not have, about what the folder says better.
"""

import sys
import time
from collections.abc import Sequence
from uuid import uuid4

from labelbridge.core import InputError, LabelBridgeError
from labelbridge.io.atomic import saying_why
from labelbridge.jobs.folder import JobFolder
from labelbridge.jobs.place import JobPlace
from labelbridge.jobs.slurm.commands import SlurmRefused, SlurmSilent, ask_slurm, cluster_name
from labelbridge.jobs.slurm.script import batch_script
from labelbridge.jobs.slurm.settings import SlurmSettings
from labelbridge.jobs.slurm.stay import TICKET
from labelbridge.jobs.slurm.words import ask_for_word
from labelbridge.jobs.status import JobStatus

__all__ = ["SlurmRunner"]

_ENTRY = ("-P", "-m", "labelbridge.jobs.entry")
_END_WITHIN_S = 90.0
_LOOK_EVERY_S = 0.5
_REFUSED = "SLURM refuses this job ({why}); correct the cluster's settings, then resume it with --on slurm:FILE."
_ENDED = "The job was ended at once; resume it to continue from its last checkpoint."
_TAKEN_OUT = "The job was taken out of SLURM's queue; resume it to continue."


class SlurmRunner:
    """Hands jobs to SLURM, which queues them again before their time is over and after it took their place away.

    Parameters
    ----------
    settings
        What is asked of the cluster.
    entry
        What Python is told to run, with the folder as last argument.
    """

    def __init__(self, settings: SlurmSettings | None = None, entry: Sequence[str] = _ENTRY) -> None:
        self._settings = settings or SlurmSettings()
        self._entry = tuple(entry)

    def submit(self, folder: JobFolder) -> None:
        """Hand a prepared job to SLURM; see `Runner`."""
        place = JobPlace(
            runner="slurm",
            ticket=f"{TICKET}{uuid4().hex[:12]}",
            cluster=cluster_name(),
            settings=self._settings.model_dump(mode="json", exclude_defaults=True),
        )
        folder.write_place(place)
        try:
            self._write_script(folder, place)
            said = ask_slurm("sbatch", "--parsable", str(folder.script_file.resolve()), patiently=True)
        except LabelBridgeError as error:
            sentence = _REFUSED.format(why=error) if isinstance(error, SlurmRefused) else str(error)
            folder.write_status(JobStatus().ended("failed", sentence))
            raise InputError(f"{folder.path}: {sentence}") from error
        folder.write_place(place.model_copy(update={"id": said.strip().partition(";")[0]}))

    def is_alive(self, folder: JobFolder) -> bool:
        """Return whether SLURM runs the job or will; see `Runner`.

        A process that has written how the job ended does not touch it any more, though SLURM may take its time.
        """
        place = folder.place()
        if place is None:
            return False
        state = ask_for_word(place).state
        return state == "waiting" or (state == "running" and folder.status().state != "ended")

    def end(self, folder: JobFolder) -> None:
        """Take the job out of SLURM and wait until it is out, at most as long as SLURM lets it save; see `Runner`."""
        place, status = folder.place(), folder.status()
        if place is None or (status.state == "ended" and not self.is_alive(folder)):
            return
        _cancel(folder, place)
        if not _is_over_within(place, _END_WITHIN_S):
            raise InputError(f"{folder.path}: SLURM has not ended this job yet (job {place.id}); try again later.")
        sentence = _TAKEN_OUT if status.state == "queued" else _ENDED
        with folder.held():
            if not folder.result.exists():
                folder.write_status(folder.status().ended("cancelled", sentence))

    def _write_script(self, folder: JobFolder, place: JobPlace) -> None:
        path = folder.path.resolve()
        command = [self._settings.python or sys.executable, *self._entry]
        text = batch_script(
            command, path, path / folder.log_file.name, place.ticket, folder.spec().settings, self._settings
        )
        with saying_why(folder.script_file):
            folder.script_file.write_text(text, encoding="utf-8", newline="\n")


def _cancel(folder: JobFolder, place: JobPlace) -> None:
    if place.id is None:
        raise InputError(f"{folder.path}: SLURM has not said under which number it has this job; try again later.")
    try:
        ask_slurm("scancel", place.id, patiently=True)
    except (SlurmSilent, SlurmRefused) as error:
        raise InputError(f"{folder.path}: this job cannot be ended: {error}") from error


def _is_over_within(place: JobPlace, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not ask_for_word(place).is_over:
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_EVERY_S)
    return True
