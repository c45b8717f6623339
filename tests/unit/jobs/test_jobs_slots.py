import os
import time
from pathlib import Path

import pytest

from labelbridge.core import Cancelled, InputError
from labelbridge.io.userdata import user_data_folder
from labelbridge.jobs import JobFolder, JobReporter, JobSpec, slots
from labelbridge.jobs.queue import turn


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv(slots.CPU_JOBS, raising=False)


def cards(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(slots, "_look", lambda: (names, False))


def reporter(path: Path) -> JobReporter:
    return JobReporter(JobFolder.prepare(path, JobSpec.of("count", {})))


def test_the_cpu_takes_one_job_or_as_many_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert slots.slots_for({"device": "cpu"}) == slots.Slots("cpu", ("0",))
    monkeypatch.setenv(slots.CPU_JOBS, "3")
    assert slots.slots_for({"device": "cpu"}).names == ("0", "1", "2")
    for wrong in ("0", "two"):
        monkeypatch.setenv(slots.CPU_JOBS, wrong)
        with pytest.raises(InputError, match=f"got LABELBRIDGE_CPU_JOBS={wrong}, expected the number"):
            slots.slots_for({"device": "cpu"})


def test_auto_takes_a_card_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    cards(monkeypatch)
    assert slots.slots_for({"device": "auto"}).device == "cpu"
    cards(monkeypatch, "0", "1")
    assert slots.slots_for({}) == slots.Slots("cuda", ("0", "1"), 1)
    assert slots.slots_for({"device": "cuda", "devices": 5}).needed == 2
    assert slots.slots_for({"device": "cpu"}).device == "cpu"


def test_each_job_gets_cards_of_its_own_and_sees_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards(monkeypatch, "4", "7", "9")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7,9")
    with turn({"devices": 2}, reporter(tmp_path / "one")):
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "4,7"
        with turn({}, reporter(tmp_path / "two")):
            assert os.environ["CUDA_VISIBLE_DEVICES"] == "9"
            waiting = reporter(tmp_path / "three")
            waiting.ask_stop()
            with pytest.raises(Cancelled), turn({}, waiting):
                pytest.fail("a fourth card")
    with turn({"devices": 3}, reporter(tmp_path / "four")):
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "4,7,9"


def test_tickets_of_the_dead_do_not_hold_up_the_queue(tmp_path: Path) -> None:
    with turn({"device": "cpu"}, reporter(tmp_path / "one")):
        pass
    (folder,) = (user_data_folder() / "jobs" / ".queue").glob("*/cpu")
    left = folder / "00000000000000000001-1.ticket"
    left.touch()
    os.utime(left, (time.time() - 3600,) * 2)
    with turn({"device": "cpu"}, reporter(tmp_path / "two")):
        assert not left.exists()
    assert not list(folder.glob("*.ticket"))


def test_a_queue_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"), turn({"device": "cpu"}, reporter(tmp_path / "job")):
        pytest.fail("began")
