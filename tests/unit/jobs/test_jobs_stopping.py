import os
import signal
import subprocess
import sys
import threading

import pytest

from labelbridge.jobs import stop_on_signals

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has neither fork nor SIGTERM")


def test_the_first_signal_asks_and_the_second_interrupts() -> None:
    asked: list[bool] = []
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_signals(lambda: asked.append(True)):
        signal.raise_signal(signal.SIGTERM)
        assert asked == [True]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_forked_workers_can_be_ended() -> None:
    """Process pools end their workers with SIGTERM and wait for them: had they taken over the handlers, for ever."""
    script = """
import multiprocessing, time
from labelbridge.jobs import stop_on_signals

fork = multiprocessing.get_context("fork")

def work(ready):
    ready.set()
    time.sleep(60)

asked = []
with stop_on_signals(lambda: asked.append(True)):
    ready = fork.Event()
    worker = fork.Process(target=work, args=[ready])
    worker.start()
    ready.wait()
    worker.terminate()
    worker.join(30)
    assert worker.exitcode == -15, worker.exitcode
assert not asked
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_other_threads_may_use_it_without_effect() -> None:
    seen: list[object] = []

    def work() -> None:
        with stop_on_signals(lambda: None):
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGTERM)]
