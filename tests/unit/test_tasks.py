"""The launcher: tasks.py is no module of the package, so it is loaded from its file."""

import argparse
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def tasks(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the launcher, with a root of its own, a lock in it, and no environment."""
    spec = importlib.util.spec_from_file_location("tasks_of_the_house", repository / "tasks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYSIDE6_LOCK", tmp_path / "requirements-pyside6.lock")
    monkeypatch.setattr(module, "PYSIDE6", tmp_path / ".venv" / "pyside6")
    module.LOCK.write_text("numpy==2.0.0\n")
    module.PYSIDE6_LOCK.write_text("pyside6-essentials==6.11.3\n")
    return module


@pytest.fixture
def steps(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Collect the commands of all steps instead of running them; making the environment makes its Python."""
    commands: list[list[str]] = []

    def step(name: str, command: list[str], variables: object = None, cwd: object = None) -> int:
        commands.append(list(command))
        if "venv" in command:
            tasks.venv_python().parent.mkdir(parents=True)
            tasks.venv_python().touch()
        if "--target" in command:
            Path(command[command.index("--target") + 1]).mkdir()
        return 0

    monkeypatch.setattr(tasks, "step", step)
    return commands


def test_the_environment_is_made_once(tasks: ModuleType, steps: list[list[str]]) -> None:
    assert not tasks.is_ready()
    tasks.make_environment()
    assert tasks.is_ready()
    assert len(steps) == 3
    assert str(tasks.LOCK) in steps[1]
    tasks.make_environment()
    assert len(steps) == 3


def test_another_lock_makes_it_again(tasks: ModuleType, steps: list[list[str]]) -> None:
    tasks.make_environment()
    tasks.LOCK.write_text("numpy==2.0.1\n")
    assert not tasks.is_ready()


def test_an_interrupted_set_up_is_redone(
    tasks: ModuleType, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(name: str, command: list[str], variables: object = None, cwd: object = None) -> int:
        if "--requirement" in command:
            raise KeyboardInterrupt
        tasks.venv_python().parent.mkdir(parents=True, exist_ok=True)
        tasks.venv_python().touch()
        return 0

    monkeypatch.setattr(tasks, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tasks.make_environment()
    assert tasks.venv_python().exists()
    assert not tasks.is_ready()


def test_a_failed_install_leaves_no_marker(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "step", lambda name, command, *rest: int("--requirement" in command))
    with pytest.raises(tasks.Problem, match="locked packages"):
        tasks.make_environment()
    assert not tasks.is_ready()


def test_another_qt_is_installed_once_beside_the_environment(tasks: ModuleType, steps: list[list[str]]) -> None:
    tasks.make_environment()
    tasks.add_pyside6()
    assert len(steps) == 4
    assert {"--target", str(tasks.PYSIDE6), str(tasks.PYSIDE6_LOCK)} <= set(steps[-1])
    tasks.add_pyside6()
    assert len(steps) == 4
    tasks.PYSIDE6_LOCK.write_text("pyside6-essentials==6.11.4\n")
    tasks.add_pyside6()
    assert len(steps) == 5
    assert tasks.is_ready(), "the environment itself is as it was"


@pytest.mark.parametrize(("arguments", "wants"), [(["test"], False), (["test", "--full"], True), (["demo"], False)])
def test_only_the_full_tests_want_another_qt(
    tasks: ModuleType, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch, arguments: list[str], wants: bool
) -> None:
    monkeypatch.setattr(tasks, "missing_packages", lambda *_: [])
    monkeypatch.setattr(tasks, "wants_display", lambda _: False)
    assert tasks.main(arguments) == 0
    assert tasks.is_made(tasks.PYSIDE6, tasks.PYSIDE6_LOCK) is wants


def test_all_checks_run_and_the_first_failure_counts(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    codes = {"mypy": 3, "pytest": 5}

    def step(name: str, *_: object, **__: object) -> int:
        names.append(name)
        return codes.get(name, 0)

    monkeypatch.setattr(tasks, "step", step)
    assert tasks.run_tests(argparse.Namespace(full=False), {}) == 3
    assert names == ["ruff check", "ruff format", "mypy", "import-linter", "pytest"]


@pytest.mark.parametrize(("full", "count"), [(True, 1), (False, 0)])
def test_full_reaches_pytest(tasks: ModuleType, steps: list[list[str]], full: bool, count: int) -> None:
    tasks.run_tests(argparse.Namespace(full=full), {})
    assert steps[-1].count("--full") == count


def test_demo_writes_into_the_current_folder(
    tasks: ModuleType, steps: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tasks.run_demo(tasks.parse(["demo", "--headless"]), {})
    assert steps == [[tasks.script("labelbridge"), "demo", "--headless", "--out", str(tmp_path / "labelbridge-demo")]]


def test_demo_on_a_virtual_display_takes_a_picture_and_ends(
    tasks: ModuleType, steps: list[list[str]], tmp_path: Path
) -> None:
    tasks.run_demo(tasks.parse(["demo", "--out", str(tmp_path)]), {"DISPLAY": ":9"})
    tasks.run_demo(tasks.parse(["demo", "--out", str(tmp_path)]), {})
    demo = [tasks.script("labelbridge"), "demo"]
    assert steps == [
        [*demo, "--picture", str(tmp_path / "window.png"), "--out", str(tmp_path)],
        [*demo, "--out", str(tmp_path)],
    ]


def test_libraries_of_windows_are_wanted_on_debian_where_they_are_missing(
    tasks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "is_ready", lambda: True)
    monkeypatch.setattr(tasks, "find_library", lambda name: None if name == "xcb-cursor" else f"lib{name}.so")
    monkeypatch.setattr(tasks.shutil, "which", lambda name: name)
    assert tasks.missing_packages(True, True) == ["libxcb-cursor0"]
    assert tasks.missing_packages(True, False) == []
    monkeypatch.setattr(tasks.shutil, "which", lambda name: None if name == "apt-get" else name)
    assert tasks.missing_packages(True, True) == []


@pytest.mark.skipif(os.name == "nt", reason="SLURM is not for Windows")
@pytest.mark.parametrize(
    ("arguments", "user", "there", "missing"),
    [
        (["test", "--full"], 0, {"apt-get"}, ["munge", "slurm-wlm"]),
        (["test", "--full"], 0, {"apt-get", "munge", "sbatch"}, []),
        (["test", "--full"], 1000, {"apt-get"}, []),
        (["test", "--full"], 0, set(), []),
        (["test"], 0, {"apt-get"}, []),
        (["demo"], 0, {"apt-get"}, []),
    ],
)
def test_only_the_full_tests_want_a_cluster_and_only_where_root_can_have_one(
    tasks: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    user: int,
    there: set[str],
    missing: list[str],
) -> None:
    monkeypatch.setattr(tasks, "is_ready", lambda: True)
    monkeypatch.setattr(tasks.os, "geteuid", lambda: user)
    monkeypatch.setattr(tasks.shutil, "which", lambda name: name if name in there else None)
    assert tasks.missing_packages(False, False, tasks.wants_slurm(tasks.parse(arguments))) == missing


@pytest.mark.skipif(os.name == "nt", reason="Windows has all that windows need")
@pytest.mark.parametrize(
    ("system", "arguments", "wants"),
    [
        ("linux", ["test"], True),
        ("linux", ["demo"], True),
        ("linux", ["demo", "--headless"], False),
        ("darwin", ["test"], False),
    ],
)
def test_where_windows_need_the_systems_help(
    tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, system: str, arguments: list[str], wants: bool
) -> None:
    monkeypatch.setattr(tasks.sys, "platform", system)
    assert tasks.wants_window(tasks.parse(arguments)) is wants


def test_a_step_gives_the_exit_code(tasks: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert tasks.step("leave", [sys.executable, "-c", "raise SystemExit(7)"]) == 7
    assert "leave: FAILED with exit code 7" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="Windows needs no packages")
def test_without_root_the_command_is_named(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.os, "geteuid", lambda: 1000)
    for manager, words in {
        "apt-get": "sudo apt-get install python3-venv xvfb xauth",
        "dnf": "sudo dnf install xorg-x11-server-Xvfb xauth",
        None: "install Python's ensurepip and Xvfb and xauth",
    }.items():
        monkeypatch.setattr(tasks.shutil, "which", lambda name, there=manager: there if name == there else None)
        with pytest.raises(tasks.Problem, match=words):
            tasks.install_system_packages(["python3-venv", "xvfb", "xauth"])


def test_an_old_python_is_told_so(
    tasks: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "OLDEST", (99, 0))
    assert tasks.main(["test"]) == 2
    assert "needs Python 99.0 or newer" in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")
def test_the_virtual_display_answers_and_ends(tasks: ModuleType) -> None:
    with tasks.display(True) as variables:
        path = f"/tmp/.X11-unix/X{variables['DISPLAY'].removeprefix(':')}"
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            client.sendall(b"l\0\x0b\0\0\0\0\0\0\0\0\0")  # X11 hello: little endian, version 11.0, no authorisation
            assert client.recv(1) == b"\x01"
    with socket.socket(socket.AF_UNIX) as client, pytest.raises(OSError):  # noqa: PT011
        client.connect(path)


def test_no_display_is_started_where_there_is_one(tasks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", ":0")
    assert not tasks.wants_display(tasks.parse(["test"]))
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert tasks.wants_display(tasks.parse(["test"]))
    assert tasks.wants_display(tasks.parse(["demo"]))
    assert not tasks.wants_display(tasks.parse(["demo", "--headless"]))


def test_help_needs_nothing(repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-E", str(repository / "tasks.py"), "--help"], capture_output=True, text=True, check=True
    )
    assert "demo" in done.stdout
    assert "test" in done.stdout
