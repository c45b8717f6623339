"""Stacks: one plane is read without the others, and all are counted without decoding any."""

import math
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr
from PIL import Image as PillowImage

from labelbridge.core import InputError
from labelbridge.io import count_planes, read_image

RNG = np.random.default_rng(3)
STACK = RNG.integers(0, 256, (5, 32, 40), np.uint8)
WRITTEN = {
    "plain": {"metadata": None},
    "tifffile": {},
    "tifffile T": {"metadata": {"axes": "TYX"}},
    "ImageJ": {"imagej": True, "metadata": {"axes": "ZYX"}},
    "OME": {"ome": True, "metadata": {"axes": "ZYX"}},
}


def tiff(path: Path, pixels: np.ndarray, **options: object) -> Path:
    tifffile.imwrite(path, pixels, photometric="minisblack", **options)
    return path


def damage_all_planes_but(path: Path, kept: int) -> None:
    with tifffile.TiffFile(path) as opened:
        pages = [page for number, page in enumerate(opened.pages) if number != kept]
        places = [place for page in pages for place in zip(page.dataoffsets, page.databytecounts, strict=True)]
    content = bytearray(path.read_bytes())
    for offset, count in places:
        content[offset : offset + count] = b"\xa5" * count
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("written", "bigtiff"),
    [(written, bigtiff) for written in WRITTEN for bigtiff in (False, True) if written != "ImageJ" or not bigtiff],
)
def test_one_plane_is_decoded(tmp_path: Path, written: str, bigtiff: bool) -> None:
    compressed = {} if written == "ImageJ" else {"compression": "zlib"}
    path = tiff(tmp_path / "a.tif", STACK, bigtiff=bigtiff, **compressed, **WRITTEN[written])
    damage_all_planes_but(path, 3)
    assert count_planes(path) == 5
    assert np.array_equal(read_image(path, index=3).data, STACK[3])
    if compressed:
        with pytest.raises(InputError, match="damaged"):
            read_image(path, index=2)


@pytest.mark.parametrize("written", WRITTEN)
def test_a_stack_without_a_choice(tmp_path: Path, written: str) -> None:
    path = tiff(tmp_path / "a.tif", STACK, **WRITTEN[written])
    with pytest.raises(InputError, match=r"choose it with --slices 0 to 4, or take every plane with --slices all\.$"):
        read_image(path)


@pytest.mark.parametrize("kind", ["ImageJ", "OME", "tifffile"])
@pytest.mark.parametrize("axes", ["TZYX", "TZCYX", "ZCYX"])
def test_several_axes_are_planes_in_the_order_of_the_file(tmp_path: Path, kind: str, axes: str) -> None:
    sizes = [{"T": 2, "Z": 3, "C": 2}[axis] for axis in axes[:-2]]
    pixels = RNG.integers(0, 256, (*sizes, 32, 40), np.uint8)
    path = tiff(tmp_path / "a.tif", pixels, **(WRITTEN[kind] | {"metadata": {"axes": axes}}))
    by_channel = np.moveaxis(pixels, -3, 0) if "C" in axes else pixels[None]
    planes = by_channel.reshape(len(by_channel), -1, 32, 40)
    assert count_planes(path) == planes.shape[1]
    for channel, index in np.ndindex(planes.shape[:2]):
        assert np.array_equal(read_image(path, channel=channel, index=index).data, planes[channel, index])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["ImageJ", "tifffile"])
def test_planes_that_follow_each_other_behind_one_page(tmp_path: Path, order: str, kind: str) -> None:
    pixels = STACK.astype(np.uint16) * 200
    path = tiff(tmp_path / "a.tif", pixels, byteorder=order, truncate=kind == "tifffile", **WRITTEN[kind])
    if kind == "ImageJ":
        with tifffile.TiffFile(path, mode="r+") as opened:
            first = opened.pages.first
            place = first.offset + 2 + 12 * len(first.tags)
        content = bytearray(path.read_bytes())
        content[place : place + 4] = bytes(4)
        path.write_bytes(content)
    with tifffile.TiffFile(path) as opened:
        assert len(opened.pages) == 1
    assert count_planes(path) == 5
    assert [np.array_equal(read_image(path, index=index).data, pixels[index]) for index in range(5)] == [True] * 5
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(InputError):
        read_image(path, index=4)


