import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labelbridge.io.filelock import is_locked, try_lock

HOLD = """
import sys
from pathlib import Path
from labelbridge.io.filelock import try_lock
file = Path(sys.argv[1]).open("ab", buffering=0)
print(try_lock(file), flush=True)
sys.stdin.read()
"""


def test_a_lock_lasts_as_long_as_the_file_is_open(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("ab", buffering=0) as first, path.open("ab", buffering=0) as second:
        assert not is_locked(path)
        assert try_lock(first)
        assert is_locked(path)
        assert not try_lock(second)
    assert not is_locked(path)
    assert not is_locked(tmp_path / "nothing")


def test_a_killed_process_holds_no_lock(tmp_path: Path, begin: Callable[..., "subprocess.Popen[str]"]) -> None:
    path = tmp_path / "file"
    command = [sys.executable, "-c", HOLD, str(path)]
    process = begin(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    assert is_locked(path)
    process.kill()
    process.wait()
    assert not is_locked(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no fork")
def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "file"
    file = path.open("ab", buffering=0)
    assert try_lock(file)
    begun, child_end = socket.socketpair()
    child = os.fork()
    if child == 0:
        child_end.send(b".")
        child_end.recv(1)
        os._exit(0)
    with begun, child_end:
        begun.recv(1)
        assert is_locked(path), "the child took its parent's lock away"
        file.close()
        assert not is_locked(path)
        begun.send(b".")
        os.waitpid(child, 0)
