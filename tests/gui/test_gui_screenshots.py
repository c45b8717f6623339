"""The script that takes the pages' pictures goes through all docks."""

import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture
from pytestqt.qtbot import QtBot


@pytest.mark.full
@pytest.mark.usefixtures("make_napari_viewer")  # for its app model, in which plugins are not registered twice
def test_every_dock_is_pictured(
    qtbot: QtBot, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LABELBRIDGE_HOME", "NAPARI_CONFIG"):  # which the script sets
        monkeypatch.setenv(name, "")
    spec = importlib.util.spec_from_file_location("screenshots", repository / "docs" / "screenshots.py")
    assert spec
    assert spec.loader
    screenshots = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(screenshots)
    monkeypatch.setattr(screenshots, "PICTURES", tmp_path / "pictures")
    monkeypatch.setattr(screenshots, "THEMES", ("dark",))
    monkeypatch.setattr(screenshots, "SIZES", ((1280, 800),))
    screenshots.main()
    taken = sorted((tmp_path / "pictures").iterdir())
    assert [file.name for file in taken] == [
        f"{dock}-dark-1280x800.png" for dock in ("bootstrap", "export", "jobs", "project", "refine", "train")
    ]
    pictures = [np.asarray(Picture.open(file).convert("RGB")) for file in taken]
    assert all(picture.shape == (800, 1280, 3) for picture in pictures)
    assert all(np.any(one != other) for one, other in pairwise(pictures)), "each shows its dock"
