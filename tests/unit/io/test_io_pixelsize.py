"""Where the size of a pixel comes from, and which source wins."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from labelbridge.core import InputError
from labelbridge.io import find_pixel_size, read_image

PLANE = np.zeros((20, 30), np.uint8)


def image(folder: Path, name: str = "sub-1_sample-2_SEM.png") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(PLANE).save(folder / name)
    return folder / name


def sidecar(path: Path, size: object, unit: str | None = "um") -> None:
    path.write_text(json.dumps({"PixelSize": size} | ({"PixelSizeUnits": unit} if unit else {})))


def tiff(tmp_path: Path, **options: object) -> Path:
    tifffile.imwrite(tmp_path / "a.tif", PLANE, **options)
    return tmp_path / "a.tif"


def test_nothing_known(tmp_path: Path) -> None:
    assert find_pixel_size(image(tmp_path)) is None


def test_explicit_wins_over_all_else(tmp_path: Path) -> None:
    path = image(tmp_path)
    sidecar(path.with_suffix(".json"), [0, "nonsense"])
    assert read_image(path, pixel_size_um=0.3).pixel_size_um == 0.3


@pytest.mark.parametrize("size", [0, -0.1, float("nan"), float("inf")])
def test_explicit_nonsense(tmp_path: Path, size: float) -> None:
    with pytest.raises(InputError, match=r"--pixel-size: got the pixel size .*expected one positive number"):
        find_pixel_size(image(tmp_path), explicit_um=size)


@pytest.mark.parametrize(("unit", "expected"), [("um", 0.18), ("nm", 0.00018), ("mm", 180.0), ("µm", 0.18)])
def test_json_beside_the_image_in_its_units(tmp_path: Path, unit: str, expected: float) -> None:
    path = image(tmp_path)
    sidecar(path.with_suffix(".json"), [0.18, 0.18], unit)
    assert find_pixel_size(path) == pytest.approx(expected)


@pytest.mark.parametrize("size", [0.18, [0.18], [0.18, 0.18, 5.0], [0.1795, 0.1805]])
def test_json_of_one_two_or_three_numbers(tmp_path: Path, size: object) -> None:
    path = image(tmp_path)
    sidecar(path.with_suffix(".json"), size)
    assert find_pixel_size(path) == pytest.approx(0.18)


def test_json_is_inherited_and_the_more_specific_wins(tmp_path: Path) -> None:
    path = image(tmp_path / "sub-1" / "micr")
    (tmp_path / "dataset_description.json").write_text("{}")
    sidecar(tmp_path / "SEM.json", 1)
    assert find_pixel_size(path) == 1
    sidecar(tmp_path / "sub-1" / "sub-1_SEM.json", 2)
    assert find_pixel_size(path) == 2
    sidecar(path.parent / "sub-1_SEM.json", 3)
    assert find_pixel_size(path) == 3
    sidecar(path.with_suffix(".json"), 4)
    assert find_pixel_size(path) == 4


def test_units_may_be_inherited_alone(tmp_path: Path) -> None:
    path = image(tmp_path)
    (tmp_path / "sub-1_SEM.json").write_text('{"PixelSizeUnits": "nm"}')
    sidecar(path.with_suffix(".json"), 180, None)
    assert find_pixel_size(path) == pytest.approx(0.18)


@pytest.mark.parametrize("name", ["sub-2_SEM.json", "sub-1_TEM.json", "sub-1_sample-2_acq-roi_SEM.json"])
def test_json_of_other_images_does_not_count(tmp_path: Path, name: str) -> None:
    path = image(tmp_path)
    sidecar(tmp_path / name, 1)
    assert find_pixel_size(path) is None


def test_nothing_is_inherited_from_above_the_root(tmp_path: Path) -> None:
    path = image(tmp_path / "set" / "sub-1")
    sidecar(tmp_path / "SEM.json", 1)
    assert find_pixel_size(path) is None
    (tmp_path / "set" / "dataset_description.json").write_text("{}")
    assert find_pixel_size(path) is None


def test_json_about_other_things_is_passed_over(tmp_path: Path) -> None:
    path = image(tmp_path, "a.png")
    (tmp_path / "a.json").write_text('["shapes"]')
    assert find_pixel_size(path) is None


@pytest.mark.parametrize("size", [0, -1, "thick", [0.1, None], True, []])
def test_json_with_nonsense(tmp_path: Path, size: object) -> None:
    path = image(tmp_path)
    sidecar(path.with_suffix(".json"), size)
    with pytest.raises(InputError, match=r"sub-1_sample-2_SEM\.json: got the pixel size .*--pixel-size"):
        find_pixel_size(path)


@pytest.mark.parametrize("unit", [None, "px", "inch"])
def test_json_without_a_known_unit(tmp_path: Path, unit: str | None) -> None:
    path = image(tmp_path)
    sidecar(path.with_suffix(".json"), 0.1, unit)
    with pytest.raises(InputError, match="expected mm, um or nm"):
        find_pixel_size(path)


def test_json_with_oblong_pixels(tmp_path: Path) -> None:
    path = image(tmp_path)
    sidecar(path.with_suffix(".json"), [0.1, 0.2])
    with pytest.raises(InputError, match=r"pixels of 0\.1 x 0\.2 um, expected square ones"):
        find_pixel_size(path)


def test_broken_json(tmp_path: Path) -> None:
    path = image(tmp_path)
    path.with_suffix(".json").write_text('{"PixelSize": ')
    with pytest.raises(InputError, match="cannot be read as JSON"):
        find_pixel_size(path)


@pytest.mark.parametrize(
    ("density", "unit", "expected"),
    [(1e5, "CENTIMETER", 0.1), (254_000, "INCH", 0.1), (2000, "CENTIMETER", 5.0)],
)
def test_tiff_resolution(tmp_path: Path, density: float, unit: str, expected: float) -> None:
    path = tiff(tmp_path, resolution=(density, density), resolutionunit=unit)
    assert find_pixel_size(path) == pytest.approx(expected)


@pytest.mark.parametrize("dpi", [1, 72, 96, 300, 1200, 4800])
def test_resolution_for_printing_is_not_believed(tmp_path: Path, dpi: int) -> None:
    assert find_pixel_size(tiff(tmp_path, resolution=(dpi, dpi), resolutionunit="INCH")) is None


def test_tiff_resolution_without_unit_says_nothing(tmp_path: Path) -> None:
    assert find_pixel_size(tiff(tmp_path, resolution=(10, 10), resolutionunit="NONE")) is None


def test_tiff_with_zero_resolution(tmp_path: Path) -> None:
    assert find_pixel_size(tiff(tmp_path, resolution=((0, 1), (0, 1)), resolutionunit="CENTIMETER")) is None


@pytest.mark.parametrize(
    ("unit", "density", "expected"),
    [("um", 10, 0.1), ("micron", 10, 0.1), ("nm", 0.2, 0.005), ("mm", 1000, 1.0), ("\\u00B5m", 10, 0.1)],
)
def test_imagej_unit(tmp_path: Path, unit: str, density: float, expected: float) -> None:
    path = tiff(tmp_path, imagej=True, resolution=(density, density), metadata={"unit": unit})
    assert find_pixel_size(path) == pytest.approx(expected)


@pytest.mark.parametrize("unit", ["pixel", "inch"])
def test_imagej_without_a_unit_of_microscopy(tmp_path: Path, unit: str) -> None:
    assert find_pixel_size(tiff(tmp_path, imagej=True, resolution=(72, 72), metadata={"unit": unit})) is None


def test_oblong_pixels_in_a_tiff(tmp_path: Path) -> None:
    path = tiff(tmp_path, imagej=True, resolution=(10, 20), metadata={"unit": "um"})
    with pytest.raises(InputError, match=r"a\.tif: got pixels of 0\.1 x 0\.05 um"):
        find_pixel_size(path)


@pytest.mark.parametrize(("unit", "expected"), [("µm", 0.25), ("nm", 0.00025), (None, 0.25)])
def test_ome_sizes(tmp_path: Path, unit: str | None, expected: float) -> None:
    metadata: dict[str, object] = {"axes": "YX", "PhysicalSizeX": 0.25, "PhysicalSizeY": 0.25}
    if unit:
        metadata |= {"PhysicalSizeXUnit": unit, "PhysicalSizeYUnit": unit}
    tifffile.imwrite(tmp_path / "a.ome.tif", PLANE, metadata=metadata)
    assert find_pixel_size(tmp_path / "a.ome.tif") == pytest.approx(expected)


def test_text_file_of_axondeepseg(tmp_path: Path) -> None:
    path = image(tmp_path)
    (tmp_path / "pixel_size_in_micrometer.txt").write_text("0.07\n")
    assert find_pixel_size(path) == 0.07


@pytest.mark.parametrize("text", ["", "zero", "-1", "0", "0,07", "nan"])
def test_text_file_with_nonsense(tmp_path: Path, text: str) -> None:
    path = image(tmp_path)
    (tmp_path / "pixel_size_in_micrometer.txt").write_text(text)
    with pytest.raises(InputError, match=r"pixel_size_in_micrometer\.txt: got the pixel size"):
        find_pixel_size(path)


def test_text_file_that_is_no_text(tmp_path: Path) -> None:
    path = image(tmp_path)
    (tmp_path / "pixel_size_in_micrometer.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        find_pixel_size(path)


def test_order_of_json_tags_and_text(tmp_path: Path) -> None:
    path = tiff(tmp_path, imagej=True, resolution=(10, 10), metadata={"unit": "um"})
    (tmp_path / "pixel_size_in_micrometer.txt").write_text("3")
    assert find_pixel_size(path) == pytest.approx(0.1)
    sidecar(tmp_path / "a.json", 2)
    assert find_pixel_size(path) == 2
