"""The schedulers that can be asked about a job, by their runners' names."""

from collections.abc import Callable

from labelbridge.jobs.place import JobPlace, Word
from labelbridge.jobs.slurm.words import slurm_word

__all__ = ["word_of"]

_SCHEDULERS: dict[str, Callable[[JobPlace], Word]] = {"slurm": slurm_word}


def word_of(place: JobPlace) -> Word:
    """Ask the scheduler that has a job; that may take seconds where it is slow to answer."""
    if ask := _SCHEDULERS.get(place.runner):
        return ask(place)
    return Word("unknown", f"It runs by '{place.runner}', which this labelbridge does not know; update it.")
