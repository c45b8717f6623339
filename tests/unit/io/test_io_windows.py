"""Writing where files may be open elsewhere, as Windows minds; played on every system."""

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from labelbridge.core import InputError
from labelbridge.io import atomic, atomic_path, patiently, prepare_out, write_files

ACCESS_DENIED, IN_USE = 5, 32


@pytest.fixture(autouse=True)
def _windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be as patient as on Windows, but in no time."""
    monkeypatch.setattr(atomic, "_IS_WINDOWS", True)
    monkeypatch.setattr(time, "sleep", lambda _: None)


def refusal(number: int, *names: Path) -> PermissionError:
    error = PermissionError(errno.EACCES, "The process cannot access the file", *(str(names[0]), None, str(names[1])))
    error.winerror = number  # type: ignore[attr-defined]
    return error


def busy(times: int, number: int = IN_USE) -> Callable[[Path, Path], None]:
    """Return an os.replace that another program holds up a few times."""
    real, left = os.replace, [times]

    def replace(source: Path, target: Path) -> None:
        if left[0]:
            left[0] -= 1
            raise refusal(number, source, target)
        real(source, target)

    return replace


@pytest.mark.parametrize("number", [ACCESS_DENIED, IN_USE])
def test_a_file_that_is_open_for_a_moment_is_replaced(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "replace", busy(3, number))
    write_files({tmp_path / "a": b"1", tmp_path / "b": b"2"}, overwrite=False)
    assert (tmp_path / "a").read_bytes() == b"1"


def test_a_file_that_stays_open_is_one_sentence_and_keeps_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"mine")
    monkeypatch.setattr(os, "replace", busy(99))
    with (
        pytest.raises(InputError, match=r"a: cannot be written: another program has it open; close it there"),
        atomic_path(tmp_path / "a", overwrite=True) as temporary,
    ):
        temporary.write_bytes(b"yours")
    assert (tmp_path / "a").read_bytes() == b"mine"
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_a_file_that_may_not_be_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", busy(99, ACCESS_DENIED))
    with pytest.raises(InputError, match="permission is denied"):
        write_files({tmp_path / "a": b"1"}, overwrite=False)


def test_other_systems_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "_IS_WINDOWS", False)
    calls = []

    def act() -> None:
        calls.append(1)
        raise PermissionError

    with pytest.raises(PermissionError):
        patiently(act)
    assert calls == [1]


def test_other_errors_do_not_wait_either() -> None:
    calls = []

    def act() -> None:
        calls.append(1)
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        patiently(act)
    assert calls == [1]


def test_what_a_killed_run_left_open_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / ".a.0123abcd.tmp"
    left.touch()
    real = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path == left:
            raise refusal(IN_USE, path, path)
        real(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    write_files({tmp_path / "a": b"1"}, overwrite=False)
    assert (tmp_path / "a").read_bytes() == b"1"


def test_a_path_that_is_too_long_for_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_bytes(path: Path, content: bytes) -> int:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(InputError, match="the path is too long; choose a folder with a shorter path"):
        write_files({tmp_path / "a": b"1"}, overwrite=False)


def test_a_name_that_is_too_long_for_any_system(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be written: .*(name|path) is too long"):
        write_files({tmp_path / ("a" * 300): b"1"}, overwrite=False)
    with pytest.raises(InputError, match=r"cannot be written: .*(name|path) is too long"):
        prepare_out(tmp_path / ("a" * 300))
