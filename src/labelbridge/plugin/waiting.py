"""Work that the caller waits for while the window lives on: a small dialog with how far it is, and Cancel."""

import sys
from collections.abc import Callable
from typing import Any

from labelbridge.core import Cancelled, LabelBridgeError, Reporter
from labelbridge.plugin.presenters.tasks import Failure, Progress, TaskListener, Work

__all__ = ["wait_for"]

_STEPS = 1000
_SHOW_AFTER_MS = 300


def wait_for(work: Work, title: str) -> Any:
    """Do what takes a while and return its result; with a window in a thread, and nothing else can be clicked then.

    Parameters
    ----------
    work
        What to do; it touches no window.
    title
        What the user reads meanwhile.

    Raises
    ------
    LabelBridgeError
        Where it could not be done, with the sentence for the user.
    Cancelled
        Where the user, or the window as it closed, has cancelled it.
    """
    return _wait_in_window(work, title) if _in_window() else work(Reporter())


def _in_window() -> bool:
    """Return whether this is the thread of a window; nothing has loaded Qt where there is none."""
    if "qtpy" not in sys.modules:
        return False
    from qtpy.QtCore import QCoreApplication, QThread

    app = QCoreApplication.instance()
    return app is not None and app.thread() == QThread.currentThread()


def _wait_in_window(work: Work, title: str) -> Any:
    from qtpy.QtCore import QEventLoop

    from labelbridge.plugin.workers import TaskWorker

    worker, loop = TaskWorker(), QEventLoop()
    dialog = _dialog(title, worker.cancel)
    ending: list[Callable[[], Any]] = []

    def end(result: Callable[[], Any]) -> None:
        ending.append(result)
        loop.quit()

    worker.start(
        work,
        TaskListener(
            progressed=lambda progress: dialog.setValue(_steps(progress)),
            finished=lambda result: end(lambda: result),
            cancelled=lambda: end(_cancelled),
            failed=lambda failure: end(lambda: _failed(failure)),
        ),
    )
    loop.exec()
    worker.close()
    dialog.close()
    dialog.deleteLater()
    return ending[0]() if ending else _cancelled()


def _dialog(title: str, cancel: Callable[[], object]) -> Any:
    from qtpy.QtCore import Qt
    from qtpy.QtWidgets import QApplication, QProgressDialog

    dialog = QProgressDialog(title, "Cancel", 0, _STEPS, QApplication.activeWindow())
    dialog.setWindowTitle("LabelBridge")
    dialog.setWindowModality(Qt.WindowModality.ApplicationModal)
    dialog.setAutoClose(False)
    dialog.setAutoReset(False)
    dialog.setMinimumDuration(_SHOW_AFTER_MS)
    dialog.canceled.connect(cancel)
    dialog.setValue(0)
    return dialog


def _steps(progress: Progress) -> int:
    return round(_STEPS * (progress.fraction or 0.0))


def _cancelled() -> Any:
    raise Cancelled("Cancelled.")


def _failed(failure: Failure) -> Any:
    raise LabelBridgeError(failure.sentence)
