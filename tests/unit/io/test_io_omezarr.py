"""OME-Zarr 0.4 and 0.5: what is read, and what is refused."""

import json
import os
import pickle
import tracemalloc
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
import zarr
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec

from labelbridge.core import InputError
from labelbridge.io import count_planes, find_images, find_pixel_size, read_image
from labelbridge.io.decode import read_pixels

RNG = np.random.default_rng(4)
GREY = RNG.integers(0, 60_000, (40, 50), np.uint16)
VERSIONS = pytest.mark.parametrize("version", [2, 3], ids=["0.4", "0.5"])
CODECS_2 = {
    "none": None, "blosc": numcodecs.Blosc(), "zlib": numcodecs.Zlib(), "gzip": numcodecs.GZip(),
    "zstd": numcodecs.Zstd(), "lz4": numcodecs.LZ4(), "bz2": numcodecs.BZ2(),
}  # fmt: skip
CODECS_3 = {"none": None, "blosc": BloscCodec(), "gzip": GzipCodec(), "zstd": ZstdCodec(checksum=True)}


def described(axes: str, unit: str | None = None, size: object = 1.0, **more: object) -> dict[str, Any]:
    space = {"type": "space"} | ({"unit": unit} if unit else {})
    kinds: dict[str, dict[str, str]] = {"c": {"type": "channel"}, "t": {"type": "time"}}
    scale = [size if axis in "yx" else 1.0 for axis in axes]
    multiscale = {
        "axes": [{"name": axis, **kinds.get(axis, space)} for axis in axes],
        "datasets": [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": scale}]}],
    }
    return {"multiscales": [multiscale], **more}


def ome_zarr(path: Path, pixels: np.ndarray, version: int, content: dict[str, Any], **options: Any) -> Path:
    group = zarr.create_group(path, zarr_format=version)
    chunks = options.pop("chunks", (*(1,) * (pixels.ndim - 2), 16, 32))
    array = group.create_array("0", shape=pixels.shape, dtype=pixels.dtype, chunks=chunks, **options)
    array[...] = pixels
    group.attrs.update(content if version == 2 else {"ome": {"version": "0.5", **content}})
    return path


def change(file: Path, **values: object) -> None:
    content = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(content | values), "utf-8")


def metadata(path: Path, version: int) -> Path:
    return path / "0" / (".zarray" if version == 2 else "zarr.json")


@pytest.mark.parametrize("name", ["a.ome.zarr", "a.zarr", "a.OME.ZARR"])
@VERSIONS
def test_name_pixels_and_source(tmp_path: Path, version: int, name: str) -> None:
    path = ome_zarr(tmp_path / name, GREY, version, described("yx"))
    image = read_image(path)
    assert np.array_equal(image.data, GREY)
    assert (image.name, image.source, image.pixel_size_um) == ("a", path, None)
    assert np.array_equal(read_pixels(path).data[..., 0], GREY)
    assert count_planes(path) == 1


@pytest.mark.parametrize("dtype", ["|u1", "<u2", ">u2", "<i4", ">u4", "<f4", ">f4", "|b1"])
@VERSIONS
def test_types_in_both_byte_orders(tmp_path: Path, version: int, dtype: str) -> None:
    pixels = (GREY % 256).astype(dtype)
    assert np.array_equal(read_image(ome_zarr(tmp_path / "a.zarr", pixels, version, described("yx"))).data, pixels)


@pytest.mark.parametrize("codec", CODECS_2)
def test_codecs_of_zarr_2(tmp_path: Path, codec: str) -> None:
    path = ome_zarr(tmp_path / "a.zarr", GREY, 2, described("yx"), compressors=CODECS_2[codec], order="F")
    assert np.array_equal(read_image(path).data, GREY)


@pytest.mark.parametrize("codec", CODECS_3)
@pytest.mark.parametrize("shards", [None, (32, 64)])
def test_codecs_of_zarr_3(tmp_path: Path, codec: str, shards: tuple[int, int] | None) -> None:
    path = ome_zarr(tmp_path / "a.zarr", GREY, 3, described("yx"), compressors=CODECS_3[codec], shards=shards)
    assert np.array_equal(read_image(path).data, GREY)