def test_a_volume_in_one_page(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", STACK, volumetric=True, tile=(2, 16, 16), compression="zlib")
    assert count_planes(path) == 5
    assert [np.array_equal(read_image(path, index=index).data, STACK[index]) for index in range(5)] == [True] * 5


def test_a_stack_of_colour_pictures(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (3, 32, 40, 3), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb")
    assert count_planes(tmp_path / "a.tif") == 3
    assert np.array_equal(read_image(tmp_path / "a.tif", channel="green", index=2).data, pixels[2, ..., 1])


def test_a_pyramid_of_a_stack(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.ome.tif") as writer:
        options = {"photometric": "minisblack", "tile": (16, 16)}
        writer.write(STACK, subifds=1, metadata={"axes": "ZYX"}, **options)
        writer.write(STACK[:, ::2, ::2], subfiletype=1, **options)
    assert count_planes(tmp_path / "a.ome.tif") == 5
    assert np.array_equal(read_image(tmp_path / "a.ome.tif", index=4).data, STACK[4])


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("axes", ["zyx", "tzyx", "tczyx", "zcyx"])
def test_planes_of_ome_zarr(tmp_path: Path, version: int, axes: str) -> None:
    sizes = tuple({"t": 2, "c": 2, "z": 3, "y": 32, "x": 40}[axis] for axis in axes)
    pixels = RNG.integers(0, 60_000, sizes, np.uint16)
    path = tmp_path / "a.ome.zarr"
    group = zarr.create_group(path, zarr_format=version)
    array = group.create_array("0", shape=sizes, dtype=pixels.dtype, chunks=(*(1,) * (len(sizes) - 2), 16, 16))
    array[:] = pixels
    multiscale = {
        "axes": [{"name": axis, "type": "space"} for axis in axes],
        "datasets": [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1] * len(axes)}]}],
    }
    group.attrs.update({"multiscales": [multiscale]} if version == 2 else {"ome": {"multiscales": [multiscale]}})
    by_channel = np.moveaxis(pixels, axes.index("c"), 0) if "c" in axes else pixels[None]
    planes = by_channel.reshape(len(by_channel), -1, 32, 40)
    assert count_planes(path) == planes.shape[1] == math.prod(sizes) // 32 // 40 // len(by_channel)
    for channel, index in np.ndindex(planes.shape[:2]):
        assert np.array_equal(read_image(path, channel=channel, index=index).data, planes[channel, index])
    with pytest.raises(InputError, match=rf"--slices 0 to {planes.shape[1] - 1}, or take every plane"):
        read_image(path)


def test_plain_images_are_one_plane(tmp_path: Path) -> None:
    PillowImage.fromarray(STACK[0]).save(tmp_path / "a.png")
    assert count_planes(tmp_path / "a.png") == 1
    assert count_planes(tiff(tmp_path / "a.tif", STACK[0])) == 1
    assert count_planes(tiff(tmp_path / "b.tif", STACK[:3], planarconfig="separate", metadata=None)) == 1


@pytest.mark.parametrize("name", ["missing.tif", "folder.tif", "text.tif", "empty.tif", "a.txt", "none.ome.zarr"])
def test_planes_of_what_is_no_image(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.tif").mkdir()
    (tmp_path / "text.tif").write_bytes(b"II*\0 Dear diary")
    (tmp_path / "empty.tif").touch()
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "none.ome.zarr").mkdir()
    with pytest.raises(InputError, match=name):
        count_planes(tmp_path / name)
