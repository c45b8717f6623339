"""Labelled sets in the layouts that users have."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from labelbridge.core import InputError
from labelbridge.io import read_labeled_set

PLANE = np.random.default_rng(2).integers(0, 256, (40, 50), np.uint8)
AXON = np.zeros((40, 50), np.uint8)
AXON[10:20, 10:25] = 255
MYELIN = np.zeros_like(AXON)
MYELIN[5:25, 5:30] = 255
MYELIN[AXON > 0] = 0
BOTH = np.where(AXON > 0, 255, np.where(MYELIN > 0, 127, 0)).astype(np.uint8)


def save(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(pixels).save(path)
    return path


def make_bids(root: Path, subjects: tuple[str, ...] = ("sub-rat1", "sub-rat2")) -> None:
    for subject in subjects:
        stem = f"{subject}_sample-1_SEM"
        save(root / subject / "micr" / f"{stem}.png", PLANE)
        labels = root / "derivatives" / "labels" / subject / "micr"
        save(labels / f"{stem}_seg-axon-manual.png", AXON)
        save(labels / f"{stem}_seg-myelin-manual.png", MYELIN)


def test_bids(tmp_path: Path) -> None:
    make_bids(tmp_path)
    save(tmp_path / "sub-rat3" / "micr" / "sub-rat3_sample-1_SEM.png", PLANE)
    (tmp_path / "sub-rat1" / "micr" / "sub-rat1_SEM.json").write_text('{"PixelSize": 0.18, "PixelSizeUnits": "um"}')
    first, second = read_labeled_set(tmp_path)
    assert (first.subject, second.subject) == ("sub-rat1", "sub-rat2")
    assert (first.image.pixel_size_um, second.image.pixel_size_um) == (0.18, None)
    assert first.labels.classes.names == ("background", "axon", "myelin")
    assert np.array_equal(first.labels.mask("axon"), AXON > 0)
    assert np.array_equal(first.labels.mask("myelin"), MYELIN > 0)


def test_bids_with_one_combined_mask_and_a_session(tmp_path: Path) -> None:
    stem = "sub-1_ses-a_sample-1_TEM"
    save(tmp_path / "sub-1" / "ses-a" / "micr" / f"{stem}.png", PLANE)
    save(tmp_path / "derivatives/labels/sub-1/ses-a/micr" / f"{stem}_seg-axonmyelin-manual.png", BOTH)
    (sample,) = read_labeled_set(tmp_path)
    assert np.array_equal(sample.labels.mask("myelin"), MYELIN > 0)


@pytest.mark.parametrize("manual", ["", "-manual"])
def test_axondeepseg_pairs(tmp_path: Path, manual: str) -> None:
    save(tmp_path / "one" / "image.tif", PLANE)
    save(tmp_path / "one" / f"image_seg-axon{manual}.png", AXON)
    save(tmp_path / "one" / f"image_seg-myelin{manual}.png", MYELIN)
    save(tmp_path / "two" / "image.png", 255 - PLANE)
    save(tmp_path / "two" / f"image_seg-axonmyelin{manual}.png", BOTH[:, ::-1])
    save(tmp_path / "three" / "image.png", PLANE)
    one, two = read_labeled_set(tmp_path)
    assert np.array_equal(one.labels.mask("axon"), AXON > 0)
    assert np.array_equal(two.labels.mask("axon"), AXON[:, ::-1] > 0)
    assert one.subject is None


@pytest.mark.parametrize("folder", ["masks", "labels"])
@pytest.mark.parametrize("pixels", [BOTH, (BOTH // 127).astype(np.uint8)])
def test_plain_folders(tmp_path: Path, folder: str, pixels: np.ndarray) -> None:
    save(tmp_path / "images" / "m_1.jpg", PLANE)
    save(tmp_path / "images" / "m_2.jpg", PLANE)
    save(tmp_path / folder / "m_1.png", pixels)
    (sample,) = read_labeled_set(tmp_path)
    assert sample.image.name == "m_1"
    assert np.array_equal(sample.labels.mask("axon"), AXON > 0)
    assert np.array_equal(sample.labels.mask("myelin"), MYELIN > 0)


def test_plain_folders_with_a_mask_a_class(tmp_path: Path) -> None:
    save(tmp_path / "images" / "m_1.png", PLANE)
    save(tmp_path / "masks" / "m_1_axon.png", AXON // 255)
    save(tmp_path / "masks" / "m_1_myelin.png", MYELIN)
    save(tmp_path / "masks" / "m_1_nerve.png", PLANE)
    (sample,) = read_labeled_set(tmp_path)
    assert np.array_equal(sample.labels.mask("axon"), AXON > 0)


def test_further_class_only_where_asked_for(tmp_path: Path) -> None:
    make_bids(tmp_path)
    extra = np.zeros_like(AXON)
    extra[30:36, 10:20] = 255
    folder = tmp_path / "derivatives" / "labels" / "sub-rat1" / "micr"
    save(folder / "sub-rat1_sample-1_SEM_seg-uaxon-manual.png", extra)
    without = read_labeled_set(tmp_path)[0].labels
    assert not without.data[extra > 0].any()
    first, second = read_labeled_set(tmp_path, classes=("myelin", "axon", "uaxon"))
    assert first.labels.classes.names == ("background", "myelin", "axon", "uaxon")
    assert np.array_equal(first.labels.mask("uaxon"), extra > 0)
    assert not second.labels.mask("uaxon").any()


def test_channel_and_pixel_size_reach_the_images(tmp_path: Path) -> None:
    save(tmp_path / "a.png", np.stack([PLANE, 255 - PLANE, PLANE], axis=2))
    save(tmp_path / "a_seg-axonmyelin.png", BOTH)
    (sample,) = read_labeled_set(tmp_path, channel="green", pixel_size_um=0.5)
    assert np.array_equal(sample.image.data, 255 - PLANE)
    assert sample.image.pixel_size_um == 0.5


def test_labels_of_another_shape(tmp_path: Path) -> None:
    save(tmp_path / "a.png", PLANE)
    save(tmp_path / "a_seg-axonmyelin.png", BOTH[:30])
    with pytest.raises(InputError, match=r"a\.png: got labels of \(30, 50\) for an image of \(40, 50\)"):
        read_labeled_set(tmp_path)


def test_masks_with_unknown_values(tmp_path: Path) -> None:
    pixels = BOTH.copy()
    pixels[30:36, 30:36] = 60
    save(tmp_path / "images" / "a.png", PLANE)
    save(tmp_path / "masks" / "a.png", pixels)
    with pytest.raises(InputError, match=r"masks.a\.png: got the mask values 0, 60, 127, 255, expected 0 background"):
        read_labeled_set(tmp_path)


@pytest.mark.parametrize(("name", "keep"), [("axon", 127), ("myelin", 255)])
def test_a_class_that_is_nowhere(tmp_path: Path, name: str, keep: int) -> None:
    for stem in ("a", "b"):
        save(tmp_path / f"{stem}.png", PLANE)
        save(tmp_path / f"{stem}_seg-axonmyelin.png", np.where(keep == BOTH, BOTH, 0).astype(np.uint8))
    with pytest.raises(InputError, match=f"got 2 labelled images without any {name} pixel"):
        read_labeled_set(tmp_path)


def test_one_image_without_axons_is_fine(tmp_path: Path) -> None:
    save(tmp_path / "a.png", PLANE)
    save(tmp_path / "a_seg-axonmyelin.png", BOTH)
    save(tmp_path / "b.png", PLANE)
    save(tmp_path / "b_seg-axonmyelin.png", np.zeros_like(BOTH))
    assert len(read_labeled_set(tmp_path)) == 2


def test_axon_mask_alone(tmp_path: Path) -> None:
    save(tmp_path / "a.png", PLANE)
    save(tmp_path / "a_seg-axon.png", AXON)
    with pytest.raises(InputError, match="got no myelin mask beside it"):
        read_labeled_set(tmp_path)


def test_no_labelled_image_names_the_layouts(tmp_path: Path) -> None:
    save(tmp_path / "a.png", PLANE)
    save(tmp_path / "b_seg-axonmyelin.png", BOTH)
    with pytest.raises(InputError, match=r"BIDS.*_seg-axonmyelin\.png.*images/ and masks/") as error:
        read_labeled_set(tmp_path)
    assert "\n" not in str(error.value)


def test_folder_without_images(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder without images"):
        read_labeled_set(tmp_path)


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a path that does not exist, expected a folder with labelled images"):
        read_labeled_set(tmp_path / "nowhere")


def test_file_instead_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a file, expected a folder"):
        read_labeled_set(save(tmp_path / "a.png", PLANE))
