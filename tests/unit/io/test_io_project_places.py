"""Where a project's files are, after it or they have moved."""

import shutil
import unicodedata
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import pytest
from PIL import Image as PillowImage

from labelbridge.core import InputError, LabelMap, Reporter
from labelbridge.io.project import (
    Project,
    add_images,
    find_moved_images,
    missing_files,
    relink,
    relink_images,
    save_masks,
)
from labelbridge.io.project.places import path_of, place_of

SHAPE = (20, 24)


def draw(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(np.random.default_rng(seed).integers(0, 256, SHAPE, np.uint8)).save(path)
    return path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project in ``study/``, with an image inside it, one beside it and one far from it."""
    made = Project.create(tmp_path / "study" / "project")
    files = [made.folder / "in.png", tmp_path / "study" / "images ü" / "beside.png", tmp_path / "far" / "a" / "far.png"]
    add_images(made, [draw(file, number) for number, file in enumerate(files)])
    return made


class Listener(Reporter):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


@pytest.mark.parametrize(
    ("path", "project", "place"),
    [
        ("D:\\Daten\\p\\masks\\ä b.png", "d:\\daten\\P", "masks/ä b.png"),
        ("D:\\Daten\\images\\a.tif", "D:\\Daten\\p", "../images/a.tif"),
        ("E:\\images\\a.tif", "D:\\Daten\\p", "E:/images/a.tif"),
        ("D:\\images\\a.tif", "D:\\p", "D:/images/a.tif"),
        ("\\\\server\\share\\a.tif", "D:\\Daten\\p", "//server/share/a.tif"),
    ],
)
def test_places_on_windows(path: str, project: str, place: str) -> None:
    assert place_of(PureWindowsPath(path), PureWindowsPath(project)) == place


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/data/p/a.tif", "a.tif"),
        ("/data/a.tif", "../a.tif"),
        ("/data/p2/a.tif", "../p2/a.tif"),
        ("/a.tif", "/a.tif"),
    ],
)
def test_places_elsewhere(path: str, place: str) -> None:
    assert place_of(PurePosixPath(path), PurePosixPath("/data/p")) == place


def test_a_drive_of_windows_stays_what_it_is(tmp_path: Path) -> None:
    assert path_of("C:/data/a.tif", tmp_path).as_posix() == "C:/data/a.tif"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_umlauts_are_found_however_the_disk_writes_them(tmp_path: Path, form: str) -> None:
    other = {"NFC": "NFD", "NFD": "NFC"}[form]
    draw(tmp_path / unicodedata.normalize(form, "Käse.png"), 0)  # type: ignore[arg-type]
    assert path_of(unicodedata.normalize(other, "Käse.png"), tmp_path).exists()  # type: ignore[arg-type]


def test_a_project_moves_with_what_is_beside_it(project: Project, tmp_path: Path) -> None:
    save_masks(project, "in", LabelMap(np.zeros(SHAPE, np.uint8)))
    assert [image.place for image in project.document.images] == [
        "in.png",
        "../images ü/beside.png",
        (tmp_path / "far" / "a" / "far.png").as_posix(),
    ]
    shutil.move(tmp_path / "study", tmp_path / "elsewhere")
    moved = Project.open(tmp_path / "elsewhere" / "project")
    assert missing_files(moved) == []
    assert moved.rows()[1].path == tmp_path / "elsewhere" / "images ü" / "beside.png"


def test_what_is_gone_is_listed(project: Project, tmp_path: Path) -> None:
    project.update(
        models=[tmp_path / "m"], translators=[tmp_path / "t"], labeled_sets=[tmp_path / "study" / "images ü"]
    )
    (mask, *_) = save_masks(project, "in", LabelMap(np.zeros(SHAPE, np.uint8)))
    project.update_image("far", journal=tmp_path / "far.journal")
    mask.unlink()
    (tmp_path / "far" / "a" / "far.png").unlink()
    assert [(one.what, one.path, one.image) for one in missing_files(project)] == [
        ("masks", mask, "in"),
        ("image", tmp_path / "far" / "a" / "far.png", "far"),
        ("journal", tmp_path / "far.journal", "far"),
        ("model", tmp_path / "m", None),
        ("translator", tmp_path / "t", None),
    ]
    assert [row.is_there for row in project.rows()] == [True, True, False]


def test_a_folder_is_relinked_with_all_that_was_in_it(project: Project, tmp_path: Path) -> None:
    model = tmp_path / "far" / "model"
    model.mkdir()
    project.update(models=[model, tmp_path / "other"])
    (tmp_path / "far").rename(tmp_path / "study" / "near")
    found = relink(project, tmp_path / "far", tmp_path / "study" / "near")
    assert [one.what for one in found] == ["image", "model"]
    again = Project.open(project.folder)
    assert again.image("far").place == "../near/a/far.png"
    assert again.models == (tmp_path / "study" / "near" / "model", tmp_path / "other")
    assert [one.path for one in missing_files(again)] == [tmp_path / "other"]


def test_another_image_of_the_same_name_is_not_taken(project: Project, tmp_path: Path) -> None:
    (tmp_path / "far").rename(tmp_path / "gone")
    impostor = draw(tmp_path / "new" / "a" / "far.png", 99)
    listener = Listener()
    assert relink(project, tmp_path / "far", tmp_path / "new", reporter=listener) == []
    (sentence,) = listener.said
    assert f"{impostor}: got other content than that of the image 'far'" in sentence
    with pytest.raises(InputError, match="got other content"):
        relink_images(project, {"far": impostor})
    assert project.image("far").place == (tmp_path / "far" / "a" / "far.png").as_posix()


def test_images_are_found_by_their_bytes(project: Project, tmp_path: Path) -> None:
    (tmp_path / "study" / "images ü").rename(tmp_path / "attic")
    (tmp_path / "attic" / "beside.png").rename(tmp_path / "attic" / "renamed.PNG")
    impostor = draw(tmp_path / "attic" / "beside.png", 98)
    impostor.write_bytes(impostor.read_bytes().ljust(project.image("beside").size_bytes, b"."))
    found = find_moved_images(project, tmp_path / "attic")
    assert found == {"beside": tmp_path / "attic" / "renamed.PNG"}
    assert not project.rows()[1].is_there
    relink_images(project, found)
    assert all(row.is_there for row in Project.open(project.folder).rows())
