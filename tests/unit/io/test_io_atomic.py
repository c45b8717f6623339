"""Writes that appear whole or not at all."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labelbridge.core import InputError
from labelbridge.io import atomic_path, prepare_out, to_json, write_files, write_json


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refuse(code: int, after: int = 0) -> Callable[[Path, Path], None]:
    """Return an os.replace that works `after` times and then fails as a disk does."""
    real, calls = os.replace, []

    def replace(source: Path, target: Path) -> None:
        if len(calls) >= after:
            raise OSError(code, os.strerror(code))
        calls.append(target)
        real(source, target)

    return replace


def test_file_appears_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.txt"
    with atomic_path(target, overwrite=False) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
        assert temporary.parent == target.parent
        assert temporary.name.startswith(".")
        assert temporary.suffix == ".tmp"
    assert target.read_text() == "whole"
    assert names(target.parent) == ["a.txt"]


def test_error_in_between_leaves_nothing(tmp_path: Path) -> None:
    def write_half() -> None:
        with atomic_path(tmp_path / "a.txt", overwrite=False) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert names(tmp_path) == []


def test_existing_file_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("mine")
    with pytest.raises(InputError, match=r"a\.txt: this file exists already; add --overwrite"):
        write_files({tmp_path / "a.txt": b"yours"}, overwrite=False)
    assert (tmp_path / "a.txt").read_text() == "mine"


def test_file_that_comes_meanwhile_is_kept(tmp_path: Path) -> None:
    def write_late() -> None:
        with atomic_path(tmp_path / "a.txt", overwrite=False) as temporary:
            temporary.write_text("yours")
            (tmp_path / "a.txt").write_text("mine")

    with pytest.raises(InputError, match="--overwrite"):
        write_late()
    assert (tmp_path / "a.txt").read_text() == "mine"
    assert names(tmp_path) == ["a.txt"]


def test_overwrite(tmp_path: Path) -> None:
    for text in ("one", "two"):
        with atomic_path(tmp_path / "a.txt", overwrite=True) as temporary:
            temporary.write_text(text)
    assert (tmp_path / "a.txt").read_text() == "two"


def test_any_existing_file_stops_all_before_the_first(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        write_files({tmp_path / "b": b"1", tmp_path / "c": b"2"}, overwrite=False)
    assert names(tmp_path) == ["c"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
@pytest.mark.parametrize("after", [0, 1])
def test_refusal_of_the_disk_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str, after: int
) -> None:
    monkeypatch.setattr(os, "replace", refuse(code, after))
    with pytest.raises(InputError, match=words) as error:
        write_files({tmp_path / "a": b"1", tmp_path / "b": b"2"}, overwrite=False)
    assert str(error.value).startswith(f"{tmp_path}: cannot be written: ")
    assert names(tmp_path) == []


def test_disk_that_fills_up_while_writing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits of file size are set on Unix only")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(InputError, match="larger than the system allows"):
            write_files({tmp_path / "a": b"1", tmp_path / "b": bytes(100_000)}, overwrite=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(tmp_path) == []


def test_failed_replacement_leaves_no_mark_of_completion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = [tmp_path / name for name in ("a", "b", "mark")]
    write_files(dict.fromkeys(targets, b"old"), overwrite=False)
    monkeypatch.setattr(os, "replace", refuse(errno.ENOSPC, after=1))
    with pytest.raises(InputError, match="disk is full"):
        write_files(dict.fromkeys(targets, b"new"), overwrite=True)
    assert names(tmp_path) == ["a", "b"]
    assert targets[1].read_bytes() == b"old"


def test_a_single_file_is_there_all_the_time_while_it_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "status.json"
    write_json(target, {"state": "old"}, overwrite=True)
    monkeypatch.setattr(os, "replace", refuse(errno.ENOSPC))
    with pytest.raises(InputError, match="disk is full"):
        write_json(target, {"state": "new"}, overwrite=True)
    assert json.loads(target.read_bytes()) == {"state": "old"}


KILLED = """
import os, sys
from pathlib import Path
from labelbridge.io import write_files
out, real, left = Path(sys.argv[1]), os.replace, int(sys.argv[2])
def replace(source, target):
    global left
    if left == 0:
        os._exit(9)
    left -= 1
    real(source, target)
os.replace = replace
write_files({out / name: b"new" for name in ("a", "b", "mark")}, overwrite=True)
"""


def test_killed_run_never_looks_finished_and_is_cleaned_up(tmp_path: Path) -> None:
    for old in (False, True):
        if old:
            write_files({tmp_path / name: b"old" for name in ("a", "b", "mark")}, overwrite=True)
        ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "2"], check=False)
        assert ended.returncode == 9
        left = names(tmp_path)
        assert "mark" not in left
        assert any(name.startswith(".mark.") and name.endswith(".tmp") for name in left)
    (tmp_path / ".other.tmp").touch()
    write_files({tmp_path / name: b"whole" for name in ("a", "b", "mark")}, overwrite=True)
    assert names(tmp_path) == [".other.tmp", "a", "b", "mark"]


def test_prepare_out_makes_the_folder_and_leaves_nothing(tmp_path: Path) -> None:
    prepare_out(tmp_path / "x" / "y")
    prepare_out(tmp_path / "x" / "y")
    assert names(tmp_path / "x" / "y") == []


def test_prepare_out_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="a part of the path is a file"):
        prepare_out(tmp_path / "file" / "out")


def test_prepare_out_on_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="a file of this name is in the way"):
        prepare_out(tmp_path / "file")


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_prepare_out_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def write_bytes(path: Path, content: bytes) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(InputError, match=r"out: cannot be written: .*\.$"):
        prepare_out(tmp_path / "out")


def test_target_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(InputError, match="cannot be written"), atomic_path(tmp_path / "a", overwrite=True) as temporary:
        temporary.write_text("x")
    assert names(tmp_path) == ["a"]


def test_json_of_what_runs_hold(tmp_path: Path) -> None:
    content = {
        "path": Path("a/b"), "number": np.float32(0.5), "array": np.arange(2), "nan": float("nan"),
        "np": np.float64("inf"), "tuple": (1, True, None), "name": "µm", 3: "key",
    }  # fmt: skip
    path = write_json(tmp_path / "a.json", content, overwrite=False)
    assert json.loads(path.read_text("utf-8")) == {
        "path": str(Path("a/b")), "number": 0.5, "array": [0, 1], "nan": None, "np": None, "tuple": [1, True, None],
        "name": "µm", "3": "key",
    }  # fmt: skip
    assert "µm".encode() in to_json(content)
    with pytest.raises(InputError, match="--overwrite"):
        write_json(path, content, overwrite=False)
