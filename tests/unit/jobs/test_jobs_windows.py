import os
import signal
import time
from pathlib import Path

import pytest

from labelbridge.io import atomic
from labelbridge.jobs import JobFolder, JobSpec, stop_on_signals


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
