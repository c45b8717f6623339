"""TIFF in all its forms: types, orders, pyramids, channels, and what slide scanners add."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
import tifffile

from labelbridge.core import InputError
from labelbridge.io import find_pixel_size, read_image
from labelbridge.io.decode import read_pixels

RNG = np.random.default_rng(2)
GREY = RNG.integers(0, 256, (40, 50), np.uint8)
CHANNELS = RNG.integers(0, 60_000, (4, 40, 50), np.uint16)
TILED = {"tile": (16, 32), "compression": "zlib"}
STORED = {
    "rows": {},
    "strips": {"rowsperstrip": 7, "compression": "lzw"},
    "tiles": TILED,
    "plain tiles": {"tile": (16, 16)},
    "predicted": {"rowsperstrip": 16, "compression": "adobe_deflate", "predictor": True},
    "Zstandard": {"tile": (32, 32), "compression": "zstd"},
    "PackBits": {"rowsperstrip": 9, "compression": "packbits"},
}


def tiff(path: Path, pixels: np.ndarray, **options: object) -> Path:
    tifffile.imwrite(path, pixels, **options)
    return path


@contextmanager
def at_most(megabytes: int) -> Iterator[None]:
    """Fail where more memory is allocated."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("dtype", "stored"),
    [
        (dtype, stored)
        for dtype in ("u1", "u2", "u4", "i2", "f4")
        for stored in STORED
        if (dtype, stored) != ("f4", "predicted")
    ],
)
def test_every_type_order_and_storage(tmp_path: Path, dtype: str, order: str, stored: str) -> None:
    pixels = (GREY.astype(np.float64) * (1 if dtype == "u1" else 120)).astype(dtype)
    path = tiff(tmp_path / "a.tif", pixels, byteorder=order, **STORED[stored])
    assert np.array_equal(read_image(path).data, pixels.astype(np.float32))
    assert np.array_equal(read_pixels(path).data[..., 0], pixels)
    assert read_pixels(path).data.dtype == pixels.dtype


def test_floats_with_their_predictor(tmp_path: Path) -> None:
    pixels = (GREY / 7).astype(np.float32)
    path = tiff(tmp_path / "a.tif", pixels, compression="zlib", predictor=3, byteorder=">")
    assert np.array_equal(read_image(path).data, pixels)


@pytest.mark.parametrize("compression", ["jpeg", "jpeg2000"])
def test_picture_codecs(tmp_path: Path, compression: str) -> None:
    smooth = np.repeat(np.linspace(0, 255, 64, dtype=np.uint8)[None], 64, axis=0)
    path = tiff(tmp_path / "a.tif", smooth, compression=compression, tile=(32, 32))
    assert np.abs(read_image(path).data - smooth).max() < 8


@pytest.mark.parametrize("ending", ["tif", "tiff", "tf2", "tf8", "btf", "TF8"])
def test_big_tiff_under_all_endings(tmp_path: Path, ending: str) -> None:
    path = tiff(tmp_path / f"a.ome.{ending}", CHANNELS[0], bigtiff=True, byteorder=">", **TILED)
    assert np.array_equal(read_image(path).data, CHANNELS[0])
    assert read_image(path).name == "a"


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("stored", ["rows", "strips", "tiles"])
def test_channels_within_a_page(tmp_path: Path, count: int, planar: str, stored: str) -> None:
    pixels = CHANNELS[:count] if planar == "separate" else np.moveaxis(CHANNELS[:count], 0, -1)
    options = {"planarconfig": planar, "photometric": "minisblack", **STORED[stored]}
    path = tiff(tmp_path / "a.tif", pixels if count > 1 else CHANNELS[0], **(options if count > 1 else STORED[stored]))
    for channel in range(count):
        assert np.array_equal(read_image(path, channel=channel).data, CHANNELS[channel])
    assert np.array_equal(read_pixels(path).data, np.moveaxis(CHANNELS[:count], 0, -1))


