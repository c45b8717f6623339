"""OME-TIFF and OME-Zarr: as the standards want them, and labels of others."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import yaozarrs
import zarr

from labelbridge.core import ClassMap, Image, InputError, LabelMap
from labelbridge.io import find_images, find_masks, read_image, read_label_map, read_labeled_set
from labelbridge.io.export.ometiff import write_ome_tiff, write_ome_tiff_volume
from labelbridge.io.export.omezarr import write_ome_zarr, write_ome_zarr_image, write_ome_zarr_volume
from labelbridge.io.masks import count_mask_planes, find_mask_pixel_size

LARGE = LabelMap(np.random.default_rng(0).integers(0, 3, (700, 1300)).astype(np.uint8))
THREE = ClassMap(("background", "axon", "myelin", "uaxon"))
SMALL = LabelMap(np.arange(600).reshape(20, 30).astype(np.uint8) % 4, THREE)


def large_image(dtype: type = np.uint16) -> Image:
    high = 1 if dtype is np.float32 else np.iinfo(dtype).max
    data = (np.random.default_rng(1).random(LARGE.shape) * high).astype(dtype).astype(np.float32)
    return Image(data, "a", 0.1)


def test_tiff_is_tiled_compressed_and_has_smaller_copies(tmp_path: Path) -> None:
    path = write_ome_tiff(LARGE, "a", tmp_path, overwrite=False, pixel_size_um=0.1)
    assert path.name == "a_seg.ome.tif"
    with tifffile.TiffFile(path) as tiff:
        (series,) = tiff.series
        page = series.keyframe
        assert tiff.is_ome
        assert (series.axes, page.dtype, page.samplesperpixel) == ("YX", np.uint8, 1)
        assert (page.tilewidth, page.tilelength, page.compression) == (512, 512, 8)
        assert [level.shape for level in series.levels] == [(700, 1300), (350, 650), (175, 325)]
        assert all(np.array_equal(series.levels[n].asarray(), LARGE.data[:: 2**n, :: 2**n]) for n in range(3))
        assert 'PhysicalSizeX="0.1"' in (tiff.ome_metadata or "")


def test_tiff_of_small_images_is_a_single_one(tmp_path: Path) -> None:
    with tifffile.TiffFile(write_ome_tiff(SMALL, "a", tmp_path, overwrite=False)) as tiff:
        assert len(tiff.pages) == len(tiff.series[0].levels) == 1


@pytest.mark.parametrize(("size", "unit"), [(0.25, "µm"), (250, "nm"), (0.00025, "mm")])
def test_tiff_in_any_unit(tmp_path: Path, size: float, unit: str) -> None:
    metadata = {"PhysicalSizeX": size, "PhysicalSizeY": size, "PhysicalSizeXUnit": unit, "PhysicalSizeYUnit": unit}
    tifffile.imwrite(tmp_path / "a_seg.ome.tif", SMALL.data, ome=True, metadata=metadata)
    assert find_mask_pixel_size(find_masks(tmp_path)["a"]) == pytest.approx(0.25)


def test_tiff_of_others_without_names_is_read_as_a_combined_mask(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a_seg.ome.tif", np.array([[0, 127], [255, 0]], np.uint8).repeat(9, 1), ome=True)
    labels = read_label_map(find_masks(tmp_path)["a"])
    assert labels.data[:, ::9].tolist() == [[0, 2], [1, 0]]


def test_tiff_with_a_value_without_a_name(tmp_path: Path) -> None:
    annotation = {"Namespace": "labelbridge/classes", "Value": {"0": "background", "1": "axon", "2": "myelin"}}
    data = np.full((20, 20), 7, np.uint8)
    tifffile.imwrite(tmp_path / "a_seg.ome.tif", data, ome=True, metadata={"MapAnnotation": annotation})
    with pytest.raises(InputError, match=r"label value 7, expected one of \[0, 1, 2\]"):
        read_label_map(find_masks(tmp_path)["a"])


@pytest.mark.parametrize("content", [b"", b"II*\0", b"no tiff at all"])
def test_damaged_tiff(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a_seg.ome.tif").write_bytes(content)
    with pytest.raises(InputError, match=r"a_seg\.ome\.tif: got "):
        read_label_map(find_masks(tmp_path)["a"])


@pytest.mark.parametrize("with_image", [False, True])
def test_zarr_is_valid_0_5(tmp_path: Path, with_image: bool) -> None:
    image = large_image() if with_image else None
    folder = write_ome_zarr(LARGE, "a", tmp_path, overwrite=False, pixel_size_um=0.1, image=image)
    yaozarrs.validate_zarr_store(folder if with_image else folder / "labels")
    found = yaozarrs.open_group(folder / "labels" / "axon_myelin").ome_metadata()
    assert isinstance(found, yaozarrs.v05.LabelImage)
    assert found.multiscales[0].axes[0].unit == "micrometer"
    assert (found.image_label.source is not None) == with_image
    assert zarr.open_group(folder, mode="r").metadata.zarr_format == 3
    array = zarr.open_array(folder / "labels" / "axon_myelin" / "0", mode="r")
    assert array.metadata.dimension_names == ("y", "x")


@pytest.mark.parametrize("with_image", [False, True])
def test_zarr_is_valid_0_4(tmp_path: Path, with_image: bool) -> None:
    image = large_image() if with_image else None
    folder = write_ome_zarr(LARGE, "a", tmp_path, overwrite=False, image=image, version="0.4")
    label = folder / "labels" / "axon_myelin"
    assert isinstance(yaozarrs.open_group(label).ome_metadata(), yaozarrs.v04.LabelImage)
    assert json.loads((folder / "labels" / ".zattrs").read_text("utf-8"))["labels"] == ["axon_myelin"]
    assert json.loads((label / "0" / ".zarray").read_text("utf-8"))["dimension_separator"] == "/"
    if with_image:
        assert isinstance(yaozarrs.open_group(folder).ome_metadata(), yaozarrs.v04.Image)
        yaozarrs.v04.Image.model_validate(json.loads((folder / ".zattrs").read_text("utf-8")))


def test_zarr_names_and_colours(tmp_path: Path) -> None:
    folder = write_ome_zarr(SMALL, "a", tmp_path, overwrite=False)
    ome: Any = zarr.open_group(folder / "labels" / "axon_myelin", mode="r").attrs["ome"]
    properties = ome["image-label"]["properties"]
    assert [(one["label-value"], one["class"]) for one in properties] == [(1, "axon"), (2, "myelin"), (3, "uaxon")]
    (_, _, blue, _), (red, _, _, alpha), _ = (one["rgba"] for one in ome["image-label"]["colors"])
    assert (blue, alpha) == (255, 255)
    assert red > 200


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_zarr_keeps_the_image_as_it_was(tmp_path: Path, dtype: type) -> None:
    image = large_image(dtype)
    root = zarr.open_group(write_ome_zarr(LARGE, "a", tmp_path, overwrite=False, image=image), mode="r")
    array = root["0"]
    assert isinstance(array, zarr.Array)
    assert array.dtype == dtype
    assert np.array_equal(np.asarray(array[:]), image.data)
    assert [root[level].shape for level in sorted(root.array_keys())] == [(700, 1300), (350, 650), (175, 325)]


@pytest.mark.parametrize("shape", [(40, 50), (1301, 700)])
def test_zarr_of_intensities_from_0_to_1_has_16_bits_and_smaller_copies(tmp_path: Path, shape: tuple[int, int]) -> None:
    data = np.random.default_rng(0).random(shape, np.float32)
    data[0, :2] = -1, 2
    folder = write_ome_zarr_image(Image(data, "made", 0.2), tmp_path / "made.ome.zarr", overwrite=False)
    yaozarrs.validate_zarr_store(folder)
    found = read_image(folder)
    assert found.pixel_size_um == pytest.approx(0.2)
    np.testing.assert_array_equal(found.data, np.round(np.clip(data, 0, 1) * 65_535))
    root = zarr.open_group(folder, mode="r")
    levels = [np.asarray(root[name][:], np.float64) for name in sorted(root.array_keys())]
    assert [level.shape for level in levels] == ([shape] if shape[0] <= 512 else [shape, (651, 350), (326, 175)])
    for finer, level in pairwise(levels):
        even = finer[: len(finer) // 2 * 2].reshape(len(finer) // 2, 2, -1, 2).mean((1, 3))
        assert np.abs(even - level[: len(even)]).max() <= 0.5
        assert np.abs(finer[-1].reshape(-1, 2).mean(1) - level[-1]).max() <= 0.5 or len(finer) % 2 == 0
    with pytest.raises(InputError, match="exists"):
        write_ome_zarr_image(Image(data, "made"), folder, overwrite=False)


@pytest.mark.parametrize(("size", "unit"), [(0.25, "micrometer"), (250, "nanometer"), (0.00025, "millimeter")])
@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_zarr_in_any_unit(tmp_path: Path, size: float, unit: str, version: Any) -> None:
    folder = write_ome_zarr(SMALL, "a", tmp_path, overwrite=False, pixel_size_um=size, version=version)
    meta = folder / "labels" / "axon_myelin" / ("zarr.json" if version == "0.5" else ".zattrs")
    meta.write_text(meta.read_text("utf-8").replace("micrometer", unit), "utf-8")
    assert find_mask_pixel_size(find_masks(tmp_path)["a"]) == pytest.approx(0.25)


def test_zarr_is_one_mask_and_no_image(tmp_path: Path) -> None:
    folder = write_ome_zarr(LARGE, "a", tmp_path, overwrite=False, image=large_image())
    assert list(find_masks(tmp_path)) == list(find_masks(folder)) == ["a"]
    with pytest.raises(InputError, match="without images"):
        find_images(tmp_path)


def test_zarr_with_images_is_a_labelled_set(tmp_path: Path) -> None:
    image = large_image()
    for version in ("0.4", "0.5"):
        write_ome_zarr(LARGE, f"a{version}", tmp_path, overwrite=False, pixel_size_um=0.1, image=image, version=version)
    samples = read_labeled_set(tmp_path)
    assert [sample.image.name for sample in samples] == ["a0.4", "a0.5"]
    for sample in samples:
        assert np.array_equal(sample.image.data, image.data)
        assert np.array_equal(sample.labels.data, LARGE.data)
        assert sample.image.pixel_size_um == pytest.approx(0.1)


def test_zarr_image_of_others_with_labels_is_a_labelled_set(tmp_path: Path) -> None:
    write_ome_zarr(LARGE, "a", tmp_path, overwrite=False, image=large_image())
    (tmp_path / "a_seg.ome.zarr").rename(tmp_path / "rat.ome.zarr")
    write_ome_zarr(LARGE, "b", tmp_path, overwrite=False)
    assert [sample.image.name for sample in read_labeled_set(tmp_path)] == ["rat"]


def test_zarr_labels_of_others(tmp_path: Path) -> None:
    folder = write_ome_zarr(SMALL, "a", tmp_path, overwrite=False)
    for file in folder.rglob("zarr.json"):
        file.write_text(file.read_text("utf-8").replace("axon_myelin", "cells"), "utf-8")
    (folder / "labels" / "axon_myelin").rename(folder / "labels" / "cells")
    folder = folder.rename(tmp_path / "other.zarr")
    assert np.array_equal(read_label_map(find_masks(folder)["other"], None).data, SMALL.data)


def test_zarr_is_replaced_only_when_asked(tmp_path: Path) -> None:
    write_ome_zarr(SMALL, "a", tmp_path, overwrite=False)
    with pytest.raises(InputError, match=r"exists already; add --overwrite"):
        write_ome_zarr(LARGE, "a", tmp_path, overwrite=False)
    write_ome_zarr(LARGE, "a", tmp_path, overwrite=True)
    assert read_label_map(find_masks(tmp_path)["a"]).shape == LARGE.shape
    assert [path.name for path in tmp_path.iterdir()] == ["a_seg.ome.zarr"]


def test_zarr_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_ome_zarr(SMALL, "a", tmp_path, overwrite=False)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zarr.Group, "create_array", full)
    with pytest.raises(InputError, match="the disk is full"):
        write_ome_zarr(LARGE, "a", tmp_path, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a_seg.ome.zarr"]
    assert read_label_map(find_masks(tmp_path)["a"], None).shape == SMALL.shape


def test_zarr_of_image_and_labels_that_differ(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected one shape"):
        write_ome_zarr(SMALL, "a", tmp_path, overwrite=False, image=large_image())


@pytest.mark.parametrize("damage", ["{", "{}", '{"attributes": {"ome": {"multiscales": 3}}, "zarr_format": 3}'])
def test_damaged_zarr(tmp_path: Path, damage: str) -> None:
    folder = write_ome_zarr(SMALL, "a", tmp_path, overwrite=False)
    (folder / "labels" / "axon_myelin" / "zarr.json").write_text(damage, "utf-8")
    with pytest.raises(InputError, match=r"a_seg\.ome\.zarr.*: got "):
        read_label_map(find_masks(tmp_path)["a"])


@pytest.mark.parametrize("write", [write_ome_tiff_volume, write_ome_zarr_volume])
def test_stacks(tmp_path: Path, write: Any) -> None:
    volume = np.random.default_rng(0).integers(0, 3, (3, 700, 40)).astype(np.uint8)
    write(volume, LARGE.classes, "a", tmp_path, overwrite=False, pixel_size_um=0.1)
    files = find_masks(tmp_path)["a"]
    assert count_mask_planes(files) == 3
    assert find_mask_pixel_size(files) == pytest.approx(0.1)
    for index in range(3):
        assert np.array_equal(read_label_map(files, None, index=index).data, volume[index])
    with pytest.raises(InputError, match=r"a_seg\.ome\.\w+.*: got a stack"):
        read_label_map(files)
