"""What all tests share."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
WINDOWS = Path(__file__).parent / "gui"
"""The tests that open windows."""

NO_WINDOW = "LABELBRIDGE_TESTS_NO_WINDOW"
"""Why no window can be opened, empty where one can; found out once and handed to pytest-xdist's workers."""

os.environ["NAPARI_CONFIG"] = ""  # no test may read, or reset, the settings of the user's own napari
os.environ.setdefault("QT_API", "pyqt6")
os.environ.setdefault("PYTEST_QT_API", os.environ["QT_API"])

with suppress(ImportError):  # tests of windows and of trainings run in one process: each brings an LLVM, and
    import_module("triton._C.libtriton")  # torch's crashes where that of Mesa, which draws windows, came first


def no_window() -> str:
    """Try to open a window in a Python of its own, which Qt ends where it cannot, and say what is in the way."""
    if NO_WINDOW not in os.environ:
        code = (
            "from importlib.metadata import version; version('napari'); version('pytest-qt'); "
            "from qtpy.QtWidgets import QApplication; QApplication([])"
        )
        tried = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        said = tried.stderr.strip().splitlines() or [f"exit code {tried.returncode}"]
        reason = said[-1] if said[0].startswith("Traceback") else said[0]
        os.environ[NO_WINDOW] = f"no window can be opened ({reason})" if tried.returncode else ""
    return os.environ[NO_WINDOW]


pytest_plugins = () if no_window() else ("pytestqt.plugin",)


class SkippedModule(pytest.Module):
    """A file of tests that is not even imported."""

    def collect(self) -> list[pytest.Item]:
        pytest.skip(no_window(), allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    if WINDOWS in module_path.parents and no_window():
        return SkippedModule.from_parent(parent, path=module_path)
    return None


settings.register_profile("repeatable", database=None, deadline=None, derandomize=True)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also run what takes long or needs servers")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--full"):
        items.sort(key=minutes_of, reverse=True)  # else one worker waits for the other's last test
        return
    skip = pytest.mark.skip(reason="takes long: runs with --full")
    for item in items:
        if "full" in item.keywords:
            item.add_marker(skip)


def minutes_of(item: pytest.Item) -> float:
    """Return how long a test takes, as its mark says; 0 where it says nothing."""
    full = item.get_closest_marker("full")
    return full.kwargs.get("minutes", 0) if full else 0


@pytest.fixture
def full_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute in 32 bits, as others do that results are compared with, also where 16 would be faster."""
    monkeypatch.setattr("labelbridge.core.precision.has_bfloat16", lambda _: False)


@pytest.fixture(autouse=True)
def _own_user_data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may find, or leave, models in the user's own folder."""
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path_factory.getbasetemp() / "labelbridge-home"))


@pytest.fixture(autouse=True)
def threads() -> Callable[[], list[threading.Thread]]:
    """Return the threads of LabelBridge's that have begun in this test: an earlier one may have left some."""
    earlier = set(threading.enumerate())
    return lambda: [one for one in threading.enumerate() if one.name.startswith("labelbridge") and one not in earlier]


@pytest.fixture
def begin() -> Iterator[Callable[..., "subprocess.Popen[Any]"]]:
    """Begin processes as `subprocess.Popen` does; none outlives its test, also where that fails."""
    with ExitStack() as ends:

        def begun(*args: Any, **options: Any) -> "subprocess.Popen[Any]":
            process = ends.enter_context(subprocess.Popen(*args, **options))
            ends.callback(process.kill)
            return process

        yield begun


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real images, or a skip."""
    folder = Path(os.environ.get("LABELBRIDGE_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "tem_labeled").is_dir() or not (folder / "sem_unlabeled").is_dir():
        pytest.skip(f"no real images: neither LABELBRIDGE_DATA nor {folder.name}/ beside the repository has them")
    return folder
