from pathlib import Path

import numpy as np
import pytest

from labelbridge.core import (
    ArrayPlane,
    InputError,
    ResampledPlane,
    bands,
    look,
    make_scratch_folder,
    resample,
    scratch_array,
    windows,
)
from labelbridge.core import plane as planes
from labelbridge.core import scratch as scratches

NOISE = np.random.default_rng(0).random((97, 61), np.float32)


@pytest.mark.parametrize("rows", [1, 10, 97, 500])
def test_bands_cover_every_row_once(rows: int) -> None:
    cut = list(bands((97, 61), rows=rows))
    assert [row for band in cut for row in range(band.start, band.stop)] == list(range(97))
    assert all(band.stop - band.start <= rows for band in cut)


@pytest.mark.parametrize("shape", [(33, 20), (97, 30), (200, 61), (311, 147), (1, 9)])
@pytest.mark.parametrize("rows", [1, 7, 64])
def test_rows_are_the_same_whichever_band_they_are_asked_in(shape: tuple[int, int], rows: int) -> None:
    plane = ResampledPlane(ArrayPlane(NOISE), shape)
    parts = [plane.rows(band.start, band.stop) for band in bands(shape, rows=rows)]
    np.testing.assert_allclose(np.concatenate(parts), plane.rows(0, shape[0]), atol=1e-6)
    np.testing.assert_allclose(np.concatenate(parts), resample(NOISE, shape), atol=1e-6)


def test_shrinking_a_ramp_keeps_it_a_ramp() -> None:
    ramp = np.tile(np.arange(200, dtype=np.float32)[:, None], (1, 50))
    plane = ResampledPlane(ArrayPlane(ramp), (50, 20))
    small = np.concatenate([plane.rows(band.start, band.stop) for band in bands((50, 20), rows=6)])
    np.testing.assert_allclose(np.diff(small, axis=0)[3:-3], 4, atol=1e-4)


def test_statistics_of_a_large_image_are_taken_from_all_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ramp = np.tile(np.arange(4000, dtype=np.float32)[:, None], (1, 40))
    assert len(look(ArrayPlane(ramp))) == ramp.size
    monkeypatch.setattr(planes, "LOOK_PX", 20_000)
    seen = look(ArrayPlane(ramp))
    assert len(seen) <= 20_000
    assert seen.min() < 100
    assert seen.max() > 3900
    assert abs(float(seen.mean()) - 2000) < 50


@pytest.mark.parametrize("shape", [(900, 300), (300, 900), (600, 600)])
def test_windows_of_a_large_image_are_spread_over_it(shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    data = np.add.outer(np.arange(shape[0]), np.arange(shape[1])).astype(np.float32)
    assert windows(data)[0] is data
    monkeypatch.setattr(planes, "LOOK_PX", 100_000)
    monkeypatch.setattr(planes, "_WINDOW_PX", 100)
    seen = windows(data)
    assert 4 <= len(seen) <= 10
    assert {window.shape for window in seen} == {(100, 100)}
    corners = [float(window[0, 0]) for window in seen]
    assert len(set(corners)) > 1
    assert np.mean([window.mean() for window in seen]) == pytest.approx(data.mean(), rel=0.05)


def test_a_large_array_lies_on_disk_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_SCRATCH", str(tmp_path))
    assert not isinstance(scratch_array((10, 10), np.uint8), np.memmap)
    monkeypatch.setattr(scratches, "IN_MEMORY_BYTES", 1000)
    array = scratch_array((100, 100), np.float32)
    assert isinstance(array, np.memmap)
    assert not array.any()
    array[5] = 7
    assert array.sum() == 700
    del array
    assert not list(tmp_path.iterdir())


def test_a_disk_without_room_is_told_before_anything_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_SCRATCH", str(tmp_path))
    with pytest.raises(InputError, match=r"GB free, expected at least 4000000\.0 GB.*LABELBRIDGE_SCRATCH"):
        scratch_array((10**9, 10**6), np.float32)
    monkeypatch.setenv("LABELBRIDGE_SCRATCH", str(tmp_path / "absent"))
    with pytest.raises(InputError, match="set LABELBRIDGE_SCRATCH"):
        scratch_array((20_000, 20_000), np.float32)


def test_a_scratch_folder_goes_with_its_owner_and_with_a_killed_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELBRIDGE_SCRATCH", str(tmp_path))

    class Owner: ...

    owner = Owner()
    folder = make_scratch_folder(owner)
    left = folder.with_name(folder.name.rpartition("-")[0].rpartition("-")[0] + "-999999999-abc")
    other = tmp_path / "labelbridge-otherhost-999999999-abc"
    for one in (left, other):
        one.mkdir()
    second = make_scratch_folder(owner)
    assert sorted(tmp_path.iterdir()) == sorted([folder, second, other])
    del owner
    assert list(tmp_path.iterdir()) == [other]
