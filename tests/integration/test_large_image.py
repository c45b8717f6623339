"""Memory must not run away with the size of the image."""

from pathlib import Path

import pytest

from large_image import run, write_image

MOST_BYTES_A_PIXEL = 60


@pytest.mark.full
def test_a_large_image_needs_few_bytes_a_pixel(tmp_path: Path) -> None:
    peaks = {}
    for side in (500, 4000):
        write_image(tmp_path / f"{side}.tif", side, enlarge=4.0)
        _, peaks[side] = run(tmp_path / f"{side}.tif", tmp_path / "masks")
    assert (peaks[4000] - peaks[500]) * 1e9 < MOST_BYTES_A_PIXEL * (4000**2 - 500**2)
