"""Results: every file as the users' tools expect it, all or none."""

import errno
import json
import os
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from labelbridge.core import AXON_MYELIN, ClassMap, Image, InputError, LabelMap, Prediction, uncertainty_of
from labelbridge.io import (
    draw_overlay,
    find_images,
    find_masks,
    find_pixel_size,
    read_image,
    read_label_map,
    result_files,
    write_axondeepseg,
    write_bids_derivatives,
    write_image,
    write_result,
)

LABELS = np.zeros((40, 50), np.uint8)
LABELS[5:25, 5:30] = 2
LABELS[10:20, 10:25] = 1
CLASSES3 = ClassMap(("background", "axon", "myelin", "uaxon"))
ENDINGS = ("seg-axon.png", "seg-myelin.png", "seg-axonmyelin.png", "uncertainty.tif", "overlay.png", "provenance.json")


def pixels(path: Path) -> np.ndarray:
    with PillowImage.open(path) as picture:
        return np.asarray(picture)


def make_image(name: str = "sub-1_SEM", pixel_size_um: float | None = 0.13) -> Image:
    data = np.random.default_rng(0).normal(100, 20, LABELS.shape).astype(np.float32)
    return Image(data, name, pixel_size_um)


def make_prediction(labels: np.ndarray = LABELS, classes: ClassMap = AXON_MYELIN) -> Prediction:
    probabilities = np.full((len(classes), *labels.shape), 0.2 / (len(classes) - 1), np.float32)
    np.put_along_axis(probabilities, labels[None].astype(int), 0.8, axis=0)
    return Prediction(LabelMap(labels, classes), uncertainty_of(probabilities))


def test_result_has_all_files_in_order(tmp_path: Path) -> None:
    written = write_result(make_prediction(), make_image(), tmp_path / "out", provenance={}, overwrite=False)
    assert [path.name for path in written] == [f"sub-1_SEM_{ending}" for ending in ENDINGS]
    assert written == result_files("sub-1_SEM", tmp_path / "out")
    assert sorted(written) == sorted((tmp_path / "out").iterdir())
    assert result_files("sub-1_SEM", tmp_path / "out")[-1].is_file()


def test_masks_read_back_as_they_were(tmp_path: Path) -> None:
    axon, myelin, both, *_ = write_result(make_prediction(), make_image(), tmp_path, provenance={}, overwrite=False)
    assert pixels(axon).dtype == np.uint8
    assert np.array_equal(pixels(axon), np.where(LABELS == 1, 255, 0))
    assert np.array_equal(pixels(myelin), np.where(LABELS == 2, 255, 0))
    assert np.array_equal(pixels(both), np.choose(LABELS, [0, 255, 127]))
    assert np.array_equal(read_label_map(find_masks(tmp_path)["sub-1_SEM"]).data, LABELS)


def test_values_go_by_name_not_by_number(tmp_path: Path) -> None:
    swapped = ClassMap(("background", "myelin", "axon"))
    axon, *_ = write_axondeepseg(LabelMap(np.choose(LABELS, [0, 2, 1]), swapped), "a", tmp_path, overwrite=False)
    assert np.array_equal(pixels(axon.with_name("a_seg-axon.png")), np.where(LABELS == 1, 255, 0))
    assert np.array_equal(pixels(axon.with_name("a_seg-axonmyelin.png")), np.choose(LABELS, [0, 255, 127]))


def test_uncertainty_keeps_float_and_pixel_size(tmp_path: Path) -> None:
    prediction = make_prediction()
    path = write_result(prediction, make_image(), tmp_path, provenance={}, overwrite=False)[3]
    stored = tifffile.imread(path)
    assert stored.dtype == np.float32
    assert np.array_equal(stored, prediction.uncertainty)
    assert find_pixel_size(path) == pytest.approx(0.13, rel=1e-6)


def test_uncertainty_without_pixel_size(tmp_path: Path) -> None:
    image = make_image(pixel_size_um=None)
    path = write_result(make_prediction(), image, tmp_path, provenance={}, overwrite=False)[3]
    assert find_pixel_size(path) is None


def test_image_is_written_with_its_pixel_size(tmp_path: Path) -> None:
    data = np.linspace(-0.1, 1.1, LABELS.size, dtype=np.float32).reshape(LABELS.shape)
    path = write_image(Image(data, "a", 0.13), tmp_path / "a_as-labeled.tif", overwrite=False)
    back = read_image(path)
    assert np.allclose(back.data / 65535, np.clip(data, 0, 1), atol=1e-5)
    assert back.pixel_size_um == pytest.approx(0.13, rel=1e-6)
    with pytest.raises(InputError, match="--overwrite"):
        write_image(Image(data, "a"), path, overwrite=False)


def test_provenance_holds_the_hashes_of_the_files(tmp_path: Path) -> None:
    *others, mark = write_result(make_prediction(), make_image(), tmp_path, provenance={"seed": 3}, overwrite=False)
    content = json.loads(mark.read_text("utf-8"))
    assert content["seed"] == 3
    assert content["outputs"] == {path.name: sha256(path.read_bytes()).hexdigest() for path in others}


def test_results_are_no_images_to_segment(tmp_path: Path) -> None:
    write_result(make_prediction(), make_image(), tmp_path, provenance={}, overwrite=False)
    with pytest.raises(InputError, match="folder without images"):
        find_images(tmp_path)


def test_further_class_has_its_own_file(tmp_path: Path) -> None:
    labels = LABELS.copy()
    labels[30:35] = 3
    written = write_result(make_prediction(labels, CLASSES3), make_image(), tmp_path, provenance={}, overwrite=False)
    assert np.array_equal(pixels(written[2]), np.where(labels == 3, 255, 0))
    assert written[2].name == "sub-1_SEM_seg-uaxon.png"
    assert np.array_equal(pixels(written[3]), np.choose(labels, [0, 255, 127, 0]))