@pytest.mark.parametrize("chunks", [(40, 50), (7, 11), (1, 50), (64, 64)])
@VERSIONS
def test_chunks_of_any_size(
    tmp_path: Path, version: int, chunks: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelbridge.io.zarrplane._BLOCK_PX", 150)
    path = ome_zarr(tmp_path / "a.zarr", GREY, version, described("yx"), chunks=chunks)
    assert np.array_equal(read_image(path).data, GREY)


@VERSIONS
def test_axes_in_another_order(tmp_path: Path, version: int) -> None:
    pixels = RNG.integers(0, 255, (50, 40, 2), np.uint8)
    path = ome_zarr(tmp_path / "a.zarr", pixels, version, described("xyc"))
    assert np.array_equal(read_image(path, channel=1).data, pixels[..., 1].T)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@VERSIONS
def test_channels_by_name_and_number(tmp_path: Path, version: int, count: int) -> None:
    pixels = RNG.integers(0, 60_000, (count, 40, 50), np.uint16)
    omero = {"channels": [{"label": name} for name in ("DAPI", "Myelin", "c", "d")[:count]]}
    path = ome_zarr(tmp_path / "a.zarr", pixels, version, described("cyx", omero=omero))
    assert np.array_equal(read_image(path, channel=count - 1).data, pixels[-1])
    assert np.array_equal(read_pixels(path).data, np.moveaxis(pixels, 0, -1))
    if count > 1:
        assert np.array_equal(read_image(path, channel="MYELIN").data, pixels[1])
        with pytest.raises(InputError, match=rf"one of 0 to {count - 1}, DAPI, Myelin"):
            read_image(path)


@VERSIONS
def test_channels_named_red_green_blue_are_colour(tmp_path: Path, version: int) -> None:
    pixels = RNG.integers(0, 256, (3, 40, 50), np.uint8)
    omero = {"channels": [{"label": name} for name in ("Red", "Green", "Blue")]}
    path = ome_zarr(tmp_path / "a.zarr", pixels, version, described("cyx", omero=omero))
    assert np.allclose(read_image(path).data, np.tensordot([0.299, 0.587, 0.114], pixels, 1), atol=1e-3)


@pytest.mark.parametrize(
    ("unit", "size", "expected_um"),
    [("micrometer", 0.25, 0.25), ("nanometer", 5, 0.005), ("millimeter", 0.002, 2), ("angstrom", 50, 0.005)],
)
@VERSIONS
def test_pixel_size(tmp_path: Path, version: int, unit: str, size: float, expected_um: float) -> None:
    path = ome_zarr(tmp_path / "a.zarr", GREY, version, described("yx", unit, size))
    assert read_image(path).pixel_size_um == pytest.approx(expected_um)


def test_pixel_size_is_the_product_of_both_scales(tmp_path: Path) -> None:
    content = described("yx", "micrometer", 0.5)
    content["multiscales"][0]["coordinateTransformations"] = [{"type": "scale", "scale": [0.2, 0.2]}]
    assert find_pixel_size(ome_zarr(tmp_path / "a.zarr", GREY, 3, content)) == pytest.approx(0.1)


@pytest.mark.parametrize("size", ["wide", -1, 0, None, [1], 10**400])
@VERSIONS
def test_a_pixel_size_that_is_none(tmp_path: Path, version: int, size: object) -> None:
    path = ome_zarr(tmp_path / "a.zarr", GREY, version, described("yx", "micrometer", size))
    with pytest.raises(InputError, match="expected one positive number"):
        find_pixel_size(path)


@VERSIONS
def test_only_the_full_resolution_is_read(tmp_path: Path, version: int) -> None:
    content = described("yx")
    content["multiscales"][0]["datasets"].append({**content["multiscales"][0]["datasets"][0], "path": "broken"})
    assert np.array_equal(read_image(ome_zarr(tmp_path / "a.zarr", GREY, version, content)).data, GREY)


@VERSIONS
def test_the_only_series_of_bioformats2raw(tmp_path: Path, version: int) -> None:
    path = tmp_path / "a.ome.zarr"
    content: dict[str, Any] = {"bioformats2raw.layout": 3}
    zarr.create_group(path, zarr_format=version).attrs.update(content if version == 2 else {"ome": content})
    ome_zarr(path / "0", GREY, version, described("yx"))
    assert np.array_equal(read_image(path).data, GREY)
    ome_zarr(path / "1", GREY, version, described("yx"))
    with pytest.raises(InputError, match="got 2 images in one folder"):
        read_image(path)


def labels_alone(path: Path, version: int) -> Path:
    group = zarr.create_group(path, zarr_format=version)
    group.attrs["made by"] = "somebody"
    group.create_group("labels")
    ome_zarr(path / "labels" / "cells", GREY, version, described("yx"))
    return path


@VERSIONS
def test_folders_count_as_images_and_labels_do_not(tmp_path: Path, version: int) -> None:
    image = ome_zarr(tmp_path / "deep" / "a.ome.zarr", GREY, version, described("yx"))
    ome_zarr(image / "labels" / "cells", GREY, version, described("yx"))
    labels = labels_alone(tmp_path / "b.ome.zarr", version)
    ome_zarr(tmp_path / "a_seg.ome.zarr", GREY, version, described("yx"))
    ome_zarr(tmp_path / ".hidden.zarr", GREY, version, described("yx"))
    (image / "thumbnail.png").touch()
    assert find_images(tmp_path) == [image]
    assert find_images(image) == [image]
    with pytest.raises(InputError, match="Zarr folder without an image"):
        read_image(labels)


def test_a_damaged_description_is_told_and_not_passed_over(tmp_path: Path) -> None:
    path = ome_zarr(tmp_path / "a.zarr", GREY, 3, described("yx"))
    (path / "zarr.json").write_text("{", "utf-8")
    assert find_images(tmp_path) == [path]
    assert find_pixel_size(path) is None
    with pytest.raises(InputError, match="damaged or truncated image"):
        read_image(path)


@VERSIONS
def test_missing_chunks_are_zero_but_not_all_of_them(tmp_path: Path, version: int) -> None:
    path = ome_zarr(tmp_path / "a.zarr", GREY, version, described("yx"), chunks=(20, 50))
    chunks = sorted(file for file in (path / "0").rglob("*") if file.is_file() and not file.name.startswith((".", "z")))
    assert len(chunks) == 2
    chunks[1].unlink()
    assert np.array_equal(read_image(path).data, np.concatenate([GREY[:20], np.zeros((20, 50))]))
    chunks[0].unlink()
    with pytest.raises(InputError, match="all its chunks are missing"):
        read_image(path)


@VERSIONS
def test_chunks_that_are_cut_off(tmp_path: Path, version: int) -> None:
    path = ome_zarr(tmp_path / "a.zarr", GREY, version, described("yx"))
    for file in (path / "0").rglob("*"):
        if file.is_file() and not file.name.startswith((".", "z")):
            file.write_bytes(file.read_bytes()[:20])
    with pytest.raises(InputError, match="damaged or truncated image"):
        read_image(path)


@VERSIONS
def test_a_chunk_that_claims_to_be_huge(tmp_path: Path, version: int) -> None:
    path = ome_zarr(tmp_path / "a.zarr", GREY, version, described("yx"))
    huge = [30_000, 30_000]
    grid = (
        {"chunks": huge}
        if version == 2
        else {"chunk_grid": {"name": "regular", "configuration": {"chunk_shape": huge}}}
    )
    change(metadata(path, version), shape=huge, **grid)
    tracemalloc.start()
    with pytest.raises(InputError, match="one chunk of it takes 1,800,000,000 bytes"):
        read_image(path)
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


@pytest.mark.parametrize(
    "shape",
    [[10**6, 10**6], [0, 50], [-40, 50], [40], [40, 50, 3], ["40", 50], [4e1, 50], [10**30, 1], None, [True, 50]],
)
@VERSIONS
def test_shapes_that_cannot_be(tmp_path: Path, version: int, shape: object) -> None:
    path = ome_zarr(tmp_path / "a.zarr", GREY, version, described("yx"))
    change(metadata(path, version), shape=shape)
    with pytest.raises(InputError, match=r"damaged|at most 1,000,000,000 px"):
        read_image(path)


def test_more_chunks_than_can_be_meant(tmp_path: Path) -> None:
    path = ome_zarr(tmp_path / "a.zarr", GREY, 2, described("yx"))
    change(metadata(path, 2), shape=[20_000, 20_000], chunks=[1, 1])
    with pytest.raises(InputError, match="more than 250,000 chunks"):
        read_image(path)


class _Touch:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self._path),))


