"""Reading images: formats, channels, and every bad file that users have."""

import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage
from PIL import ImageFile

from labelbridge.core import InputError
from labelbridge.io import find_images, image_stem, read_image

RNG = np.random.default_rng(1)
GREY = RNG.integers(0, 256, (20, 30), np.uint8)
GREY16 = RNG.integers(0, 65536, (20, 30), np.uint16)
RGB = RNG.integers(0, 256, (20, 30, 3), np.uint8)
ALPHA = RNG.integers(0, 256, (20, 30, 1), np.uint8)


def luminance(colour: np.ndarray) -> np.ndarray:
    return colour[..., :3].astype(float) @ [0.299, 0.587, 0.114]


def png(path: Path, pixels: np.ndarray, mode: str | None = None) -> Path:
    picture = PillowImage.fromarray(pixels)
    (picture.convert(mode) if mode else picture).save(path, format=None if path.suffix else "PNG")
    return path


def tiff(path: Path, pixels: np.ndarray, **options: object) -> Path:
    tifffile.imwrite(path, pixels, **options)
    return path


def sentence(error: pytest.ExceptionInfo[InputError], path: Path) -> str:
    text = str(error.value)
    assert str(path) in text
    assert "\n" not in text
    assert text.endswith(".")
    return text


def test_grey_png_keeps_units_name_and_source(tmp_path: Path) -> None:
    path = png(tmp_path / "a_SEM.png", GREY)
    image = read_image(path)
    assert image.data.dtype == np.float32
    assert np.array_equal(image.data, GREY)
    assert (image.name, image.source, image.pixel_size_um) == ("a_SEM", path, None)


def test_ome_ending_is_no_part_of_the_name(tmp_path: Path) -> None:
    assert read_image(tiff(tmp_path / "x.ome.tif", GREY)).name == "x"


def test_16_bit_grey_png(tmp_path: Path) -> None:
    assert np.array_equal(read_image(png(tmp_path / "a.png", GREY16)).data, GREY16)


def test_colour_png_becomes_luminance(tmp_path: Path) -> None:
    image = read_image(png(tmp_path / "a.png", RGB))
    assert np.allclose(image.data, luminance(RGB), atol=1e-3)


def test_grey_saved_as_rgb_stays_exactly_grey(tmp_path: Path) -> None:
    image = read_image(png(tmp_path / "a.png", np.repeat(GREY[..., None], 3, axis=2)))
    assert np.array_equal(image.data, GREY)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha_is_left_out(tmp_path: Path, mode: str) -> None:
    colour = GREY[..., None] if mode == "LA" else RGB
    image = read_image(png(tmp_path / "a.png", np.concatenate([colour, ALPHA], axis=2)))
    assert np.allclose(image.data, GREY if mode == "LA" else luminance(RGB), atol=1e-3)


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_16_bit_png_of_several_channels_keeps_all_bits(tmp_path: Path, channels: int) -> None:
    pixels = RNG.integers(0, 65536, (20, 30, channels), np.uint16)
    path = tmp_path / "a.png"
    path.write_bytes(imagecodecs.png_encode(pixels))
    expected = pixels[..., 0] if channels == 2 else luminance(pixels)
    assert np.allclose(read_image(path).data, expected, atol=0.1)


def test_palette_png_shows_its_colours(tmp_path: Path) -> None:
    picture = PillowImage.fromarray((GREY % 3).astype(np.uint8))
    picture.putpalette([0, 0, 0, 200, 200, 200, 255, 0, 0])
    picture.save(tmp_path / "a.png")
    assert picture.mode == "P"
    expected = np.array([0, 200, 0.299 * 255])[GREY % 3]
    assert np.allclose(read_image(tmp_path / "a.png").data, expected, atol=1e-3)


