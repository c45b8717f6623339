import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labelbridge.core import InputError
from labelbridge.io import atomic
from labelbridge.jobs import JobFolder, JobSpec, LocalRunner, stop_on_signals
from labelbridge.jobs.runners.local import ways_to_detach

FLAGS = {
    "DETACHED_PROCESS": 0x0000_0008,
    "CREATE_NEW_CONSOLE": 0x0000_0010,
    "CREATE_NEW_PROCESS_GROUP": 0x0000_0200,
    "CREATE_BREAKAWAY_FROM_JOB": 0x0100_0000,
    "CREATE_NO_WINDOW": 0x0800_0000,
}
"""As Windows documents them."""


def names(flags: int) -> set[str]:
    assert not flags & ~sum(FLAGS.values())
    return {name for name, flag in FLAGS.items() if flags & flag}


def test_on_windows_a_job_has_no_window_and_leaves_its_terminal() -> None:
    first, second = ways_to_detach("win32")
    assert names(first["creationflags"]) == {
        "CREATE_NEW_PROCESS_GROUP",
        "CREATE_BREAKAWAY_FROM_JOB",
        "CREATE_NO_WINDOW",
    }
    assert names(second["creationflags"]) == {"CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW"}
    for name, flag in FLAGS.items():
        assert getattr(subprocess, name, flag) == flag


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_elsewhere_a_job_has_a_session_of_its_own(platform: str) -> None:
    assert ways_to_detach(platform) == ({"start_new_session": True},)


class Windows:
    """Starts processes as Windows does that lets none, or few, out of the terminal's group."""

    def __init__(self, allowed: int) -> None:
        self.allowed, self.asked = allowed, list[dict[str, object]]()
        self.pid = os.getpid()

    def __call__(self, command: list[str], **how: object) -> "Windows":
        self.asked.append(how)
        if len(self.asked) <= self.allowed:
            raise PermissionError(13, "Access is denied")
        return self

    def wait(self) -> int:
        return 0


def test_a_terminal_that_keeps_its_processes_gets_the_job_into_its_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = Windows(allowed=1)
    monkeypatch.setattr(subprocess, "Popen", windows)
    monkeypatch.setattr(sys, "platform", "win32")
    LocalRunner().submit(JobFolder.prepare(tmp_path / "job", JobSpec.of("count", {})))
    assert [names(int(str(how["creationflags"]))) for how in windows.asked] == [
        {"CREATE_NEW_PROCESS_GROUP", "CREATE_BREAKAWAY_FROM_JOB", "CREATE_NO_WINDOW"},
        {"CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW"},
    ]
    for how in windows.asked:
        assert how["stdin"] == subprocess.DEVNULL
        assert how["cwd"] == Path(tmp_path.anchor), "the folder that it is begun in can be deleted"


def test_no_permission_at_all_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", Windows(allowed=9))
    folder = JobFolder.prepare(tmp_path / "job", JobSpec.of("count", {}))
    with pytest.raises(InputError, match="got no permission to start"):
        LocalRunner().submit(folder)


def test_a_python_that_another_one_begins_takes_its_job_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = JobFolder.prepare(tmp_path / "job", JobSpec.of("count", {}))
    folder.write_status(folder.status().model_copy(update={"pid": 4_000_000, "host": "here"}))
    with pytest.raises(InputError, match="is queued"):
        folder.check_startable()
    monkeypatch.setattr(os, "getppid", lambda: 4_000_000)
    folder.check_startable()


@pytest.mark.skipif(os.name != "nt", reason="only Windows has Ctrl-Break")
def test_ctrl_break_asks_to_stop() -> None:
    asked: list[bool] = []
    with stop_on_signals(lambda: asked.append(True)):
        signal.raise_signal(signal.SIGBREAK)  # type: ignore[attr-defined]
    assert asked == [True]


def test_a_status_that_is_being_replaced_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = JobFolder.prepare(tmp_path / "job", JobSpec.of("count", {}))
    real, refusals = Path.read_bytes, [PermissionError(13, "Permission denied")] * 2

    def read_bytes(path: Path) -> bytes:
        if path == folder.status_file and refusals:
            raise refusals.pop()
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    monkeypatch.setattr(atomic, "_IS_WINDOWS", True)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    assert folder.status().state == "queued"
    assert not refusals
