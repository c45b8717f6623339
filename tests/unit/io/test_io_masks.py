"""Masks: found by their names, read into classes, refused where their values mean nothing."""

from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL import ImageFilter

from labelbridge.core import InputError
from labelbridge.io import MaskFiles, find_masks, read_label_map

AXON = np.zeros((40, 50), bool)
AXON[10:20, 10:25] = True
MYELIN = np.zeros_like(AXON)
MYELIN[5:25, 5:30] = True
MYELIN &= ~AXON
THREE_LEVELS = (AXON * 255 + MYELIN * 127).astype(np.uint8)


def save(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(pixels).save(path)
    return path


def on(mask: np.ndarray, value: int = 255) -> np.ndarray:
    return (mask * value).astype(np.uint8)


def combined(tmp_path: Path, pixels: np.ndarray) -> MaskFiles:
    return MaskFiles("a", {}, save(tmp_path / "a_seg-axonmyelin.png", pixels))


def pair(tmp_path: Path, axon: np.ndarray, myelin: np.ndarray) -> MaskFiles:
    return MaskFiles(
        "a",
        {
            "axon": save(tmp_path / "a_seg-axon.png", axon),
            "myelin": save(tmp_path / "a_seg-myelin.png", myelin),
        },
    )


def assert_as_made(files: MaskFiles) -> None:
    labels = read_label_map(files)
    assert labels.classes.names == ("background", "axon", "myelin")
    assert np.array_equal(labels.mask("axon"), AXON)
    assert np.array_equal(labels.mask("myelin"), MYELIN)


@pytest.mark.parametrize("value", [1, 255])
def test_class_masks_of_0_and_1_or_255(tmp_path: Path, value: int) -> None:
    assert_as_made(pair(tmp_path, on(AXON, value), on(MYELIN, value)))


def test_class_masks_of_one_bit_and_of_16(tmp_path: Path) -> None:
    assert_as_made(pair(tmp_path, AXON, MYELIN.astype(np.uint16) * 65535))


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_class_masks_with_colour_and_alpha(tmp_path: Path, channels: int) -> None:
    pixels = np.repeat(on(AXON)[..., None], channels, axis=2)
    if channels in (2, 4):
        pixels[..., -1] = 255
    assert_as_made(pair(tmp_path, pixels, on(MYELIN)))


@pytest.mark.parametrize(
    "pixels",
    [
        THREE_LEVELS,
        (AXON * 2 + MYELIN * 1).astype(np.uint8),
        (AXON * 65535 + MYELIN * 32767).astype(np.uint16),
        np.repeat(THREE_LEVELS[..., None], 3, axis=2),
    ],
)
def test_combined_mask(tmp_path: Path, pixels: np.ndarray) -> None:
    assert_as_made(combined(tmp_path, pixels))


def test_combined_float_mask(tmp_path: Path) -> None:
    path = tmp_path / "a_seg-axonmyelin.tif"
    save(path, (AXON * 1.0 + MYELIN * 0.5).astype(np.float32))
    assert_as_made(MaskFiles("a", {}, path))


def test_coloured_label_image_counts_by_its_indices(tmp_path: Path) -> None:
    picture = PillowImage.fromarray((AXON * 2 + MYELIN * 1).astype(np.uint8))
    picture.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    picture.save(tmp_path / "a_seg-axonmyelin.png")
    assert_as_made(MaskFiles("a", {}, tmp_path / "a_seg-axonmyelin.png"))


def test_grey_palette_counts_by_its_colours(tmp_path: Path) -> None:
    picture = PillowImage.fromarray((AXON * 1 + MYELIN * 2).astype(np.uint8))
    picture.putpalette([0, 0, 0, 255, 255, 255, 127, 127, 127])
    picture.save(tmp_path / "a_seg-axonmyelin.png")
    assert_as_made(MaskFiles("a", {}, tmp_path / "a_seg-axonmyelin.png"))


@pytest.mark.parametrize("radius", [0.6, 2.0])
def test_soft_edges_are_split_in_the_middle(tmp_path: Path, radius: float) -> None:
    yy, xx = np.mgrid[:80, :90]
    disc = (yy - 40) ** 2 + (xx - 45) ** 2 < 30**2
    soft = PillowImage.fromarray(on(disc)).filter(ImageFilter.GaussianBlur(radius))
    soft.save(tmp_path / "a_seg-axon.png")
    save(tmp_path / "a_seg-myelin.png", on(~disc))
    labels = read_label_map(find_masks(tmp_path)["a"])
    assert np.abs(labels.mask("axon").astype(int) - disc).sum() < 0.05 * disc.sum()
    assert not (labels.mask("axon") & labels.mask("myelin")).any()


def test_jpeg_masks(tmp_path: Path) -> None:
    big = np.kron(THREE_LEVELS, np.ones((4, 4), np.uint8))
    PillowImage.fromarray(big).save(tmp_path / "a_seg-axonmyelin.jpg", quality=85)
    labels = read_label_map(find_masks(tmp_path)["a"])
    assert np.mean(labels.mask("axon") != (big == 255)) < 0.01


@pytest.mark.parametrize("value", [60, 90, 40])
def test_combined_mask_with_an_unknown_area(tmp_path: Path, value: int) -> None:
    pixels = THREE_LEVELS.copy()
    pixels[30:35, 30:35] = value
    files = combined(tmp_path, pixels)
    with pytest.raises(InputError, match=rf"0, {value}, 127, 255, expected 0 background, 127 myelin and 255") as error:
        read_label_map(files)
    assert str(files.combined) in str(error.value)


def test_combined_mask_with_unknown_pixels_here_and_there(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).choice(np.array([0, 60, 127, 255], np.uint8), (40, 50))
    with pytest.raises(InputError, match="0, 60, 127, 255"):
        read_label_map(combined(tmp_path, pixels))


@pytest.mark.parametrize("values", [(0, 1, 2, 3), (0, 3), (0, 7)])
def test_combined_mask_of_small_numbers_without_meaning(tmp_path: Path, values: tuple[int, ...]) -> None:
    pixels = np.zeros((40, 50), np.uint8)
    for step, value in enumerate(values):
        pixels[step * 8 : step * 8 + 6] = value
    with pytest.raises(InputError, match=", ".join(str(value) for value in values)):
        read_label_map(combined(tmp_path, pixels))


@pytest.mark.parametrize("pixels", [THREE_LEVELS, on(AXON, 128), on(AXON, 2)])
def test_class_mask_with_other_values(tmp_path: Path, pixels: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"a_seg-axon\.png: got the mask values 0, .* expected 0 outside and 255"):
        read_label_map(pair(tmp_path, pixels, on(MYELIN)))


def test_microscopy_image_as_a_mask(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 50), np.uint8)
    with pytest.raises(InputError, match=r"got the mask values .*\.\.\., expected"):
        read_label_map(pair(tmp_path, noise, on(MYELIN)))


