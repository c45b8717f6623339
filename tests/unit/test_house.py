"""The rules of the house that no other tool sees."""

import ast
import json
import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

import labelbridge

HEAVY = {"torch", "nnunetv2", "napari", "qtpy", "magicgui", "superqt", "PyQt6", "PySide6"}
NOT_FOR_HELP = {"numpy", "scipy", "skimage"}
BUDGET_S = 0.5
LOCKS = ("requirements.lock", "requirements-pyside6.lock")
HELP = "import sys; sys.argv = ['labelbridge', '--help']; from labelbridge.cli.main import main; main()"


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules that are loaded at the end of `code`."""
    tail = "import sys, json; sys.stderr.write(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    whole = f"try:\n    {code}\nexcept SystemExit:\n    pass\n{tail}"
    done = subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr))


def best_time_s(code: str, runs: int = 5) -> float:
    """Return the shortest time that a new Python takes for `code`: other work on the machine only adds to it."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        times.append(time.perf_counter() - began)
    return min(times)


@pytest.mark.parametrize("code", ["import labelbridge", HELP, HELP.replace("'--help'", "'bootstrap', '--help'")])
def test_nothing_heavy_is_loaded_before_it_is_needed(code: str) -> None:
    loaded = loaded_by(code)
    assert "labelbridge" in loaded
    assert not loaded & (HEAVY | NOT_FOR_HELP)


@pytest.mark.parametrize(
    "room", ["bootstrap", "core", "doctor", "evaluate", "io", "jobs", "plugin", "refine", "segment", "translate"]
)
def test_no_room_loads_torch_when_it_is_opened(room: str) -> None:
    assert not loaded_by(f"import labelbridge.{room}") & HEAVY


@pytest.mark.parametrize(("before", "after"), [(None, "20000"), ("7", "7")])
def test_threads_do_not_wait_in_circles_for_long_unless_told_otherwise(before: str | None, after: str) -> None:
    """Else a computation takes many times as long where another program wants the same cores."""
    variables = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
    variables |= {"GOMP_SPINCOUNT": before} if before else {}
    code = "import os, labelbridge; print(os.environ['GOMP_SPINCOUNT'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=variables)
    assert done.stdout.strip() == after


def test_import_and_help_are_quick() -> None:
    plain = best_time_s("pass")
    assert best_time_s("import labelbridge") - plain < BUDGET_S
    assert best_time_s(HELP) - plain < BUDGET_S


def test_text_files_name_their_encoding(repository: Path) -> None:
    """Windows takes another one than UTF-8 where none is named."""
    for file in [*(repository / "src").rglob("*.py"), repository / "tasks.py"]:
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                place = {"read_text": 0, "write_text": 1}.get(call.func.attr)
                is_named = any(keyword.arg == "encoding" for keyword in call.keywords)
                assert place is None or is_named or len(call.args) > place, f"{file}, line {call.lineno}"


def test_the_version_stands_in_one_place(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "src/labelbridge/__init__.py"
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+|rc\d+)?", labelbridge.__version__)


def test_the_locks_are_exact_and_name_no_index(repository: Path) -> None:
    locks = [(repository / name).read_text(encoding="utf-8") for name in LOCKS]
    for lock in locks:
        assert "://" not in lock
        assert all("==" in line for line in lock.splitlines() if line and line[0] not in "# ")
        assert lock.count("==") <= lock.count("--hash=sha256:")
    locked = {re.split(r"[=\s]", line)[0].lower() for line in locks[0].splitlines() if line and line[0] not in "# "}
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["dev"], *extras["gui"], *extras["all"]]
    assert {re.split(r"[<>=\[]", requirement)[0] for requirement in wanted} - {project["name"]} <= locked
