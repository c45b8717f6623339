"""What a place that runs jobs must be able to do."""

from typing import Protocol

from labelbridge.jobs.folder import JobFolder

__all__ = ["Runner"]


class Runner(Protocol):
    """Starts `python -m labelbridge.jobs.entry FOLDER` somewhere; everything else is read from the folder.

    Asking a job to stop is no matter of the place: `JobFolder.ask_stop` reaches it wherever it runs.
    """

    def submit(self, folder: JobFolder) -> None:
        """Hand over a prepared job, to begin when its turn comes, and return at once.

        Raises
        ------
        InputError
            Where the place does not take it.
        """
        ...

    def is_alive(self, folder: JobFolder) -> bool:
        """Return whether the place knows a process for the job, be it that it waits."""
        ...

    def end(self, folder: JobFolder) -> None:
        """End the job at once, without a checkpoint, and leave it as cancelled; nothing where it has ended.

        Raises
        ------
        InputError
            Where the place cannot end it.
        """
        ...
