"""A folder of images bootstrapped as a job, and evaluations as jobs, with the sample models."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.core import Cancelled, Reporter
from labelbridge.jobs import JobFolder, JobSpec, run_job
from make_phantoms import make_sem

SEEDS = (31, 32, 33)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of U, and their truth in a folder of its own."""
    root = tmp_path_factory.mktemp("data")
    for name in ("sem", "truth"):
        (root / name).mkdir()
    for seed in SEEDS:
        pixels, labels = make_sem(seed, (120, 130))
        PillowImage.fromarray(pixels).save(root / "sem" / f"sem{seed}.png")
        for value, name in ((1, "axon"), (2, "myelin")):
            mask = PillowImage.fromarray(((labels == value) * 255).astype(np.uint8))
            mask.save(root / "truth" / f"sem{seed}_seg-{name}.png")
    return root


def prepare(data: Path, *, resume: bool = False) -> JobFolder:
    settings = {
        "images": [data / "sem"],
        "path": "adaptation",
        "segmenter": sample_data_folder() / "models" / "segmenter",
        "device": "cpu",
    }
    return JobFolder.prepare(data / "job", JobSpec.of("bootstrap", settings), resume=resume)


class StopIn(Reporter):
    """Asks to stop once a stage of this name has begun."""

    def __init__(self, stage: str) -> None:
        self.stages: list[str] = []
        self._stage = stage

    def progress(self, done: float, total: float, stage: str) -> None:
        self.stages.append(stage)

    def should_stop(self) -> bool:
        return any(self._stage in stage for stage in self.stages)


def test_a_folder_is_bootstrapped_image_by_image(data: Path) -> None:
    job = prepare(data)
    with pytest.raises(Cancelled):
        run_job(job, StopIn("(2 of 3)"))
    done = {file: file.stat().st_mtime_ns for file in (job.checkpoints / "masks").iterdir()}
    assert len([file for file in done if file.name.endswith("_provenance.json")]) == 1
    going_on = StopIn("never")
    run_job(prepare(data, resume=True), going_on)
    assert going_on.stages[0].startswith("masks: sem32 (2 of 3)")
    assert {file: file.stat().st_mtime_ns for file in done} == done
    assert len(list(job.result.glob("*_provenance.json"))) == len(SEEDS)
    assert job.status().message == "There are masks of 3 images. The result is in result/."
    told = [float(str(event["done"])) for event in job.events() if event["event"] == "progress"]
    assert told[-1] == pytest.approx(1.0)


def test_masks_are_evaluated_as_a_job(data: Path, tmp_path: Path) -> None:
    settings = {"predictions": data / "truth", "truth": data / "truth", "pixel_size_um": 0.13}
    folder = JobFolder.prepare(tmp_path / "scores", JobSpec.of("evaluate-masks", settings))
    run_job(folder)
    assert folder.status().message.startswith("Mean Dice: axon 1.000, myelin 1.000.")
    report = (folder.result / "report.txt").read_text(encoding="utf-8")
    assert "mean over images" in report
    assert "merged  split" in report
    assert "axon diameter (um)" in report
    lines = (folder.result / "report.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 2 * len(SEEDS) + 2