@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_channels_on_pages_by_name_and_number(tmp_path: Path, count: int) -> None:
    pixels = RNG.integers(0, 255, (count, 40, 50), np.uint8)
    names = ["DAPI", "Myelin (FITC)", "c", "d", "e", "f"][:count]
    path = tiff(
        tmp_path / "a.ome.tif", pixels, photometric="minisblack", metadata={"axes": "CYX", "Channel": {"Name": names}}
    )
    assert np.array_equal(read_image(path, channel="myelin (fitc)").data, pixels[1])
    assert np.array_equal(read_image(path, channel=count - 1).data, pixels[-1])
    assert np.array_equal(read_pixels(path).data, np.moveaxis(pixels, 0, -1))
    with pytest.raises(
        InputError, match=rf"'GFP' as the channel to take, expected one of 0 to {count - 1}, DAPI, Myelin \(FITC\)"
    ):
        read_image(path, channel="GFP")
    with pytest.raises(InputError, match=rf"got {count} channels, .*one of 0 to {count - 1}, DAPI"):
        read_image(path)


def test_two_channels_of_one_name_need_their_number(tmp_path: Path) -> None:
    metadata = {"axes": "CYX", "Channel": {"Name": ["a", "A"]}}
    path = tiff(tmp_path / "a.ome.tif", CHANNELS[:2], photometric="minisblack", metadata=metadata)
    with pytest.raises(InputError, match="'a' as the channel to take, expected one of 0 to 1, a, A"):
        read_image(path, channel="a")
    assert np.array_equal(read_image(path, channel="1").data, CHANNELS[1])


def test_labels_of_imagej_name_channels(tmp_path: Path) -> None:
    metadata = {"axes": "CYX", "Labels": ["DAPI", "myelin"]}
    path = tiff(tmp_path / "a.tif", CHANNELS[:2], imagej=True, metadata=metadata)
    assert np.array_equal(read_image(path, channel="MYELIN").data, CHANNELS[1])


def test_labels_of_imagej_that_name_slices_are_no_channels(tmp_path: Path) -> None:
    pixels = CHANNELS.reshape(2, 2, 40, 50)
    metadata = {"axes": "ZCYX", "Labels": ["top", "top 2", "bottom", "bottom 2"]}
    path = tiff(tmp_path / "a.tif", pixels, imagej=True, metadata=metadata)
    with pytest.raises(InputError, match=r"'top' as the channel to take, expected one of 0 to 1\."):
        read_image(path, index=0, channel="top")
    assert np.array_equal(read_image(path, index=1, channel=0).data, pixels[1, 0])


def test_colour_by_tiles_is_luminance(tmp_path: Path) -> None:
    rgb = RNG.integers(0, 256, (40, 50, 3), np.uint8)
    path = tiff(tmp_path / "a.tif", rgb, photometric="rgb", **TILED)
    assert np.allclose(read_image(path).data, rgb.astype(float) @ [0.299, 0.587, 0.114], atol=1e-3)


def pyramid(path: Path, *, below: bool) -> Path:
    with tifffile.TiffWriter(path, ome=below) as writer:
        writer.write(GREY, subifds=2 if below else 0, metadata={"axes": "YX"} if below else None, **TILED)
        for step in (2, 4):
            writer.write(GREY[::step, ::step], subfiletype=1 if below else 0, metadata=None, **TILED)
    return path


@pytest.mark.parametrize("below", [True, False], ids=["sub-IFDs", "pages"])
def test_only_the_full_resolution_of_a_pyramid_is_decoded(tmp_path: Path, below: bool) -> None:
    path = pyramid(tmp_path / "a.ome.tif", below=below)
    with tifffile.TiffFile(path) as opened:
        pages = opened.pages.first.pages if below else list(opened.pages)[1:]
        places = [place for page in pages for place in zip(page.dataoffsets, page.databytecounts, strict=True)]
    assert len(places) > 2
    content = bytearray(path.read_bytes())
    for offset, count in places:
        content[offset : offset + count] = bytes(count)
    path.write_bytes(content)
    assert np.array_equal(read_image(path).data, GREY)


@pytest.mark.parametrize("name", ["Label", "slide macro", "Thumbnail image"])
def test_pictures_of_the_slide_are_passed_over(tmp_path: Path, name: str) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(GREY, metadata=None, **TILED)
        writer.write(GREY[:20, :45], metadata=None, description=name)
    assert np.array_equal(read_image(tmp_path / "a.tif").data, GREY)


@pytest.mark.parametrize(("name", "is_extra"), [("label image", True), ("second well", False)])
def test_images_of_an_ome_tiff(tmp_path: Path, name: str, is_extra: bool) -> None:
    with tifffile.TiffWriter(tmp_path / "a.ome.tif") as writer:
        writer.write(GREY, metadata={"axes": "YX"})
        writer.write(GREY[::2], metadata={"axes": "YX", "Name": name})
    if is_extra:
        assert np.array_equal(read_image(tmp_path / "a.ome.tif").data, GREY)
    else:
        with pytest.raises(InputError, match="got 2 images in one file"):
            read_image(tmp_path / "a.ome.tif")


