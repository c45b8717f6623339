"""Both modalities are brought to one structure size, with guides, and subjects are held out."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from labelbridge.bootstrap.sources import ImageFolders, Reading
from labelbridge.bootstrap.translators.images import TranslatorImages, read_sets, scale_images, split
from labelbridge.core import Cancelled, InputError, Reporter
from labelbridge.translate.structure import structure_size_px
from make_phantoms import make_sem, make_tem

FIBRE_PX = 30.0


def write(pixels: np.ndarray, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(pixels).save(file)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> ImageFolders:
    root = tmp_path_factory.mktemp("sub-decoy")  # what stands above a set does not name its subjects
    for seed in (11, 12):
        pixels, labels = make_tem(seed, (230, 230))
        write(pixels, root / f"tem/sub-m{seed}/tile.png")
        for value, name in ((1, "axon"), (2, "myelin")):
            write(((labels == value) * 255).astype(np.uint8), root / f"tem/sub-m{seed}/tile_seg-{name}.png")
    for seed, subject in ((21, "r1"), (22, "r1"), (23, "r2")):
        write(make_sem(seed, (130, 120))[0], root / f"sem/sub-{subject}_sample-{seed}_SEM.png")
    return ImageFolders(root / "tem", root / "sem")


@pytest.fixture(scope="module")
def images(folders: ImageFolders) -> TranslatorImages:
    return scale_images(read_sets(folders, FIBRE_PX), FIBRE_PX, Reporter())


def test_fibres_have_the_size_wanted(images: TranslatorImages) -> None:
    for image in images.labeled:
        assert image.labels is not None
        assert image.labels.shape == image.data.shape
        assert structure_size_px(image.labels) == pytest.approx(FIBRE_PX, rel=0.2)
    own = images.survey.scale.per_image_px
    for image in images.unlabeled:
        assert image.labels is None
        assert image.data.shape == (round(130 * FIBRE_PX / own[image.name]), round(120 * FIBRE_PX / own[image.name]))


def test_images_and_guides_are_centred_and_of_opposite_polarity(images: TranslatorImages) -> None:
    for image in (*images.labeled, *images.unlabeled):
        assert image.guide is not None
        assert (image.data.min(), image.data.max()) == (0, 1)
        assert np.median(image.data) == pytest.approx(0.5, abs=0.01)
        assert image.guide.shape == image.data.shape
        assert np.corrcoef(image.data.ravel(), image.guide.ravel())[0, 1] < -0.9


def test_subjects_come_from_the_names_below_the_folder(images: TranslatorImages) -> None:
    assert [image.subject for image in images.labeled] == ["sub-m11", "sub-m12"]
    assert [image.subject for image in images.unlabeled] == ["sub-r1", "sub-r1", "sub-r2"]


def test_no_subject_is_on_both_sides(images: TranslatorImages) -> None:
    parts = split(images, 0.2, seed=0)
    assert len(parts.labeled) == len(parts.labeled_held_out) == 1
    trained, held_out = ({one.subject for one in side} for side in (parts.unlabeled, parts.unlabeled_held_out))
    assert trained | held_out == {"sub-r1", "sub-r2"}
    assert not trained & held_out
    assert any(f"1 to judge on ({parts.labeled_held_out[0].subject})" in sentence for sentence in parts.sentences())


def test_images_of_one_subject_judge_as_well_as_train(images: TranslatorImages, folders: ImageFolders) -> None:
    alone = ImageFolders(folders.labeled / "sub-m11", folders.unlabeled)
    parts = split(scale_images(read_sets(alone, FIBRE_PX), FIBRE_PX, Reporter()), 0.2, seed=0)
    assert parts.labeled == parts.labeled_held_out
    assert "both train and judge" in parts.sentences()[0]


def test_images_of_l_without_labels_will_do(folders: ImageFolders, tmp_path: Path) -> None:
    for seed in (11, 12):
        write(make_tem(seed, (230, 230))[0], tmp_path / f"sub-m{seed}_TEM.png")
    bare = scale_images(read_sets(ImageFolders(tmp_path, folders.unlabeled), FIBRE_PX), FIBRE_PX, Reporter())
    assert [image.subject for image in bare.labeled] == ["sub-m11", "sub-m12"]
    assert [image.labels for image in bare.labeled] == [None, None]
    assert bare.survey.labeled.style.polarity == "bright-axon"
    assert bare.hashes["labeled_sha256"]


def test_hashes_follow_labels_but_not_names(folders: ImageFolders, images: TranslatorImages, tmp_path: Path) -> None:
    for file in folders.unlabeled.iterdir():
        write(np.asarray(PillowImage.open(file)), tmp_path / f"other-{file.name}")
    renamed = scale_images(read_sets(ImageFolders(folders.labeled, tmp_path), FIBRE_PX), FIBRE_PX, Reporter())
    assert renamed.hashes == images.hashes
    assert len(images.inputs["inputs"]) == 5  # type: ignore[arg-type]


class StopsAtOnce(Reporter):
    def should_stop(self) -> bool:
        return True


def test_a_wish_to_stop_is_heard(folders: ImageFolders) -> None:
    with pytest.raises(Cancelled):
        scale_images(read_sets(folders, FIBRE_PX), FIBRE_PX, StopsAtOnce())


def test_channel_and_scale_are_the_users(folders: ImageFolders) -> None:
    given = read_sets(ImageFolders(folders.labeled, folders.unlabeled, 0.5), FIBRE_PX)
    assert given.survey.scale.scale == 0.5
    with pytest.raises(InputError, match="'7' as the channel"):
        read_sets(ImageFolders(folders.labeled, folders.unlabeled, None, Reading(channel=7)), FIBRE_PX)