@pytest.mark.parametrize("value", [np.nan, -1.0])
def test_mask_with_nan_or_negative_values(tmp_path: Path, value: float) -> None:
    pixels = AXON.astype(np.float32)
    pixels[0, 0] = value
    path = save(tmp_path / "a_seg-axonmyelin.tif", pixels)
    with pytest.raises(InputError, match="expected 0 background"):
        read_label_map(MaskFiles("a", {}, path))


def test_masks_of_different_shape(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"axon 40 x 50, myelin 30 x 50"):
        read_label_map(pair(tmp_path, on(AXON), on(MYELIN)[:30]))


@pytest.mark.parametrize(("there", "missing"), [("axon", "myelin"), ("myelin", "axon")])
def test_half_a_pair(tmp_path: Path, there: str, missing: str) -> None:
    path = save(tmp_path / f"a_seg-{there}.png", on(AXON))
    with pytest.raises(InputError, match=f"got no {missing} mask"):
        read_label_map(MaskFiles("a", {there: path}))


def test_axon_wins_where_masks_overlap_in_any_order_of_classes(tmp_path: Path) -> None:
    files = pair(tmp_path, on(AXON), on(MYELIN | AXON))
    extra = MYELIN | AXON
    extra[30:35] = True
    files = MaskFiles("a", {**files.classes, "uaxon": save(tmp_path / "a_seg-uaxon.png", on(extra))})
    for classes in (("axon", "myelin", "uaxon"), ("uaxon", "myelin", "axon")):
        labels = read_label_map(files, classes)
        assert labels.classes.names == ("background", *classes)
        assert np.array_equal(labels.mask("axon"), AXON)
        assert np.array_equal(labels.mask("myelin"), MYELIN)
        assert np.array_equal(labels.mask("uaxon"), extra & ~AXON & ~MYELIN)


def test_own_file_is_preferred_to_the_combined(tmp_path: Path) -> None:
    path = save(tmp_path / "a_seg-axonmyelin.png", on(np.ones_like(AXON)))
    files = pair(tmp_path, on(AXON), on(MYELIN))
    assert_as_made(MaskFiles("a", files.classes, path))
    only_axon = MaskFiles("a", {"axon": files.classes["axon"]}, save(path, THREE_LEVELS))
    assert_as_made(only_axon)


