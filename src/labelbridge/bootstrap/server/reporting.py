"""The reporter of the child: progress to the window, its wish to stop back."""

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from threading import Event

from labelbridge.bootstrap.server.messages import FromChild, Measured, Progressed, Said, Shown
from labelbridge.bootstrap.server.parcels import write_parcel
from labelbridge.core import FloatArray, Reporter

__all__ = ["ChildReporter"]


class ChildReporter(Reporter):
    """Tells the window.

    Parameters
    ----------
    send
        Sends a message to the window.
    stop
        Set where the window has asked to stop.
    exchange
        Folder for the parcels.
    """

    def __init__(self, send: Callable[[FromChild], None], stop: Event, exchange: Path) -> None:
        self.send = send
        self._stop = stop
        self._exchange = exchange
        self._numbers = count()

    def parcel(self, value: object) -> Path:
        """Put a value into a parcel and return its folder."""
        folder = self._exchange / f"from-{os.getpid()}-{next(self._numbers)}"
        write_parcel(folder, value)
        return folder

    def progress(self, done: float, total: float, stage: str) -> None:
        """Tell the window."""
        self.send(Progressed(float(done), float(total), stage))

    def metrics(self, step: int, **values: float) -> None:
        """Tell the window; single-element arrays and tensors count as numbers."""
        self.send(Measured(int(step), {name: float(value) for name, value in values.items()}))

    def preview(self, name: str, image: FloatArray) -> None:
        """Tell the window."""
        self.send(Shown(name, self.parcel(image)))

    def say(self, sentence: str) -> None:
        """Tell the window."""
        self.send(Said(sentence))

    def should_stop(self) -> bool:
        """Return whether the window has asked."""
        return self._stop.is_set()
