"""Hearing a child out: what it tells goes to the caller's reporter, and the reporter's wish to stop to the child."""

import math
import shutil
import time
from collections.abc import Callable

from labelbridge.bootstrap.server.messages import Answered, Failed, Measured, Progressed, Said, Shown, Stop, Using
from labelbridge.bootstrap.server.parcels import read_parcel
from labelbridge.bootstrap.server.process import ChildProcess, Ended
from labelbridge.core import Reporter

__all__ = ["hear_out"]

_POLL_S = 0.05


def hear_out(
    child: ChildProcess, reporter: Reporter, grace_s: float, use_device: Callable[[str], None]
) -> Answered | Failed | Ended | None:
    """Listen until the child has done with a request.

    Parameters
    ----------
    child
        Has got the request.
    reporter
        Is told, and asked some times a second whether to stop.
    grace_s
        Seconds that the child has to end after it was asked to.
    use_device
        Called with the name of the device that is used.

    Returns
    -------
    Answered, Failed, Ended or None
        How the request ended; None where the grace was over before.
    """
    deadline_s = math.inf
    while time.monotonic() < deadline_s:
        message = child.receive(_POLL_S)
        if isinstance(message, Answered | Failed | Ended):
            return message
        if isinstance(message, Using):
            use_device(message.device)
        _pass_on(message, reporter)
        if math.isinf(deadline_s) and reporter.should_stop():
            child.send(Stop())
            deadline_s = time.monotonic() + grace_s
    return None


def _pass_on(message: object, reporter: Reporter) -> None:
    if isinstance(message, Progressed):
        reporter.progress(message.done, message.total, message.stage)
    elif isinstance(message, Measured):
        reporter.metrics(message.step, **message.values)
    elif isinstance(message, Said):
        reporter.say(message.sentence)
    elif isinstance(message, Shown):
        reporter.preview(message.name, read_parcel(message.parcel, own=True))
        shutil.rmtree(message.parcel, ignore_errors=True)
