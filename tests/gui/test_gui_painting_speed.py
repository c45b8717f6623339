from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from painting_speed import measure

COARSE = 3.0
"""Twice what the benchmark allows: other work on the machine adds to both, but not evenly."""


@pytest.mark.full
@pytest.mark.usefixtures("make_napari_viewer")  # for its app model, in which plugins are not registered twice
def test_a_stroke_with_everything_on_costs_little_more_than_in_plain_napari(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path))
    plain, ours = measure(1024, brush=20, strokes=4, folder=tmp_path)
    assert ours.move_ms < COARSE * plain.move_ms
    assert ours.stroke_ms < COARSE * plain.stroke_ms