@pytest.mark.parametrize("place", ["filters", "compressor"])
def test_a_pickled_call_is_not_made(tmp_path: Path, place: str) -> None:
    path = ome_zarr(tmp_path / "a.zarr", GREY, 2, described("yx"), chunks=(40, 50), compressors=None)
    chunk = next(file for file in (path / "0").rglob("*") if file.is_file() and file.name != ".zarray")
    chunk.write_bytes(pickle.dumps(_Touch(tmp_path / "run")))
    codec = {"id": "pickle", "protocol": 5}
    change(metadata(path, 2), dtype="|O", fill_value=None, **{place: [codec] if place == "filters" else codec})
    with pytest.raises(InputError, match="it holds object"):
        read_image(path)
    change(metadata(path, 2), dtype="<u2")
    with pytest.raises(InputError, match="the codec pickle is not supported"):
        read_image(path)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("outside", ["../secret", "/secret", "a/../../secret", "..\\secret", "C:secret"])
def test_a_dataset_outside_of_the_folder(tmp_path: Path, outside: str) -> None:
    content = described("yx")
    content["multiscales"][0]["datasets"][0]["path"] = outside
    with pytest.raises(InputError, match="is outside of its folder"):
        read_image(ome_zarr(tmp_path / "a.zarr", GREY, 3, content))


