"""What all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("repeatable", database=None, deadline=None, derandomize=True)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also run what takes long or needs servers")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--full"):
        return
    skip = pytest.mark.skip(reason="takes long: runs with --full")
    for item in items:
        if "full" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def _own_user_data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may find, or leave, models in the user's own folder."""
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path_factory.getbasetemp() / "labelbridge-home"))


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