def ome_xml(planes: str, uuid: str = "", channels: int = 1) -> str:
    """Return OME-XML for `GREY` with these TiffData, two planes or channels."""
    return (
        f'<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" {uuid}><Image><Pixels '
        f'DimensionOrder="XYZCT" SizeX="50" SizeY="40" SizeZ="{2 // channels}" SizeC="{channels}" SizeT="1" '
        f'Type="uint8">{planes}</Pixels></Image></OME>'
    )


def test_a_renamed_ome_tiff(tmp_path: Path) -> None:
    xml = ome_xml('<TiffData IFD="0" PlaneCount="2"><UUID FileName="old.ome.tif">urn:uuid:1</UUID></TiffData>', "", 2)
    planes = np.stack([GREY, GREY // 2])
    path = tiff(tmp_path / "new.ome.tif", planes, photometric="minisblack", metadata=None, description=xml)
    assert np.array_equal(read_image(path, channel=1).data, planes[1])


def test_a_plane_of_another_file(tmp_path: Path) -> None:
    xml = ome_xml(
        '<TiffData IFD="0" FirstZ="0"><UUID FileName="a.ome.tif">urn:uuid:1</UUID></TiffData>'
        '<TiffData IFD="0" FirstZ="1"><UUID FileName="../b.ome.tif">urn:uuid:2</UUID></TiffData>',
        'UUID="urn:uuid:1"',
    )
    path = tiff(tmp_path / "a.ome.tif", GREY, metadata=None, description=xml)
    assert np.array_equal(read_image(path, index=0).data, GREY)
    with pytest.raises(InputError, match="the plane is not in this file"):
        read_image(path, index=1)


@pytest.mark.parametrize(
    "xml",
    [
        ome_xml('<TiffData IFD="99999999999999999999"/>'),
        ome_xml('<TiffData IFD="0" PlaneCount="99999999999999999999"/>'),
        ome_xml('<TiffData IFD="0"/>').replace('SizeT="1"', 'SizeT="99999"').replace('SizeZ="2"', 'SizeZ="10001"'),
        ome_xml('<TiffData IFD="0"/>').replace('SizeT="1"', 'SizeT="-1"'),
        ome_xml('<TiffData IFD="0"/>').replace('SizeX="50"', 'SizeX="wide"'),
        '<!DOCTYPE a [<!ENTITY b "bbbb">]>' + ome_xml('<TiffData IFD="0"/>'),
        "<a>" * 50_000 + "</OME>",
    ],
)
def test_nonsense_in_ome_xml(tmp_path: Path, xml: str) -> None:
    path = tiff(tmp_path / "a.ome.tif", GREY, metadata=None, description=xml)
    with at_most(50):
        try:
            assert np.array_equal(read_image(path, index=0).data, GREY)
        except InputError as error:
            assert "damaged" in str(error) or "1000089999 planes" in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    ("unit", "size", "expected_um"),
    [("µm", 0.25, 0.25), ("nm", 5, 0.005), ("mm", 0.002, 2), ("m", 1e-6, 1), ("pm", 7000, 0.007), ("Å", 50, 0.005)],
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_pixel_size_of_ome_tiff(tmp_path: Path, unit: str, size: float, expected_um: float, order: str) -> None:
    sizes = {f"PhysicalSize{axis}": size for axis in "XY"} | {f"PhysicalSize{axis}Unit": unit for axis in "XY"}
    path = tiff(tmp_path / "a.ome.btf", GREY, bigtiff=True, byteorder=order, metadata={"axes": "YX", **sizes})
    assert read_image(path).pixel_size_um == pytest.approx(expected_um)


@pytest.mark.parametrize("tag", [256, 257, 258, 259, 270, 273, 277, 278, 279, 282, 283, 296, 305])
@pytest.mark.parametrize("change", ["type", "count", "value"])
def test_any_malformed_tag_is_an_image_or_a_sentence(tmp_path: Path, tag: int, change: str) -> None:
    path = tiff(tmp_path / "a.tif", GREY, imagej=True, resolution=(10, 10), metadata={"unit": "um"})
    with tifffile.TiffFile(path) as opened:
        offset = opened.pages.first.tags[tag].offset
    whole = path.read_bytes()
    for value in (0, 1, 2, 5, 7, 12, 0xFF):
        content = bytearray(whole)
        start = offset + {"type": 2, "count": 4, "value": 8}[change]
        content[start : start + 4] = bytes([content[start] if change != "value" else value, 0, 0, value])
        content[start] = value
        path.write_bytes(content)
        with at_most(50):
            for act in (read_image, find_pixel_size):
                with suppress(InputError):
                    act(path)


@pytest.mark.parametrize("pages", [1, 2, 150])
def test_pages_in_a_circle(tmp_path: Path, pages: int) -> None:
    path = tiff(tmp_path / "a.tif", np.stack([GREY] * pages), photometric="minisblack", metadata=None)
    with tifffile.TiffFile(path) as opened:
        last = opened.pages[pages - 1]
        place, first = last.offset + 2 + 12 * len(last.tags), opened.pages.first.offset
    content = bytearray(path.read_bytes())
    assert content[place : place + 4] == bytes(4)
    content[place : place + 4] = first.to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(InputError, match="follow each other in a circle"):
        read_image(path)


def claim(path: Path, **tags: int) -> None:
    with tifffile.TiffFile(path, mode="r+") as opened:
        for name, value in tags.items():
            opened.pages.first.tags[name].overwrite(value, dtype="I")


def test_a_strip_that_claims_to_be_huge(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", GREY, compression="zlib", metadata=None)
    claim(path, ImageWidth=30_000, ImageLength=30_000, RowsPerStrip=30_000)
    with at_most(50), pytest.raises(InputError, match="one strip or tile of it takes 900,000,000 bytes; save it as a"):
        read_image(path)


def test_uncompressed_rows_that_are_not_there(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", GREY, metadata=None)
    claim(path, ImageWidth=30_000, ImageLength=10_000, RowsPerStrip=10_000, StripByteCounts=300_000_000)
    with pytest.raises(InputError, match="pixels are missing at the end"):
        read_image(path)


def test_a_tile_with_a_huge_picture_inside(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", GREY, compression="jpeg", tile=(32, 32), metadata=None)
    content = bytearray(path.read_bytes())
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = (60_000).to_bytes(2, "big") * 2
    path.write_bytes(content)
    with at_most(50), pytest.raises(InputError, match="claims 60000 x 60000 px"):
        read_image(path)


def test_a_compressed_tile_that_grows_beyond_its_size(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", np.zeros((8000, 8000), np.uint8), compression="zlib", metadata=None)
    claim(path, ImageWidth=40, ImageLength=40, RowsPerStrip=40)
    with at_most(50), pytest.raises(InputError, match="damaged"):
        read_image(path)


def test_codecs_that_cannot_be_bounded_are_refused(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", GREY, compression="lzma")
    with pytest.raises(InputError, match="compression LZMA cannot be read; save it with LZW"):
        read_image(path)


def test_empty_tiles_are_zero(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64), np.uint8)
    pixels[:32, :32] = 7
    path = tiff(tmp_path / "a.tif", pixels, tile=(32, 32), compression="zlib", metadata=None)
    with tifffile.TiffFile(path, mode="r+") as opened:
        tags = opened.pages.first.tags
        counts = tags["TileByteCounts"].value
        tags["TileByteCounts"].overwrite((counts[0], 0, 0, 0))
    assert np.array_equal(read_image(path).data, pixels)


def test_a_palette_can_be_read_as_indices(tmp_path: Path) -> None:
    table = np.zeros((3, 256), np.uint16)
    table[0, 1:3] = 65535, 30_000
    path = tiff(tmp_path / "a.tif", GREY % 3, photometric="palette", colormap=table, metadata=None)
    assert np.array_equal(read_pixels(path, palette_indices=True).data[..., 0], GREY % 3)
    assert np.array_equal(read_pixels(path).data[..., 0], table[0][GREY % 3])


def test_large_images_are_on_disk_and_read_by_segments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelbridge.core.scratch.IN_MEMORY_BYTES", 1000)
    pixels = np.add.outer(np.arange(3000, dtype=np.uint16), np.arange(3200, dtype=np.uint16))
    path = tiff(tmp_path / "a.tif", pixels, tile=(256, 256), compression="zlib")
    with at_most(12):  # of 19 and 38 MB
        image = read_image(path)
    assert isinstance(image.data, np.memmap)
    assert np.array_equal(image.data, pixels)