@pytest.mark.parametrize(
    "content",
    [
        {}, {"multiscales": []}, {"multiscales": 5}, {"multiscales": [{}]}, {"multiscales": [{"axes": []}]},
        {"multiscales": [{"axes": ["y", "x"], "datasets": [{"path": "0"}]}]},
        {"multiscales": [{"axes": [{"name": "y"}, {"name": "y"}], "datasets": [{"path": "0"}]}]},
        {"multiscales": [{"axes": [{"name": "y"}, {"name": "q"}], "datasets": [{"path": "0"}]}]},
        {"multiscales": [{"axes": [{"name": "y"}, {"name": "x"}], "datasets": []}]},
        {"multiscales": [{"axes": [{"name": "y"}, {"name": "x"}], "datasets": [{"path": "1"}]}]},
        {"multiscales": [{"axes": [{"name": "z"}, {"name": "y"}, {"name": "x"}], "datasets": [{"path": "0"}]}]},
    ],
)  # fmt: skip
@VERSIONS
def test_descriptions_that_cannot_be(tmp_path: Path, version: int, content: dict[str, Any]) -> None:
    path = ome_zarr(tmp_path / "a.zarr", GREY, version, content)
    for act in (read_image, count_planes):
        with pytest.raises(InputError, match=r"a\.zarr: got [^\n]+\.$"):
            act(path)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, '{"attributes": 5}', "\xff"])
def test_json_that_is_none(tmp_path: Path, text: str) -> None:
    path = ome_zarr(tmp_path / "a.zarr", GREY, 3, described("yx"))
    (path / "zarr.json").write_text(text, "latin-1")
    with pytest.raises(InputError, match=r"a\.zarr: got [^\n]+\.$"):
        read_image(path)
    (path / "labels").mkdir()
    assert find_images(tmp_path) == [path]


def test_a_zarr_that_is_a_file_or_missing_or_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "a.zarr").write_text("x")
    with pytest.raises(InputError, match="expected a folder of this name"):
        read_image(tmp_path / "a.zarr")
    with pytest.raises(InputError, match="there is no such file"):
        read_image(tmp_path / "b.zarr")
    with pytest.raises(InputError, match="there is no such file"):
        read_image(Path("https://example.org/c.zarr"))
