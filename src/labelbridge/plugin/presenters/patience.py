"""Long work that waits while the window needs the machine."""

from threading import Event

from labelbridge.core import Reporter, StageReporter

__all__ = ["PatientReporter"]

_LOOK_EVERY_S = 0.05


class PatientReporter(StageReporter):
    """Passes everything on to another reporter, and lets the work wait at its checkpoints.

    Parameters
    ----------
    inner
        Who is told, and asked whether to stop, also while the work waits.
    may_go_on
        Set while the work need not wait.
    """

    def __init__(self, inner: Reporter, may_go_on: Event) -> None:
        super().__init__(inner, "")
        self._may_go_on = may_go_on

    def progress(self, done: float, total: float, stage: str) -> None:
        """Pass on as it is."""
        self._inner.progress(done, total, stage)

    def checkpoint(self) -> None:
        """Wait while the work is to wait; raise Cancelled as soon as it should stop."""
        while not self._may_go_on.wait(_LOOK_EVERY_S) and not self.should_stop():
            pass
        super().checkpoint()
