"""Models that learn from corrected masks: real trainings, on phantoms of a look that the model does not know."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from dullphantoms import dull_phantom
from labelbridge.bootstrap import Bootstrap, Plan, TutorshipSettings
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.retraining.image import class_layers
from labelbridge.bootstrap.retraining.lessons import held_out_samples, load_lessons
from labelbridge.bootstrap.retraining.task import RetrainTask, retrain_task
from labelbridge.cli.main import app
from labelbridge.core import AXON, MYELIN, Cancelled, Image, LabelMap, Reporter
from labelbridge.evaluate import score
from labelbridge.io import write_axondeepseg, write_json
from labelbridge.io.project import Project, add_images, save_masks
from labelbridge.jobs import JobFolder
from labelbridge.refine.review import ReviewQueue, review_record
from labelbridge.segment import read_card
from labelbridge.segment.nnunet.calibrating import fitted_temperature

TUTORED = sample_data_folder() / "models" / "tutored"


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def masks_of(model: Path, image: Image) -> LabelMap:
    plan = Plan("tutorship", tutored=model, settings=TutorshipSettings(device="cpu"))
    return next(iter(Bootstrap(plan, [image]).predict([image])))[1].labels


def dice_on_unseen(model: Path, seeds: Sequence[int]) -> dict[str, float]:
    scores = [score(masks_of(model, image), truth) for image, truth in (dull_phantom(seed, 384) for seed in seeds)]
    return {name: float(np.mean([one[name].dice for one in scores])) for name in (AXON, MYELIN)}


def project_of(folder: Path, seeds: Sequence[int], side_px: int) -> Project:
    """Return a project of phantoms with true masks."""
    made = Project.create(folder / "project")
    for seed in seeds:
        image, truth = dull_phantom(seed, side_px)
        file = folder / f"{image.name}.tif"
        tifffile.imwrite(file, image.data)
        add_images(made, [file])
        save_masks(made, image.name, truth, state="done")
    return made


def export_half(folder: Path, seeds: Sequence[int], side_px: int) -> tuple[Path, Path]:
    """Export masks whose left half was corrected; the other is as the model has made it. Return masks and images."""
    images, exports = folder / "images", folder / "exports"
    images.mkdir()
    for seed in seeds:
        image, truth = dull_phantom(seed, side_px)
        tifffile.imwrite(images / f"{image.name}.tif", image.data)
        is_left = np.arange(side_px) < side_px // 2
        labels = LabelMap(np.where(is_left, truth.data, masks_of(TUTORED, image).data))
        rows = ReviewQueue.build(class_layers(labels)).fibre_rows()
        reviewed = [replace(row, origin="corrected") if row.column < side_px // 2 - 20 else row for row in rows]
        out = exports / f"{image.name}_masks"
        out.mkdir(parents=True)
        written = write_axondeepseg(labels, image.name, out, overwrite=False)
        record = {"review": review_record("reviewed", reviewed), "outputs": {file.name: "" for file in written}}
        write_json(out / f"{image.name}_provenance.json", record, overwrite=False)
    return exports, images


@pytest.mark.full(minutes=5)
def test_new_masks_are_better_on_images_that_nobody_has_corrected(tmp_path: Path) -> None:
    """Half of the masks that it learns from are those of the old model: they do not count."""
    exports, images = export_half(tmp_path, (1, 2), 384)
    task = RetrainTask(model=TUTORED, corrected=(exports,), images=images, preset="cpu", device="cpu")
    (tmp_path / "work").mkdir()
    sentence = retrain_task(task.model_dump(mode="json"), tmp_path / "work", tmp_path / "new", Reporter())
    assert "the new model is better" in sentence
    before, after = (dice_on_unseen(model, (101, 102)) for model in (TUTORED, tmp_path / "new"))
    assert after[AXON] > before[AXON] + 0.1
    assert after[MYELIN] > before[MYELIN] + 0.05


def test_the_command_trains_measures_and_says_what_came_of_it(tmp_path: Path) -> None:
    made = project_of(tmp_path, (1,), 256)
    arguments = ["--project", str(made.folder), "--model", str(TUTORED), "--preset", "tiny", "--device", "cpu"]
    result = CliRunner().invoke(app, ["train", "corrected", *arguments, "--out", str(tmp_path / "job")])
    assert result.exit_code == 0, result.output
    job = JobFolder(tmp_path / "job")
    status = job.status()
    assert status.ending == "finished"
    assert status.message.startswith("On ")
    assert "verified fibres that it has not seen the new model is" in status.message
    assert status.message.split(" The result")[0] in job.log_file.read_text(encoding="utf-8")
    card = read_card(job.result)
    assert card.classes == read_card(TUTORED).classes
    lessons = load_lessons(tmp_path / "job" / "checkpoints" / "lessons.npz")
    assert card.temperature == pytest.approx(fitted_temperature(job.result, held_out_samples(lessons), "cpu"))
    assert 0 < card.metrics["held_out_dice_axon_before"] < 1
    assert json.loads((job.result / "dataset.json").read_bytes())["labels"] == {"background": 0, "axon": 1, "myelin": 2}
    image, _ = dull_phantom(101, 128)
    assert masks_of(job.result, image).classes.names == card.classes


class StopsAt(Reporter):
    """Asks to stop once the training has come so far."""

    def __init__(self, step: float) -> None:
        self.step, self.is_there = step, False

    def progress(self, done: float, total: float, stage: str) -> None:
        self.is_there |= stage.startswith("training") and done >= self.step

    def should_stop(self) -> bool:
        return self.is_there


def test_a_stopped_retraining_ends_with_the_weights_of_an_undisturbed_one(tmp_path: Path) -> None:
    made = project_of(tmp_path, (1,), 256)
    settings = RetrainTask(model=TUTORED, project=made.folder, preset="tiny", device="cpu").model_dump(mode="json")
    for name in ("straight", "stopped"):
        (tmp_path / name / "work").mkdir(parents=True)
    straight = retrain_task(settings, tmp_path / "straight/work", tmp_path / "straight/new", Reporter())
    with pytest.raises(Cancelled):
        retrain_task(settings, tmp_path / "stopped/work", tmp_path / "stopped/new", StopsAt(5))
    assert not (tmp_path / "stopped/new").exists()
    assert retrain_task(settings, tmp_path / "stopped/work", tmp_path / "stopped/new", Reporter()) == straight
    first, second = (load_file(tmp_path / name / "new/fold_all/model.safetensors") for name in ("straight", "stopped"))
    old = load_file(TUTORED / "fold_all/model.safetensors")
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert any(not torch.equal(first[name], old[name]) for name in first)
