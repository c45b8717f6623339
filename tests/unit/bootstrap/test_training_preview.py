"""What is found in the sets of a training, and each thing that may be wrong with them, in a sentence."""

import pickle
import shutil
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from trainingsets import write_pixels, write_sets

from labelbridge.bootstrap.sets import checks, looking
from labelbridge.bootstrap.sets.found import SetsFound
from labelbridge.bootstrap.sets.preview import look_at_sets
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.core import Cancelled, Reporter
from make_phantoms import make_sem


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sets")
    write_sets(root)
    return root


@pytest.fixture
def sets(good: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return shutil.copytree(good, tmp_path / "own")


def look(root: Path, **settings: object) -> SetsFound:
    chosen = {"labeled": root / "tem", "unlabeled": root / "sem", "preset": "tiny", "device": "cpu", **settings}
    return look_at_sets(TranslatorTask.model_validate(chosen), Reporter())


def look_to_teach(root: Path, **settings: object) -> SetsFound:
    chosen = {"labeled": root / "tem", "unlabeled": root / "sem", "device": "cpu", **settings}
    return look_at_sets(TutorshipTask.model_validate(chosen), Reporter())


def images(root: Path, folder: str) -> list[Path]:
    return [file for file in sorted((root / folder).rglob("*.png")) if "_seg-" not in file.name]


def test_good_sets_are_described_and_nothing_speaks_against_starting(good: Path) -> None:
    found = look(good)
    assert (found.can_start, found.problems, found.warnings) == (True, (), ())
    assert (found.labeled.images, found.labeled.labels, found.unlabeled.images) == (3, 3, 3)
    assert found.labeled.subjects == ("sub-m11", "sub-m12", "sub-m13")
    assert found.labeled.classes == ("axon", "myelin")
    assert found.labeled.shapes == ((230, 230),)
    assert found.unlabeled.shapes == ((130, 120),)
    assert found.unlabeled.depths == ("8 bit",)
    assert found.labeled.fibre_px == pytest.approx(120, rel=0.3)
    assert found.unlabeled.split == "new images: 1 to train on, 2 to judge on (sub-r1)"
    assert found.labeled.sentences()[0] == "3 images, 3 with labels (axon, myelin), of 3 subjects."
    assert found.unlabeled.sentences()[1:3] == ["120 x 130 px, 8 bit.", "Pixel size unknown."]
    assert "scale" in found.sentences[0]
    assert "bright-axon; new images: dark-axon" in found.sentences[1]


def test_samples_are_small_and_can_be_handed_to_another_process(good: Path) -> None:
    found = pickle.loads(pickle.dumps(look_to_teach(good)))
    for one in (found.labeled, found.unlabeled):
        assert one.sample is not None
        assert max(one.sample.shape) <= 256
        assert (one.sample.dtype, one.sample.min(), one.sample.max()) == (np.float32, 0, 1)
    assert found.labeled.sample_labels.shape == found.labeled.sample.shape
    assert set(np.unique(found.labeled.sample_labels)) == {0, 1, 2}
    assert found.unlabeled.sample_labels is None
    assert found.unlabeled.split == "", "a tutorship without a translator judges nothing"


@pytest.mark.parametrize("kind", ["missing", "a file", "empty"])
def test_a_bad_folder_of_l_hides_nothing_of_u(sets: Path, kind: str) -> None:
    shutil.rmtree(sets / "tem")
    if kind == "a file":
        (sets / "tem").write_text("no folder", encoding="utf-8")
    elif kind == "empty":
        (sets / "tem").mkdir()
    found = look(sets)
    expected = {"missing": "path that does not exist", "a file": "got a file", "empty": "folder without images"}
    assert len(found.problems) == 1
    assert expected[kind] in found.problems[0]
    assert (found.unlabeled.images, found.labeled.images) == (3, 0)
    assert found.unlabeled.sample is not None
    assert found.labeled.sentences() == []


def test_a_bad_folder_of_u_hides_nothing_of_l(sets: Path) -> None:
    shutil.rmtree(sets / "sem")
    found = look(sets)
    assert [problem for problem in found.problems if "no such file or folder" in problem] == list(found.problems)
    assert found.labeled.labels == 3
    assert found.labeled.fibre_px
    assert found.sentences == ("labelled images: bright-axon",)


def test_each_image_of_u_that_cannot_be_read_is_named(sets: Path) -> None:
    first, second, _ = images(sets, "sem")
    first.write_bytes(b"")
    second.write_bytes(second.read_bytes()[:200])
    found = look(sets)
    assert len(found.problems) == 2
    assert f"{first}: got an empty file" in found.problems[0]
    assert f"{second}: got a damaged or truncated image" in found.problems[1]
    assert found.sentences, "the third one is compared all the same"


def test_of_many_unreadable_images_some_are_named(sets: Path) -> None:
    for number in range(9):
        (sets / "sem" / f"broken{number}.png").write_bytes(b"no image")
    problems = look(sets).problems
    assert len(problems) == 6
    assert "4 images more that cannot be read" in problems[-1]


def test_a_labelled_image_that_cannot_be_read_is_named_and_the_others_are_shown(sets: Path) -> None:
    images(sets, "tem")[0].write_bytes(b"no image")
    found = look_to_teach(sets)
    assert len(found.problems) == 1
    assert str(images(sets, "tem")[0]) in found.problems[0]
    assert found.labeled.sample is not None
    assert found.unlabeled.images == 3


def test_labels_of_another_size(sets: Path) -> None:
    write_pixels(np.full((99, 99), 255, np.uint8), sets / "tem/sub-m11/tile11_seg-axon.png")
    found = look(sets)
    assert len(found.problems) == 1
    assert "axon 99 x 99, myelin 230 x 230" in found.problems[0]
    assert found.labeled.images == 3


def test_labels_without_an_axon(sets: Path) -> None:
    for file in (sets / "tem").rglob("*_seg-axon.png"):
        write_pixels(np.zeros((230, 230), np.uint8), file)
    (problem,) = look(sets).problems
    assert "without any axon pixel" in problem


def test_images_of_l_without_labels_will_do_for_a_translator_alone(sets: Path) -> None:
    for file in (sets / "tem").rglob("*_seg-*.png"):
        file.unlink()
    found = look(sets)
    assert found.can_start
    assert any("have no masks" in warning for warning in found.warnings)
    taught = look_to_teach(sets)
    assert "no labelled image" in taught.problems[0]
    assert taught.labeled.images == 3


def test_labelled_images_without_masks_are_counted(sets: Path) -> None:
    next((sets / "tem/sub-m11").glob("*_seg-axon.png")).unlink()
    next((sets / "tem/sub-m11").glob("*_seg-myelin.png")).unlink()
    found = look(sets)
    assert (found.labeled.images, found.can_start) == (2, True)
    assert f"{sets / 'tem'}: 1 image without masks, left out." in found.warnings


def test_a_class_that_is_nowhere(good: Path) -> None:
    found = look_to_teach(good, classes=("axon", "myelin", "uaxon"))
    assert found.can_start
    assert "No labelled image has a pixel of 'uaxon'." in found.warnings


def test_few_images_and_those_of_one_subject(sets: Path) -> None:
    for file in images(sets, "tem")[1:]:
        shutil.rmtree(file.parent)
    (sets / "sem" / "sub-r2_sample-23_SEM.png").rename(sets / "sem" / "sub-r1_sample-23_SEM.png")
    found = look(sets)
    assert found.can_start
    assert any("few labelled images (1)" in warning for warning in found.warnings)
    assert any("All new images are of one subject (sub-r1)" in warning for warning in found.warnings)
    assert "so scores flatter" in found.unlabeled.split


def test_the_same_images_in_both_sets(sets: Path, good: Path) -> None:
    shutil.copy(images(sets, "tem")[0], sets / "sem" / "another_name.png")
    found = look(sets)
    assert found.can_start
    assert any("Both sets have the same images (another_name)" in warning for warning in found.warnings)
    again = look(good, unlabeled=good / "tem")
    assert any("got the labelled images again" in problem for problem in again.problems)


def test_two_images_of_one_name(sets: Path) -> None:
    shutil.copytree(sets / "sem", sets / "sem" / "again")
    (problem,) = look(sets).problems
    assert "got several images named" in problem


def test_stacks_of_which_no_plane_is_chosen(sets: Path) -> None:
    planes = [PillowImage.fromarray(make_sem(seed, (130, 120))[0]) for seed in (31, 32)]
    planes[0].save(sets / "sem" / "stack.tif", save_all=True, append_images=planes[1:])
    found = look(sets)
    assert len(found.problems) == 1
    assert "stack.tif" in found.problems[0]
    every = look(sets, slices="all")
    assert (every.problems, every.unlabeled.images) == ((), 5)


def test_images_smaller_than_a_crop(sets: Path) -> None:
    for file in images(sets, "sem"):
        write_pixels(np.asarray(PillowImage.open(file))[:40, :40], file)
    warnings = look(sets, preset="cpu").warnings
    assert any("instead of 64" in warning and "px wide at the training scale" in warning for warning in warnings)


def test_fibres_of_very_different_sizes(sets: Path) -> None:
    pixels = make_sem(21, (300, 300))[0]
    write_pixels(np.kron(pixels, np.ones((4, 4), np.uint8)), sets / "sem" / "larger.png")
    assert any("of one magnification" in warning for warning in look(sets).warnings)


def test_fibres_of_an_unusual_size_and_a_scale_that_is_given(sets: Path) -> None:
    for file in images(sets, "sem"):
        small = PillowImage.open(file).resize((24, 26), PillowImage.Resampling.LANCZOS)
        write_pixels(np.tile(np.asarray(small), (3, 3)), file)
    assert any("fibre size is uncertain" in warning for warning in look(sets).warnings)
    assert not any("fibre size" in warning for warning in look(sets, scale=0.1).warnings)


def test_an_uncertain_polarity(sets: Path) -> None:
    random = np.random.default_rng(0)
    for file in images(sets, "sem"):
        write_pixels(random.integers(0, 255, (130, 120), np.uint8), file)
    assert any("polarity of the new images is uncertain" in warning for warning in look(sets).warnings)


def test_a_device_that_is_not_there_and_other_settings(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert any("got device 'cuda'" in problem for problem in look(good, device="cuda").problems)
    assert any("--scale" in problem for problem in look(good, scale=5000).problems)
    taught = look_to_teach(good, tile_overlap=0.9, translator=good / "sem")
    assert len(taught.problems) == 2
    assert any("tile overlap of 0.9" in problem for problem in taught.problems)
    assert taught.labeled.images == 3


def test_more_devices_than_there_are(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "resolve_device", lambda device: namedtuple("Device", "type")("cuda"))
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    assert "got 2 devices, expected at most 1, as many as this computer has." in look(good, devices=2).problems


def test_nothing_can_be_compiled(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no compiler")

    monkeypatch.setattr("torch.compile", fail)
    assert any("nothing can be compiled" in problem for problem in look(good, compiles=True).problems)


def test_a_full_disk_is_told_before(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10**9, 10**9 - 5, 5))
    warnings = look(good).warnings
    assert any("got 0 MB free" in warning and "for checkpoints" in warning for warning in warnings)


def test_of_many_images_a_few_are_read(sets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "_MOST_IMAGES", 2)
    found = look(sets)
    assert found.unlabeled.images == 3
    assert "2 of 3 new images were looked at" in found.sentences


def test_a_wish_to_stop_is_heard(good: Path) -> None:
    class Impatient(Reporter):
        def should_stop(self) -> bool:
            return True

    task = TranslatorTask(labeled=good / "tem", unlabeled=good / "sem", preset="tiny", device="cpu")
    with pytest.raises(Cancelled):
        look_at_sets(task, Impatient())