def test_one_bit_png(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", GREY > 128)
    with PillowImage.open(path) as picture:
        assert picture.mode == "1"
    assert np.array_equal(read_image(path).data, GREY > 128)


def test_jpeg(tmp_path: Path) -> None:
    smooth = np.repeat(np.linspace(0, 255, 64, dtype=np.uint8)[None], 64, axis=0)
    PillowImage.fromarray(smooth).save(tmp_path / "a.JPG", "JPEG", quality=95)
    assert np.abs(read_image(tmp_path / "a.JPG").data - smooth).max() < 6


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f4", "f8", "f2", "?"])
def test_tiff_types(tmp_path: Path, dtype: str) -> None:
    pixels = (GREY % 2 if dtype == "?" else GREY).astype(dtype)
    assert np.array_equal(read_image(tiff(tmp_path / "a.tif", pixels)).data, pixels)


@pytest.mark.parametrize("compression", ["zlib", "lzw"])
def test_compressed_tiled_tiff(tmp_path: Path, compression: str) -> None:
    path = tiff(tmp_path / "a.tiff", GREY16, compression=compression, tile=(16, 16))
    assert np.array_equal(read_image(path).data, GREY16)


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_colour_tiff_in_both_orders(tmp_path: Path, planar: str) -> None:
    pixels = RGB if planar == "contig" else RGB.transpose(2, 0, 1)
    path = tiff(tmp_path / "a.tif", pixels, photometric="rgb", planarconfig=planar)
    assert np.allclose(read_image(path).data, luminance(RGB), atol=1e-3)
    assert np.array_equal(read_image(path, channel="blue").data, RGB[..., 2])


def test_tiff_with_alpha(tmp_path: Path) -> None:
    grey = np.concatenate([GREY[..., None], ALPHA], axis=2)
    path = tiff(tmp_path / "a.tif", grey, photometric="minisblack", planarconfig="contig", extrasamples=["unassalpha"])
    assert np.array_equal(read_image(path).data, GREY)
    assert np.array_equal(read_image(path, channel="alpha").data, ALPHA[..., 0])


def test_inverted_tiff_is_turned(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", GREY, photometric="miniswhite")
    assert np.array_equal(read_image(path).data, 255 - GREY)


def test_palette_tiff_shows_its_colours(tmp_path: Path) -> None:
    table = np.zeros((3, 256), np.uint16)
    table[:, 1] = 65535
    path = tiff(tmp_path / "a.tif", GREY % 2, photometric="palette", colormap=table)
    assert np.allclose(read_image(path).data, (GREY % 2) * 65535.0)


def test_smaller_copies_in_a_tiff_are_passed_over(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(GREY, metadata=None)
        writer.write(GREY[::2, ::2], subfiletype=1, metadata=None)
    assert np.array_equal(read_image(tmp_path / "a.tif").data, GREY)


def test_tiff_named_png_is_read(tmp_path: Path) -> None:
    tiff(tmp_path / "a.tif", GREY).rename(tmp_path / "a.png")
    assert np.array_equal(read_image(tmp_path / "a.png").data, GREY)


@pytest.mark.parametrize(("channel", "index"), [(0, 0), (2, 2), ("1", 1), ("red", 0), ("green", 1), ("alpha", 3)])
def test_channel_by_index_and_name(tmp_path: Path, channel: str | int, index: int) -> None:
    pixels = np.concatenate([RGB, ALPHA], axis=2)
    assert np.array_equal(read_image(png(tmp_path / "a.png", pixels), channel=channel).data, pixels[..., index])


def test_luminance_by_name(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", RGB)
    assert np.array_equal(read_image(path, channel="luminance").data, read_image(path).data)


@pytest.mark.parametrize("channel", [3, -1, "alpha", "purple"])
def test_missing_channel_is_named(tmp_path: Path, channel: str | int) -> None:
    path = png(tmp_path / "a.png", RGB)
    with pytest.raises(
        InputError, match=rf"'{channel}' as the channel to take, expected one of 0 to 2, red, green, blue, lum"
    ) as error:
        read_image(path, channel=channel)
    sentence(error, path)


def test_multichannel_tiff_asks_for_the_channel(tmp_path: Path) -> None:
    pixels = np.stack([GREY, 255 - GREY])
    path = tiff(tmp_path / "a.ome.tif", pixels, metadata={"axes": "CYX"}, photometric="minisblack")
    with pytest.raises(InputError, match="one of 0 to 1") as error:
        read_image(path)
    sentence(error, path)
    assert np.array_equal(read_image(path, channel=1).data, 255 - GREY)


@pytest.mark.parametrize("options", [{}, {"imagej": True, "metadata": {"axes": "ZYX"}}, {"metadata": {"axes": "TYX"}}])
def test_plane_of_a_stack(tmp_path: Path, options: dict[str, object]) -> None:
    planes = np.stack([GREY, GREY // 2, GREY // 3])
    path = tiff(tmp_path / "a.tif", planes, photometric="minisblack", **options)
    assert np.array_equal(read_image(path, index=1).data, planes[1])
    with pytest.raises(InputError, match="--slices 3 for a stack of 3 planes, expected 0 to 2"):
        read_image(path, index=3)


def test_plane_of_an_image_that_is_no_stack(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", GREY)
    assert np.array_equal(read_image(path, index=0).data, GREY)
    with pytest.raises(InputError, match="--slices 2 for a single plane"):
        read_image(path, index=2)


@pytest.mark.parametrize("options", [{}, {"imagej": True, "metadata": {"axes": "ZYX"}}, {"metadata": {"axes": "TYX"}}])
def test_stack_says_what_to_do(tmp_path: Path, options: dict[str, object]) -> None:
    path = tiff(tmp_path / "a.tif", np.stack([GREY] * 5), photometric="minisblack", **options)
    with pytest.raises(InputError, match="--slices 0 to 4") as error:
        read_image(path)
    assert "5 x 20 x 30" in sentence(error, path)


def test_pages_of_different_size(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(GREY, metadata=None)
        writer.write(GREY[:16], metadata=None)
    with pytest.raises(InputError, match="2 images in one file"):
        read_image(tmp_path / "a.tif")


def test_animated_png(tmp_path: Path) -> None:
    frames = [PillowImage.fromarray(GREY), PillowImage.fromarray(255 - GREY)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    with pytest.raises(InputError, match="2 frames"):
        read_image(tmp_path / "a.png")


def test_missing_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file") as error:
        read_image(tmp_path / "a.png")
    sentence(error, tmp_path / "a.png")


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got a folder, expected one image file"):
        read_image(tmp_path)


def test_text_named_png(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("Dear diary, this is no picture.")
    with pytest.raises(InputError, match="content that is no image") as error:
        read_image(path)
    sentence(error, path)


def test_text_named_tif(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_text("x" * 100)
    with pytest.raises(InputError, match="content that is no image"):
        read_image(path)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg"])
def test_empty_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(InputError, match="empty file"):
        read_image(tmp_path / name)


@pytest.mark.parametrize("left", [0.001, 0.1, 0.5, 0.99])
@pytest.mark.parametrize("name", ["a.png", "a16.png", "deep.png", "a.jpg", "none.tif", "zlib.tif", "jpeg.tif"])
def test_truncated_file_even_where_others_allow_it(
    tmp_path: Path, name: str, left: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    path = tmp_path / name
    big = RNG.integers(0, 256, (100, 100), np.uint8)
    if name == "deep.png":
        path.write_bytes(imagecodecs.png_encode(RNG.integers(0, 65536, (100, 100, 3), np.uint16)))
    elif path.suffix == ".tif":
        tiff(path, big, compression=None if name == "none.tif" else path.stem, rowsperstrip=10)
    else:
        png(path, big.astype(np.uint16) if name == "a16.png" else big)
    whole = path.read_bytes()
    path.write_bytes(whole[: max(8, int(len(whole) * left))])
    with pytest.raises(InputError, match=r"truncated|no image") as error:
        read_image(path)
    sentence(error, path)
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_flipped_bytes_inside_a_png(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", RNG.integers(0, 256, (100, 100), np.uint8))
    content = bytearray(path.read_bytes())
    content[60:90] = bytes(30)
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        read_image(path)


def test_unsupported_ending_lists_the_supported(tmp_path: Path) -> None:
    path = tmp_path / "a.bmp"
    PillowImage.fromarray(GREY).save(path)
    with pytest.raises(InputError, match=r"'\.bmp', expected one of \.png, \.jpg, \.jpeg, \.tif, \.tiff"):
        read_image(path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_and_infinite_pixels(tmp_path: Path, value: float) -> None:
    pixels = GREY.astype(np.float32)
    pixels[3, 4] = value
    path = tiff(tmp_path / "a.tif", pixels)
    with pytest.raises(InputError, match="1 pixels that are NaN or infinite") as error:
        read_image(path)
    sentence(error, path)


def test_beyond_float32_is_refused_like_infinity(tmp_path: Path) -> None:
    pixels = GREY.astype(np.float64)
    pixels[0, 0] = 1e300
    with pytest.raises(InputError, match="infinite"):
        read_image(tiff(tmp_path / "a.tif", pixels))


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_one_pixel_image(tmp_path: Path, name: str) -> None:
    pixel = np.zeros((1, 1), np.uint8)
    path = png(tmp_path / name, pixel) if name == "a.png" else tiff(tmp_path / name, pixel)
    with pytest.raises(InputError, match="1 x 1 px") as error:
        read_image(path)
    sentence(error, path)


def test_complex_pixels(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="complex64 pixels"):
        read_image(tiff(tmp_path / "a.tif", GREY.astype(np.complex64)))


def test_ink_tiff(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", np.zeros((20, 30, 4), np.uint8), photometric="separated")
    with pytest.raises(InputError, match="CMYK"):
        read_image(path)


def test_small_file_that_claims_to_be_huge(tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )
    with pytest.raises(InputError, match="60000 x 60000 px, expected at most 1,000,000,000 px") as error:
        read_image(path)
    sentence(error, path)


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_a_picture_that_lacks_most_of_its_pixels(tmp_path: Path, name: str) -> None:
    path = png(tmp_path / name, GREY)
    content = bytearray(path.read_bytes())
    if name == "a.png":
        content[16:24] = struct.pack(">II", 30_000, 30_000)
        content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    else:
        frame = content.index(b"\xff\xc0")
        content[frame + 5 : frame + 9] = struct.pack(">HH", 30_000, 30_000)
    path.write_bytes(content)
    with pytest.raises(InputError, match="most pixels are missing") as error:
        read_image(path)
    sentence(error, path)


def test_a_picture_too_large_to_be_decoded_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelbridge.io.pngjpeg._MOST_BYTES", 2000)
    assert read_image(png(tmp_path / "grey.png", GREY)).shape == (20, 30)
    with pytest.raises(InputError, match="expected at most 500 px; save the image as a tiled TIFF") as error:
        read_image(png(tmp_path / "colour.png", RGB))
    sentence(error, tmp_path / "colour.png")


def test_pictures_are_the_same_in_many_bands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelbridge.core.plane._BAND_PX", 90)
    assert np.array_equal(read_image(png(tmp_path / "a.png", GREY)).data, GREY)
    assert np.allclose(read_image(png(tmp_path / "b.png", RGB)).data, luminance(RGB), atol=1e-3)
    assert np.array_equal(read_image(tiff(tmp_path / "a.tif", GREY16)).data, GREY16)


def test_an_image_above_pillows_own_limit_is_welcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PillowImage, "MAX_IMAGE_PIXELS", 100)
    assert read_image(png(tmp_path / "a.png", GREY)).shape == (20, 30)
    assert PillowImage.MAX_IMAGE_PIXELS == 100


def test_find_images_gives_a_file_itself(tmp_path: Path) -> None:
    path = png(tmp_path / "a_seg-axon.png", GREY)
    assert find_images(path) == [path]


def test_find_images_in_a_folder(tmp_path: Path) -> None:
    wanted = ["a.png", "b/c.TIF", "b/d.ome.tif", "images/e.jpeg", "seg.png"]
    others = [
        ".hidden.png", ".git/x.png", "derivatives/labels/a.png", "b/derivatives/z.png", "a_seg-axon.png", "masks/e.png",
        "labels/e.png", "a_seg-axonmyelin-manual.png", "a_overlay.png", "a_uncertainty.tif", "a_instance-map.png",
        "instance-map.png", "a_seg-axon.ome.tif", "notes.txt", "a_provenance.json",
    ]  # fmt: skip
    for name in (*wanted, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert find_images(tmp_path) == sorted(tmp_path / name for name in wanted)


def test_folder_named_labels_without_images_beside_is_searched(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.png").touch()
    assert find_images(tmp_path) == [tmp_path / "labels" / "a.png"]


def test_find_images_below_derivatives_when_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "derivatives" / "mine"
    folder.mkdir(parents=True)
    (folder / "a.png").touch()
    assert find_images(folder) == [folder / "a.png"]


def test_find_images_by_any_ending(tmp_path: Path) -> None:
    wanted = ["a.PNG", "b.Jpeg", "c.ome.tf2", "d.OME.BTF", "e.tf8", "f.ome.zarr", "g.ZARR"]
    for name in wanted:
        (tmp_path / name).mkdir() if name.lower().endswith(".zarr") else (tmp_path / name).touch()
    assert find_images(tmp_path) == sorted(tmp_path / name for name in wanted)
    assert [image_stem(path) for path in find_images(tmp_path)] == ["a", "b", "c", "d", "e", "f", "g"]


def test_linked_folders_are_searched_once(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    png(tmp_path / "disk" / "a.png", GREY)
    data = tmp_path / "data"
    data.mkdir()
    try:
        (data / "one").symlink_to(tmp_path / "disk", target_is_directory=True)
    except OSError:
        pytest.skip("this user may not make links, which is usual on Windows")
    (data / "two").symlink_to(tmp_path / "disk", target_is_directory=True)
    (tmp_path / "disk" / "round").symlink_to(data, target_is_directory=True)
    assert find_images(data) == [data / "one" / "a.png"]


def test_a_folder_wins_over_links_to_it(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    png(tmp_path / "real" / "a.png", GREY)
    try:
        (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    except OSError:
        pytest.skip("this user may not make links, which is usual on Windows")
    assert find_images(tmp_path) == [tmp_path / "real" / "a.png"]


def test_folder_without_images(tmp_path: Path) -> None:
    (tmp_path / "a_seg-axon.png").touch()
    with pytest.raises(InputError, match="folder without images") as error:
        find_images(tmp_path)
    sentence(error, tmp_path)


def test_find_images_in_a_missing_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        find_images(tmp_path / "nowhere")
