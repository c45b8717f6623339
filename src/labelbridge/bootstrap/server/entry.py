"""The child's main loop. It ends where the window closes the pipe, which it also does by dying, or has long been idle.

What libraries print goes to the standard error: the standard output that the process was started with carries messages
and nothing else.
"""

import faulthandler
import logging
import os
import sys
import time
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread

from labelbridge.bootstrap.server.failures import as_message
from labelbridge.bootstrap.server.messages import Answered, Ask, Channel, Failed, Stop
from labelbridge.bootstrap.server.reporting import ChildReporter
from labelbridge.bootstrap.server.work import Worker

__all__ = ["main"]

_logger = logging.getLogger(__name__)

_UNWIND_S = 0.5
"""Time to end a run at its next safe point, and to clean up, when the window is gone."""


def main() -> None:
    """Answer requests; the arguments are the seconds to stay idle and the folder for parcels. Ends the process."""
    channel = _take_pipes()
    idle_s, exchange = float(sys.argv[1]), Path(sys.argv[2])
    stop = Event()
    requests: SimpleQueue[Ask | None] = SimpleQueue()
    Thread(target=_listen, args=(channel, requests, stop), name="labelbridge-listener", daemon=True).start()
    _work(ChildReporter(channel.send, stop, exchange), requests, idle_s)
    _end()


def _take_pipes() -> Channel:
    """Keep standard input and output for the messages, and leave to all others nothing and the standard error."""
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    faulthandler.enable()
    channel = Channel(open(source, "rb"), open(sink, "wb"))
    channel.open()
    return channel


def _listen(channel: Channel, requests: "SimpleQueue[Ask | None]", stop: Event) -> None:
    """Pass requests on; in a thread, so that a wish to stop, and the window's end, are heard at once."""
    while True:
        try:
            message = channel.receive()
        except EOFError:
            break
        if isinstance(message, Ask):
            stop.clear()
            requests.put(message)
        elif isinstance(message, Stop):
            stop.set()
    stop.set()
    requests.put(None)
    time.sleep(_UNWIND_S)
    _end()


def _work(reporter: ChildReporter, requests: "SimpleQueue[Ask | None]", idle_s: float) -> None:
    worker = Worker(reporter)
    while True:
        try:
            request = requests.get(timeout=idle_s)
        except Empty:
            return
        if request is None:
            return
        reporter.send(_answer(worker, request, reporter))


def _answer(worker: Worker, request: Ask, reporter: ChildReporter) -> Answered | Failed:
    try:
        return Answered(reporter.parcel(worker.answer(request.request, request.labeled)))
    except (Exception, SystemExit) as error:
        _logger.exception("the request failed")
        return as_message(error)


def _end() -> None:
    """End without the cleaning up of Python, which would wait for the thread that reads."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
