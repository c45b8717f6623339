import io
import os
import signal
import sys

import pytest

from labelbridge.cli import console
from labelbridge.cli.console import ConsoleReporter
from labelbridge.jobs import timeleft


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (console, timeleft):
        monkeypatch.setattr(module, "time", clock)
    return clock


def test_a_log_gets_a_line_now_and_then_with_the_time_left(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with ConsoleReporter() as reporter:
        for step in range(101):
            reporter.progress(step, 100, "training")
            clock.now += 1
    lines = capsys.readouterr().err.splitlines()
    assert 5 <= len(lines) <= 15
    assert all(line.startswith("training") for line in lines)
    assert "1 min 10 s left" in next(line for line in lines if " 30%" in line)
    assert " 100%" in lines[-1]


def test_a_terminal_gets_one_moving_line(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    with ConsoleReporter() as reporter:
        for step in range(5):
            reporter.progress(step, 4, "predicting")
            clock.now += 1
    assert terminal.getvalue().count("\n") == 1
    assert terminal.getvalue().count("\r") == 5


def test_a_sentence_stands_on_a_line_of_its_own(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with ConsoleReporter() as reporter:
        reporter.say("fibres of about 40 px")
    assert capsys.readouterr() == ("", "fibres of about 40 px\n")


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C differently")
def test_the_first_ctrl_c_asks_and_the_second_stops() -> None:
    before = signal.getsignal(signal.SIGINT)
    with ConsoleReporter() as reporter:
        assert not reporter.should_stop()
        signal.raise_signal(signal.SIGINT)
        assert reporter.should_stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
