import os
import signal
import threading
import time

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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_forked_worker_dies_of_its_signal(number: signal.Signals) -> None:
    asked: list[bool] = []
    with stop_on_signals(lambda: asked.append(True)):
        child = os.fork()
        if child == 0:
            time.sleep(30)
            os._exit(0)
        os.kill(child, number)
        _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == number
    assert asked == []


def test_other_threads_may_use_it_without_effect() -> None:
    seen: list[object] = []

    def work() -> None:
        with stop_on_signals(lambda: None):
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGTERM)]
