"""The masks of a finished job become a project."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from labelbridge.core import BACKGROUND, ClassMap, Image, InputError, LabelMap, Prediction, Reporter
from labelbridge.io import StackResult, make_provenance, read_label_map, write_result, write_stack_result
from labelbridge.io.project import Project, current_masks, mask_versions
from labelbridge.jobs import Ending, JobFolder, JobInfo, JobSpec, JobStatus
from labelbridge.plugin.presenters.jobmasks import JobMasks, makes_masks, masks_of_job
from labelbridge.plugin.presenters.projectchoices import remembered_choices
from labelbridge.plugin.presenters.projectmasks import open_with_masks

SHAPE = (24, 32)
CLASSES = ClassMap((BACKGROUND, "axon", "myelin"))


class Listener(Reporter):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)


def prediction(seed: int) -> Prediction:
    labels = np.random.default_rng(seed).integers(0, 3, SHAPE).astype(np.uint8)
    return Prediction(LabelMap(labels, CLASSES), np.full(SHAPE, seed / 10, np.float32))


def make_image(folder: Path, name: str, seed: int) -> Image:
    folder.mkdir(exist_ok=True)
    pixels = np.random.default_rng(100 + seed).integers(0, 255, SHAPE).astype(np.uint8)
    PillowImage.fromarray(pixels).save(folder / f"{name}.png")
    return Image(pixels.astype(np.float32), name, None, folder / f"{name}.png")


def write_masks(image: Image, masks: Path, seed: int) -> None:
    write_result(prediction(seed), image, masks, provenance=make_provenance([image]), overwrite=False)


@pytest.fixture
def made(tmp_path: Path) -> JobMasks:
    """Two images with masks, and one without."""
    masks = tmp_path / "masks"
    for seed, name in enumerate(("a", "a_b")):
        write_masks(make_image(tmp_path / "sem", name, seed), masks, seed)
    make_image(tmp_path / "sem", "late", 2)
    return JobMasks(masks, (tmp_path / "sem",))


def open_it(made: JobMasks, folder: Path, listener: Reporter | None = None) -> Project:
    opened = open_with_masks(made, folder, listener or Reporter())
    opened.close()
    return opened.project


def test_a_project_is_made_with_the_masks_as_version_one(made: JobMasks, tmp_path: Path) -> None:
    project = open_it(made, tmp_path / "project")
    states = {image.name: image.state for image in project.document.images}
    assert states == {"a": "bootstrapped", "a_b": "bootstrapped", "late": "new"}
    assert project.document.current == "a"
    for seed, name in enumerate(("a", "a_b")):
        (version,) = mask_versions(project, name)
        files = current_masks(project, name)
        assert files is not None
        assert np.array_equal(read_label_map(files).data, prediction(seed).labels.data)
        assert (version / f"{name}_uncertainty.tif").is_file()
    assert (made.masks / "a_seg-axon.png").is_file(), "the job keeps its own"


def test_opening_it_again_adds_nothing_and_leaves_corrections_alone(made: JobMasks, tmp_path: Path) -> None:
    project = open_it(made, tmp_path / "project")
    project.update_image("a", state="in correction")
    listener = Listener()
    again = open_it(made, tmp_path / "project", listener)
    assert [len(mask_versions(again, name)) for name in ("a", "a_b")] == [1, 1]
    assert again.image("a").state == "in correction"
    assert any("'a' was corrected already" in sentence for sentence in listener.sentences)


def test_other_masks_come_beside_those_that_were_not_corrected(made: JobMasks, tmp_path: Path) -> None:
    project = open_it(made, tmp_path / "project")
    project.update_image("a", state="done")
    other = tmp_path / "other masks"
    for seed, name in ((5, "a"), (6, "a_b")):
        write_masks(Image(np.zeros(SHAPE, np.float32), name, None, tmp_path / "sem" / f"{name}.png"), other, seed)
    again = open_it(JobMasks(other, made.images), tmp_path / "project")
    assert [len(mask_versions(again, name)) for name in ("a", "a_b")] == [1, 2]
    files = current_masks(again, "a_b")
    assert files is not None
    assert np.array_equal(read_label_map(files).data, prediction(6).labels.data)


def test_a_result_without_its_mark_is_not_taken(made: JobMasks, tmp_path: Path) -> None:
    (made.masks / "a_provenance.json").unlink()
    project = open_it(made, tmp_path / "project")
    assert project.image("a").state == "new"
    assert project.document.current == "a_b"


@pytest.mark.parametrize("plane", [None, 1])
def test_planes_of_a_stack_get_their_own_masks(tmp_path: Path, plane: int | None) -> None:
    (tmp_path / "sem").mkdir()
    file = tmp_path / "sem" / "stack.tif"
    pixels = np.random.default_rng(0).integers(0, 255, (3, *SHAPE)).astype(np.uint8)
    tifffile.imwrite(file, pixels, photometric="minisblack")
    image = Image(pixels[1].astype(np.float32), "stack", None, file)
    if plane is None:
        stack = StackResult(3)
        for seed in range(3):
            stack.add(image, prediction(seed))
        write_stack_result(stack, tmp_path / "masks", provenance=make_provenance([image]), overwrite=False)
    else:
        write_masks(image, tmp_path / "masks", plane)
    made = JobMasks(tmp_path / "masks", (file,), plane)
    project = open_it(made, tmp_path / "project")
    project = open_it(made, tmp_path / "project")
    for image_of_plane in project.document.images:
        number = image_of_plane.plane
        assert number is not None
        files = current_masks(project, image_of_plane.name)
        if plane in (None, number):
            assert files is not None
            assert len(mask_versions(project, image_of_plane.name)) == 1
            assert np.array_equal(read_label_map(files).data, prediction(number).labels.data)
        else:
            assert files is None


def test_masks_of_images_that_are_gone_are_left_out(made: JobMasks, tmp_path: Path) -> None:
    (tmp_path / "sem" / "a.png").unlink()
    listener = Listener()
    project = open_it(made, tmp_path / "project", listener)
    assert [image.name for image in project.document.images] == ["a_b", "late"]
    assert any("not there any more: 1" in sentence for sentence in listener.sentences)


def test_without_masks_no_project_is_made(tmp_path: Path) -> None:
    for name in ("masks", "sem"):
        (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="got no masks"):
        open_it(JobMasks(tmp_path / "masks", (tmp_path / "sem",)), tmp_path / "project")
    assert not (tmp_path / "project").exists()


def test_what_cannot_be_opened_leaves_no_lock(made: JobMasks, tmp_path: Path) -> None:
    gone = JobMasks(made.masks, (tmp_path / "gone",))
    with pytest.raises(InputError, match="gone"):
        open_it(gone, tmp_path / "project")
    open_it(made, tmp_path / "project")


def test_the_model_serves_images_that_come_later(made: JobMasks, tmp_path: Path) -> None:
    project = open_it(JobMasks(made.masks, made.images, None, tmp_path / "model", tmp_path / "tem"), tmp_path / "p")
    choices = remembered_choices(project)
    assert choices is not None
    assert (choices.model, choices.labeled, choices.path) == (tmp_path / "model", tmp_path / "tem", "tutorship")


def job(folder: Path, task: str, ending: Ending = "finished", **settings: object) -> JobFolder:
    made = JobFolder.prepare(folder, JobSpec.of(task, settings))
    made.write_status(JobStatus().ended(ending))
    return made


def test_a_job_tells_where_its_masks_are(tmp_path: Path) -> None:
    sets = {"labeled": str(tmp_path / "tem"), "unlabeled": str(tmp_path / "sem")}
    folder = job(tmp_path / "job", "tutorship", slices=None, **sets)
    with pytest.raises(InputError, match="without masks"):
        masks_of_job(folder)
    for name in ("masks", "model"):
        (folder.result / name).mkdir(parents=True)
    made = masks_of_job(folder)
    assert made == JobMasks(
        folder.result / "masks", (tmp_path / "sem",), None, folder.result / "model", tmp_path / "tem"
    )
    (tmp_path / "sem").mkdir()
    assert made.project_folder == tmp_path / "sem project"


def test_only_finished_jobs_of_some_tasks_have_masks(tmp_path: Path) -> None:
    kinds = {
        (task, ending): makes_masks(JobInfo.of(job(tmp_path / f"{task}-{ending}", task, ending)))
        for task in ("tutorship", "bootstrap", "train-translator")
        for ending in ("finished", "cancelled")
    }
    assert [kind for kind, has in kinds.items() if has] == [("tutorship", "finished"), ("bootstrap", "finished")]


def test_of_a_bootstrap_all_sources_count(tmp_path: Path) -> None:
    folder = job(tmp_path / "job", "bootstrap", images=[str(tmp_path / "a.png"), str(tmp_path / "b")], slices=2)
    folder.result.mkdir()
    made = masks_of_job(folder)
    assert made.masks == folder.result
    assert made.images == (tmp_path / "a.png", tmp_path / "b")
    assert made.plane == 2
    assert made.project_folder == tmp_path.with_name(f"{tmp_path.name} project")
    assert json.loads(folder.spec_file.read_text(encoding="utf-8"))["task"] == "bootstrap"
