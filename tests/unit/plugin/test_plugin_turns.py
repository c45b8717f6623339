"""While something is computed beside the window, threads take turns quickly."""

import sys
import threading
from collections.abc import Iterator

import pytest

from labelbridge.plugin.turns import SHORT_TURN_S, short_turns

USUAL_S = 0.005


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(USUAL_S)
    yield
    sys.setswitchinterval(before_s)


def test_turns_are_short_until_the_last_one_has_ended() -> None:
    first, second = short_turns(), short_turns()
    with first:
        with second:
            assert sys.getswitchinterval() == pytest.approx(SHORT_TURN_S)
        assert sys.getswitchinterval() == pytest.approx(SHORT_TURN_S)
    assert sys.getswitchinterval() == pytest.approx(USUAL_S)


def test_they_are_as_before_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), short_turns():
        _ = 1 / 0
    assert sys.getswitchinterval() == pytest.approx(USUAL_S)


def test_they_never_become_longer() -> None:
    sys.setswitchinterval(SHORT_TURN_S / 2)
    with short_turns():
        assert sys.getswitchinterval() == pytest.approx(SHORT_TURN_S / 2)
    assert sys.getswitchinterval() == pytest.approx(SHORT_TURN_S / 2)


def test_several_threads_can_want_them() -> None:
    """Whoever ends last brings the usual turns back, in whatever order they began."""
    may_end, has_begun = threading.Event(), threading.Event()

    def compute() -> None:
        with short_turns():
            has_begun.set()
            may_end.wait(10)

    thread = threading.Thread(target=compute)
    with short_turns():
        thread.start()
        assert has_begun.wait(10)
    assert sys.getswitchinterval() == pytest.approx(SHORT_TURN_S)
    may_end.set()
    thread.join()
    assert sys.getswitchinterval() == pytest.approx(USUAL_S)
