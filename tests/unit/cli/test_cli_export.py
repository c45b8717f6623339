"""The command `labelbridge export`."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from labelbridge.cli.export import FormatName
from labelbridge.cli.main import app
from labelbridge.core import LabelMap
from labelbridge.io import FORMATS, find_masks, read_label_map, write_axondeepseg

LABELS = LabelMap(np.arange(600).reshape(20, 30).astype(np.uint8) % 3)


def test_the_command_knows_every_format() -> None:
    assert [name.value for name in FormatName] == list(FORMATS)


@pytest.mark.parametrize("options", [["geojson"], ["ome-tiff"], ["ome-zarr"], ["ome-zarr", "--zarr-version", "0.4"]])
def test_export(tmp_path: Path, options: list[str]) -> None:
    write_axondeepseg(LABELS, "a", tmp_path / "masks", overwrite=False)
    command = ["export", str(tmp_path / "masks"), "--out", str(tmp_path / "out"), "--pixel-size", "0.1", "--format"]
    done = CliRunner().invoke(app, [*command, *options])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("1 f")
    assert np.array_equal(read_label_map(find_masks(tmp_path / "out")["a"]).data, LABELS.data)


def test_a_mistake_is_a_sentence(tmp_path: Path) -> None:
    command = ["export", str(tmp_path), "--out", str(tmp_path / "out"), "--format", "geojson"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2
    assert "got no mask" in done.output