@pytest.mark.parametrize("ending", ENDINGS)
def test_any_existing_file_is_kept_and_nothing_is_written(tmp_path: Path, ending: str) -> None:
    mine = tmp_path / f"sub-1_SEM_{ending}"
    mine.write_text("my corrections")
    with pytest.raises(InputError, match="--overwrite"):
        write_result(make_prediction(), make_image(), tmp_path, provenance={}, overwrite=False)
    assert list(tmp_path.iterdir()) == [mine]
    assert mine.read_text() == "my corrections"
    write_result(make_prediction(), make_image(), tmp_path, provenance={}, overwrite=True)
    assert mine.read_bytes() != b"my corrections"


@pytest.mark.parametrize("done", range(6))
def test_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: int) -> None:
    real, calls = os.replace, []

    def replace(source: Path, target: Path) -> None:
        if len(calls) == done:
            raise OSError(errno.ENOSPC, "No space left on device")
        calls.append(target)
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(InputError, match="disk is full"):
        write_result(make_prediction(), make_image(), tmp_path, provenance={}, overwrite=False)
    assert list(tmp_path.iterdir()) == []
    assert not result_files("sub-1_SEM", tmp_path)[-1].exists()


def test_read_only_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="a part of the path is a file"):
        write_result(make_prediction(), make_image(), tmp_path / "file" / "out", provenance={}, overwrite=False)


def test_prediction_of_another_shape(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"prediction of \(40, 49\) for an image of \(40, 50\)"):
        write_result(make_prediction(LABELS[:, 1:]), make_image(), tmp_path, provenance={}, overwrite=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../escaped", "a/b", "a\\b", ".hidden", "", "a:b"])
def test_name_that_cannot_be_a_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="rename the image"):
        write_result(make_prediction(), make_image(name), tmp_path, provenance={}, overwrite=False)


@pytest.mark.parametrize("name", ["a/b", "axonmyelin", "x-manual", "../x"])
def test_class_that_cannot_be_in_a_files_name(tmp_path: Path, name: str) -> None:
    labels = LabelMap(LABELS, ClassMap(("background", "axon", "myelin", name)))
    with pytest.raises(InputError, match="rename the class"):
        write_axondeepseg(labels, "a", tmp_path, overwrite=False)


def test_overlay_shows_the_classes_and_leaves_the_rest() -> None:
    labels = LabelMap(LABELS)
    picture = draw_overlay(make_image(), labels)
    assert picture.shape == (40, 50, 3)
    assert picture.dtype == np.uint8
    red, green, blue = (picture[..., index].astype(int) for index in range(3))
    assert (blue > red)[LABELS == 1].all()
    assert (red > blue)[LABELS == 2].all()
    assert ((red == green) & (green == blue))[LABELS == 0].all()
    assert len(np.unique(picture[10, 10:25], axis=0)) == 1
    assert len(np.unique(picture[15, 11:24], axis=0)) > 5


def test_overlay_of_an_even_image() -> None:
    image = Image(np.full(LABELS.shape, 7, np.float32), "a")
    assert (draw_overlay(image, LabelMap(LABELS))[LABELS == 0] == 128).all()


@pytest.mark.parametrize(
    ("stem", "folder"), [("sub-1_sample-2_SEM", "sub-1/micr"), ("sub-1_ses-b_sample-2_SEM", "sub-1/ses-b/micr")]
)
def test_bids_derivatives(tmp_path: Path, stem: str, folder: str) -> None:
    image = tmp_path / "elsewhere" / f"{stem}.ome.tif"
    written = write_bids_derivatives(LabelMap(LABELS), image, tmp_path, provenance={"seed": 1}, overwrite=False)
    root = tmp_path / "derivatives" / "labels"
    assert sorted(written) == sorted(path for path in root.rglob("*") if path.is_file())
    description = json.loads((root / "dataset_description.json").read_text())
    assert description["DatasetType"] == "derivative"
    assert description["GeneratedBy"][0]["Name"] == "LabelBridge"
    for what in ("axon", "myelin", "axonmyelin"):
        mask = root / folder / f"{stem}_seg-{what}.png"
        assert mask.is_file()
        assert json.loads(mask.with_suffix(".json").read_text()) == {"seed": 1}
    assert np.array_equal(read_label_map(find_masks(tmp_path)[stem]).data, LABELS)


def test_bids_description_of_the_user_is_kept(tmp_path: Path) -> None:
    mine = tmp_path / "derivatives" / "labels" / "dataset_description.json"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    written = write_bids_derivatives(LabelMap(LABELS), "sub-1_SEM", tmp_path, provenance={}, overwrite=True)
    assert mine.read_text() == "mine"
    assert mine not in written


def test_bids_masks_are_not_replaced(tmp_path: Path) -> None:
    write_bids_derivatives(LabelMap(LABELS), "sub-1_SEM", tmp_path, provenance={}, overwrite=False)
    with pytest.raises(InputError, match="--overwrite"):
        write_bids_derivatives(LabelMap(LABELS), "sub-1_SEM", tmp_path, provenance={}, overwrite=False)


@pytest.mark.parametrize("stem", ["image", "sub-1", "rat_sub-1_SEM"])
def test_bids_needs_a_bids_name(tmp_path: Path, stem: str) -> None:
    with pytest.raises(InputError, match="a name that is not of BIDS"):
        write_bids_derivatives(LabelMap(LABELS), stem, tmp_path, provenance={}, overwrite=False)
    assert list(tmp_path.iterdir()) == []