def test_class_without_a_file_is_nowhere(tmp_path: Path) -> None:
    labels = read_label_map(combined(tmp_path, THREE_LEVELS), ("axon", "myelin", "uaxon"))
    assert not labels.mask("uaxon").any()


def test_classes_must_hold_axon_and_myelin(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'axon' and 'myelin'"):
        read_label_map(combined(tmp_path, THREE_LEVELS), ("axon",))


def test_find_masks_below_a_folder(tmp_path: Path) -> None:
    for name in (
        "x/a_seg-axon.png", "x/a_seg-myelin-manual.png", "y/b_seg-axonmyelin.tif", "y/b_seg-uaxon.png", "y/b.png",
        "y/b_overlay.png", "y/b_uncertainty.tif", ".x/c_seg-axon.png", "labels/d.png", "labels/e_axon.png",
        "labels/e_myelin-manual.png", "labels/e_overlay.png",
    ):  # fmt: skip
        save(tmp_path / name, THREE_LEVELS)
    found = find_masks(tmp_path)
    assert {
        stem: ({name: path.name for name, path in files.classes.items()}, files.combined and files.combined.name)
        for stem, files in found.items()
    } == {
        "a": ({"axon": "a_seg-axon.png", "myelin": "a_seg-myelin-manual.png"}, None),
        "b": ({"uaxon": "b_seg-uaxon.png"}, "b_seg-axonmyelin.tif"),
        "d": ({}, "d.png"),
        "e": ({"axon": "e_axon.png", "myelin": "e_myelin-manual.png"}, None),
    }
    assert list(found) == sorted(found)


def test_plain_mask_of_a_class_that_is_asked_for(tmp_path: Path) -> None:
    save(tmp_path / "masks" / "a_nerve.png", on(AXON))
    assert list(find_masks(tmp_path, classes=("axon", "myelin", "nerve"))["a"].classes) == ["nerve"]
    assert list(find_masks(tmp_path)) == ["a_nerve"]


def test_find_masks_of_one_file(tmp_path: Path) -> None:
    for name in ("a.png", "a_seg-axon.png", "a_seg-myelin.png", "b_seg-axon.png", "below/a_seg-uaxon.png"):
        save(tmp_path / name, on(AXON))
    for name in ("a.png", "a_seg-myelin.png"):
        found = find_masks(tmp_path / name)
        assert list(found) == ["a"]
        assert set(found["a"].classes) == {"axon", "myelin"}


def test_manual_is_preferred_also_in_another_folder(tmp_path: Path) -> None:
    save(tmp_path / "a_seg-axon.png", on(AXON))
    save(tmp_path / "b_seg-axon.png", on(AXON))
    save(tmp_path / "b_seg-axon-manual.png", on(AXON))
    save(tmp_path / "derivatives" / "labels" / "a_seg-axon-manual.png", on(AXON))
    found = find_masks(tmp_path)
    assert found["a"].classes["axon"].name == "a_seg-axon-manual.png"
    assert found["b"].classes["axon"].name == "b_seg-axon-manual.png"


@pytest.mark.parametrize(
    ("one", "other"), [("x/a_seg-axon.png", "y/a_seg-axon.png"), ("a_seg-axon.png", "a_seg-axon.tif")]
)
def test_two_masks_of_one_image_and_class(tmp_path: Path, one: str, other: str) -> None:
    save(tmp_path / one, on(AXON))
    save(tmp_path / other, on(AXON))
    with pytest.raises(InputError, match="second mask of the same image and class") as error:
        find_masks(tmp_path)
    assert str(tmp_path / one) in str(error.value)
    assert str(tmp_path / other) in str(error.value)


def test_no_mask_at_all(tmp_path: Path) -> None:
    save(tmp_path / "a.png", on(AXON))
    with pytest.raises(InputError, match=r"got no mask, expected files such as <image>_seg-axon\.png"):
        find_masks(tmp_path)


def test_find_masks_in_a_missing_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        find_masks(tmp_path / "nowhere")


def test_16_bit_grey_and_alpha_mask(tmp_path: Path) -> None:
    pixels = np.stack([AXON * 65535, np.full(AXON.shape, 65535)], axis=2).astype(np.uint16)
    files = pair(tmp_path, on(AXON), on(MYELIN))
    files.classes["axon"].write_bytes(imagecodecs.png_encode(pixels))
    assert_as_made(files)
