"""Images and masks of a project."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from labelbridge.core import Cancelled, ClassMap, Image, InputError, LabelMap, Reporter
from labelbridge.io import read_label_map, write_ome_zarr_image
from labelbridge.io.project import (
    Project,
    add_images,
    current_masks,
    mask_versions,
    new_masks_folder,
    save_masks,
)

SHAPE = (20, 24)


class Listener(Reporter):
    def __init__(self, *, stops: bool = False) -> None:
        self.said: list[str] = []
        self.stops = stops

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    def should_stop(self) -> bool:
        return self.stops


def draw(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(np.random.default_rng(seed).integers(0, 256, SHAPE, np.uint8)).save(path)
    return path


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for number, name in enumerate(("a.png", "b c/Käse.png", "b c/A.png")):
        draw(tmp_path / "images" / name, number)
    return tmp_path / "images"


@pytest.fixture
def project(tmp_path: Path, images: Path) -> Project:
    made = Project.create(tmp_path / "project")
    add_images(made, [images], pixel_size_um=0.1)
    return made


def labels(seed: int, classes: ClassMap | None = None) -> LabelMap:
    return LabelMap(np.random.default_rng(seed).integers(0, 3, SHAPE, np.uint8), classes or ClassMap())


def test_images_of_a_folder_come_in_with_names_of_their_own(project: Project, images: Path) -> None:
    rows = Project.open(project.folder).rows()
    assert [(row.name, row.path) for row in rows] == [
        ("a", images / "a.png"),
        ("A-2", images / "b c" / "A.png"),
        ("Käse", images / "b c" / "Käse.png"),
    ]
    assert {(row.state, row.shape, row.pixel_size_um, row.is_there, row.has_masks) for row in rows} == {
        ("new", SHAPE, 0.1, True, False)
    }
    assert project.image("Käse").place == "../images/b c/Käse.png"


def test_the_same_bytes_come_in_once(project: Project, images: Path) -> None:
    draw(images / "copy of a.png", 0)
    new = draw(images / "new.png", 7)
    listener = Listener()
    added = add_images(project, [images, new], reporter=listener)
    assert [image.name for image in added] == ["new"]
    assert len(project.rows()) == 4
    assert f"{images / 'copy of a.png'}: is in the project already, as 'a'; left out." in listener.said
    assert len(listener.said) == 4


def test_planes_of_a_stack_are_images_of_their_own(tmp_path: Path) -> None:
    stack = tmp_path / "stack.tif"
    tifffile.imwrite(stack, np.zeros((3, *SHAPE), np.uint8), photometric="minisblack", metadata={"axes": "ZYX"})
    project = Project.create(tmp_path / "project")
    for plane in (None, 0, 2, 2):
        add_images(project, [stack], plane=plane)
    found = [(image.name, image.plane, image.shape) for image in project.document.images]
    assert found == [("stack", None, SHAPE), ("stack-2", 0, SHAPE), ("stack-3", 2, SHAPE)]


def test_what_cannot_be_read_is_told_and_the_rest_comes_in(project: Project, images: Path) -> None:
    (images / "broken.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"broken\.png: got an empty file"):
        add_images(project, [images / "broken.png"])
    draw(images / "new.png", 7)
    listener = Listener()
    assert [image.name for image in add_images(project, [images], reporter=listener)] == ["new"]
    assert any("broken.png: got an empty file" in sentence for sentence in listener.said)


def test_a_cancelled_addition_adds_nothing(project: Project, images: Path) -> None:
    draw(images / "new.png", 7)
    with pytest.raises(Cancelled):
        add_images(project, [images], reporter=Listener(stops=True))
    assert len(Project.open(project.folder).rows()) == 3


def test_an_omezarr_folder_is_known_by_all_its_files(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).random(SHAPE, np.float32)
    write_ome_zarr_image(Image(pixels, "one"), tmp_path / "one.ome.zarr", overwrite=False)
    project = Project.create(tmp_path / "project")
    (image,) = add_images(project, [tmp_path / "one.ome.zarr"])
    assert image.size_bytes > 0
    assert not add_images(project, [tmp_path / "one.ome.zarr"])


def test_states_notes_and_journals_are_remembered(project: Project, tmp_path: Path) -> None:
    project.update_image("a", state="in correction", notes="dark\ncorner", journal=tmp_path / "a.journal")
    project.update_image("Käse", state="done")
    again = Project.open(project.folder)
    assert [row.state for row in again.rows()] == ["in correction", "new", "done"]
    assert (again.image("a").notes, again.image("a").journal) == ("dark\ncorner", "../a.journal")
    assert again.image("a").changed > again.image("A-2").changed
    project.update_image("a", journal=None)
    assert project.image("a").journal is None


def test_a_value_without_sense_is_one_sentence(project: Project) -> None:
    with pytest.raises(InputError, match=r"a: got -1\.0 as pixel_size_um; .* greater than 0"):
        project.update_image("a", pixel_size_um=-1.0)
    with pytest.raises(InputError, match="the image 'b', which is not in the project"):
        project.update_image("b", notes="")
    assert Project.open(project.folder).image("a").pixel_size_um == 0.1


def test_removing_deletes_no_file(project: Project, images: Path) -> None:
    (masks, *_) = save_masks(project, "a", labels(0))
    project.remove_images(["a", "Käse"])
    assert [row.name for row in Project.open(project.folder).rows()] == ["A-2"]
    assert (images / "a.png").exists()
    assert masks.exists()


def test_each_saving_of_masks_is_a_version_of_its_own(project: Project) -> None:
    assert current_masks(project, "Käse") is None
    first, second = labels(1), labels(2)
    files = save_masks(project, "Käse", first, state="bootstrapped")
    contents = [file.read_bytes() for file in files]
    assert files[0] == project.folder / "masks" / "Käse" / "0001" / "Käse_seg-axon.png"
    assert project.image("Käse").state == "bootstrapped"
    save_masks(project, "Käse", second)
    again = Project.open(project.folder)
    masks = current_masks(again, "Käse")
    assert masks
    assert np.array_equal(read_label_map(masks).data, second.data)
    assert again.image("Käse").state == "in correction"
    assert [folder.name for folder in mask_versions(again, "Käse")] == ["0001", "0002"]
    assert [file.read_bytes() for file in files] == contents


def test_images_of_one_name_keep_their_masks_apart(project: Project) -> None:
    save_masks(project, "a", labels(1))
    save_masks(project, "A-2", labels(2))
    for name, seed in (("a", 1), ("A-2", 2)):
        masks = current_masks(project, name)
        assert masks
        assert np.array_equal(read_label_map(masks).data, labels(seed).data)


def test_a_new_folder_is_given_once_and_never_again(project: Project) -> None:
    (project.folder / "masks" / "a" / "0009").mkdir(parents=True)
    (project.folder / "masks" / "a" / "notes.txt").write_bytes(b"")
    other = Project.open(project.folder)
    given = [new_masks_folder(one, "a").name for one in (project, other, project)]
    assert given == ["0010", "0011", "0012"]


def test_masks_that_do_not_fit_leave_nothing_behind(project: Project) -> None:
    with pytest.raises(InputError, match="got masks of"):
        save_masks(project, "a", LabelMap(np.zeros((4, 5), np.uint8)))
    with pytest.raises(InputError, match="rename the class"):
        save_masks(project, "a", labels(0, ClassMap(("background", "axon", "myelin", "x/y"))))
    assert mask_versions(project, "a") == []


def test_masks_are_not_written_outside_the_project(project: Project) -> None:
    file = project.folder / "project.json"
    file.write_bytes(file.read_bytes().replace(b'"name": "a"', b'"name": "../../a"'))
    opened = Project.open(project.folder)
    assert opened.notice
    assert "rename the image" in opened.notice
    assert all(row.name != "../../a" for row in opened.rows())
