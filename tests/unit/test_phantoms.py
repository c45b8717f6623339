"""The sample images: what is committed is what the script makes, and it has the properties of nerve."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage
from skimage import io

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"
AXON, MYELIN, UAXON = 1, 2, 3

Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]


@pytest.fixture(scope="module")
def phantoms() -> Iterator[ModuleType]:
    sys.path.insert(0, str(SAMPLE_DATA))
    try:
        import make_phantoms

        yield make_phantoms
    finally:
        sys.path.remove(str(SAMPLE_DATA))


@pytest.fixture(scope="module")
def tem(phantoms: ModuleType) -> Pair:
    return phantoms.make_tem(1)


@pytest.fixture(scope="module")
def sem(phantoms: ModuleType) -> Pair:
    return phantoms.make_sem(200)


def read_labels(folder: Path, stem: str, names: tuple[str, ...]) -> NDArray[np.uint8]:
    labels = None
    for value, name in enumerate(names, start=1):
        (path,) = folder.glob(f"derivatives/labels/sub-*/micr/{stem}_seg-{name}-manual.png")
        mask = io.imread(path)
        assert set(np.unique(mask)) <= {0, 255}
        labels = np.zeros(mask.shape, np.uint8) if labels is None else labels
        assert not (labels[mask > 0]).any(), "masks overlap"
        labels[mask > 0] = value
    assert labels is not None
    return labels


def assert_almost_same(made: Pair, image: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    difference = np.abs(made[0].astype(int) - image.astype(int))
    assert np.mean(difference > 2) < 0.01
    assert np.mean(made[1] != labels) < 0.005


def test_the_committed_tem_image_is_what_the_script_makes(tem: Pair) -> None:
    stem = "sub-p1_sample-01_TEM"
    image = io.imread(SAMPLE_DATA / f"tem_labeled/sub-p1/micr/{stem}.png")
    assert_almost_same(tem, image, read_labels(SAMPLE_DATA / "tem_labeled", stem, ("axon", "myelin", "uaxon")))


def test_the_committed_sem_image_is_what_the_script_makes(sem: Pair) -> None:
    stem = "sub-s1_sample-01_SEM"
    image = io.imread(SAMPLE_DATA / f"sem_unlabeled/sub-s1/micr/{stem}.png")
    assert_almost_same(sem, image, read_labels(SAMPLE_DATA / "truth/sem_unlabeled", stem, ("axon", "myelin")))


def test_the_same_seed_gives_the_same_image_and_another_seed_another(phantoms: ModuleType) -> None:
    first, again, other = (phantoms.make_sem(seed, (128, 128))[0] for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_both_modalities_have_axons_myelin_and_background(tem: Pair, sem: Pair) -> None:
    for _, labels in (tem, sem):
        fractions = [np.mean(labels == value) for value in (0, AXON, MYELIN)]
        assert min(fractions) > 0.04
        assert max(fractions) < 0.6
    assert np.mean(tem[1] == UAXON) > 0.05
    assert not (sem[1] == UAXON).any()


def test_the_polarity_of_tem_and_sem_is_opposite_in_every_seed(phantoms: ModuleType) -> None:
    for seed in range(4):
        image, labels = phantoms.make_tem(seed, (200, 200))
        assert image[labels == AXON].mean() > image[labels == MYELIN].mean() + 60
        image, labels = phantoms.make_sem(seed, (200, 200))
        assert image[labels == AXON].mean() + 30 < image[labels == MYELIN].mean()


def test_every_axon_lies_in_myelin(tem: Pair, sem: Pair) -> None:
    for _, labels in (tem, sem):
        axon = labels == AXON
        around = ndimage.binary_dilation(axon, iterations=1) & ~axon
        assert set(np.unique(labels[around])) == {MYELIN}


def test_g_ratios_are_those_of_nerve(sem: Pair) -> None:
    labels = sem[1]
    axons, count = ndimage.label(labels == AXON)
    nearest = ndimage.distance_transform_edt(axons == 0, return_distances=False, return_indices=True)
    territory = np.where(labels == MYELIN, axons[tuple(nearest)], axons)
    cut = np.concatenate([territory[[0, -1]].ravel(), territory[:, [0, -1]].ravel()])
    inside = set(range(1, count + 1)) - set(np.unique(cut))
    ratios = np.array([np.sqrt(np.sum(axons == number) / np.sum(territory == number)) for number in sorted(inside)])
    assert len(ratios) > 50
    assert np.mean((ratios > 0.45) & (ratios < 0.9)) > 0.95
    assert ratios.std() > 0.04


def test_the_scales_of_the_modalities_differ_as_they_should(tem: Pair, sem: Pair) -> None:
    widths = [2 * ndimage.distance_transform_edt(labels == AXON).max() for _, labels in (tem, sem)]
    assert 2 < widths[0] / widths[1] < 8


def test_all_sets_are_complete_and_small(phantoms: ModuleType) -> None:
    for phantom_set in phantoms.SETS:
        root = SAMPLE_DATA / phantom_set.folder
        images = sorted(root.glob("sub-*/micr/*.png"))
        assert len(images) == len(phantom_set.tiles)
        for image in images:
            beside = json.loads(image.with_suffix(".json").read_text())
            assert beside == {"PixelSize": [phantom_set.pixel_size_um] * 2, "PixelSizeUnits": "um"}
            read_labels(SAMPLE_DATA / phantom_set.labels_folder, image.stem, tuple(phantom_set.masks))
        for name in ("samples.tsv", "participants.tsv", "dataset_description.json"):
            assert (root / name).is_file()
    assert not (SAMPLE_DATA / "sem_unlabeled/derivatives").exists()
    assert sum(path.stat().st_size for path in SAMPLE_DATA.glob("*em_*/**/*") if path.is_file()) < 6e6


def test_a_set_is_written_where_asked(phantoms: ModuleType, tmp_path: Path) -> None:
    tile = replace(phantoms.SETS[2].tiles[0], make=lambda: phantoms.make_sem(3, (64, 64)))
    phantoms.write_set(replace(phantoms.SETS[2], tiles=(tile,)), tmp_path)
    assert io.imread(tmp_path / "sem_unlabeled/sub-s1/micr/sub-s1_sample-01_SEM.png").shape == (64, 64)
    assert read_labels(tmp_path / "truth/sem_unlabeled", "sub-s1_sample-01_SEM", ("axon", "myelin")).any()
