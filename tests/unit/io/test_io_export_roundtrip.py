"""What is exported reads back the same, in every format."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labelbridge.core import ClassMap, LabelMap
from labelbridge.io import find_masks, read_label_map, write_axondeepseg, write_bids_derivatives
from labelbridge.io.export.axondeepseg import write_pixel_size
from labelbridge.io.export.geojson import write_geojson
from labelbridge.io.export.ometiff import write_ome_tiff
from labelbridge.io.export.omezarr import write_ome_zarr
from labelbridge.io.masks import find_mask_pixel_size

STEM = "sub-01_sample-1_SEM"
FOUR = ClassMap(("background", "axon", "myelin", "nuclei", "uaxon"))

Writer = Callable[..., object]


def axondeepseg(labels: LabelMap, stem: str, out: Path, *, overwrite: bool, pixel_size_um: float) -> None:
    write_axondeepseg(labels, stem, out, overwrite=overwrite)
    write_pixel_size(pixel_size_um, out)


FORMATS: dict[str, Writer] = {
    "axondeepseg": axondeepseg,
    "bids": partial(write_bids_derivatives, provenance={}),
    "ome-tiff": write_ome_tiff,
    "ome-zarr 0.4": partial(write_ome_zarr, version="0.4"),
    "ome-zarr 0.5": write_ome_zarr,
    "geojson": write_geojson,
}
every_format = pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)


def assert_same(labels: LabelMap, out: Path, pixel_size_um: float) -> None:
    files = find_masks(out)
    assert list(files) == [STEM]
    back = read_label_map(files[STEM], None)
    assert back.classes == labels.classes
    assert back.data.dtype == np.uint8
    assert np.array_equal(back.data, labels.data)
    assert find_mask_pixel_size(files[STEM]) == pytest.approx(pixel_size_um, rel=1e-12)


@every_format
@given(
    data=arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 4)),
    pixel_size_um=st.floats(1e-4, 50),
)
@settings(max_examples=12, deadline=None)
def test_any_labels(write: Writer, data: np.ndarray, pixel_size_um: float) -> None:
    with TemporaryDirectory() as folder:
        write(LabelMap(data, FOUR), STEM, Path(folder), overwrite=False, pixel_size_um=pixel_size_um)
        assert_same(LabelMap(data, FOUR), Path(folder), pixel_size_um)


@every_format
@pytest.mark.parametrize("shape", [(1, 37), (600, 1100), (23, 17)])
def test_rings_in_rings(write: Writer, tmp_path: Path, shape: tuple[int, int]) -> None:
    y, x = np.mgrid[: shape[0], : shape[1]]
    data = (np.hypot(y - shape[0] / 3, x - shape[1] / 2) // 7 % 5).astype(np.uint8)
    write(LabelMap(data, FOUR), STEM, tmp_path, overwrite=False, pixel_size_um=0.13)
    assert_same(LabelMap(data, FOUR), tmp_path, 0.13)


@every_format
@pytest.mark.parametrize("value", range(5))
def test_one_class_everywhere_and_all_others_nowhere(write: Writer, tmp_path: Path, value: int) -> None:
    labels = LabelMap(np.full((9, 14), value, np.uint8), FOUR)
    write(labels, STEM, tmp_path, overwrite=False, pixel_size_um=0.13)
    assert_same(labels, tmp_path, 0.13)


@every_format
def test_classes_in_another_order_keep_their_pixels(write: Writer, tmp_path: Path) -> None:
    classes = ClassMap(("background", "uaxon", "myelin", "axon"))
    labels = LabelMap(np.random.default_rng(0).integers(0, 4, (20, 31)).astype(np.uint8), classes)
    write(labels, STEM, tmp_path, overwrite=False, pixel_size_um=0.13)
    back = read_label_map(find_masks(tmp_path)[STEM], classes.foreground)
    assert np.array_equal(back.data, labels.data)
    assert read_label_map(find_masks(tmp_path)[STEM], None).classes.names == ("background", "axon", "myelin", "uaxon")


@every_format
def test_only_the_classes_asked_for_are_read(write: Writer, tmp_path: Path) -> None:
    labels = LabelMap(np.random.default_rng(0).integers(0, 5, (20, 31)).astype(np.uint8), FOUR)
    write(labels, STEM, tmp_path, overwrite=False, pixel_size_um=0.13)
    back = read_label_map(find_masks(tmp_path)[STEM])
    assert np.array_equal(back.data, np.where(labels.data > 2, 0, labels.data))


@pytest.mark.parametrize("write", [FORMATS[name] for name in ("ome-tiff", "ome-zarr 0.4", "ome-zarr 0.5", "geojson")])
def test_an_unknown_pixel_size_stays_unknown(write: Writer, tmp_path: Path) -> None:
    write(LabelMap(np.eye(20, dtype=np.uint8), FOUR), STEM, tmp_path, overwrite=False)
    assert find_mask_pixel_size(find_masks(tmp_path)[STEM]) is None
