"""The window's side with the real child and the sample model."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from trainingsets import write_sets

from labelbridge.bootstrap import Bootstrap, Plan, TutorshipSettings
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.server import InferenceClient
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.core import Cancelled, Image, InputError, LabeledImage, LabelMap, Reporter
from make_phantoms import make_sem, make_tem

CPU = TutorshipSettings(device="cpu")


@pytest.fixture(scope="module")
def client() -> Iterator[InferenceClient]:
    with InferenceClient() as made:
        yield made


@pytest.fixture(scope="module")
def images() -> list[Image]:
    return [Image(make_sem(seed, (150, 160))[0].astype(np.float32), f"sem-{seed}") for seed in (81, 82)]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan("adaptation", segmenter=sample_data_folder() / "models" / "segmenter", settings=CPU)


@pytest.fixture(scope="module")
def labeled() -> list[LabeledImage]:
    pixels, labels = make_tem(83, (200, 200))
    return [LabeledImage(Image(pixels.astype(np.float32), "tem"), LabelMap(np.where(labels > 2, 0, labels)))]


def children() -> list[psutil.Process]:
    """The inference processes of this process."""
    return [child for child in psutil.Process().children() if "labelbridge.bootstrap.server" in child.cmdline()]


def test_masks_are_those_of_this_process(client: InferenceClient, plan: Plan, images: list[Image]) -> None:
    outcome = client.run(plan, images, images[0])
    (child,) = children()
    job = Bootstrap(plan, images)
    seen, prediction = job.predict_seen(images[0])
    assert outcome.translated is not None
    np.testing.assert_array_equal(outcome.translated, seen.data)
    np.testing.assert_array_equal(outcome.prediction.labels.data, prediction.labels.data)
    np.testing.assert_array_equal(outcome.prediction.uncertainty, prediction.uncertainty)
    assert outcome.prediction.labels.classes == prediction.labels.classes
    assert outcome.models == job.records()
    assert outcome.device == client.device == "cpu"
    window = slice(30, 120), slice(40, 160)
    part = client.preview(plan, images, images[0], window)
    assert part.prediction.labels.shape == part.translated.shape == (90, 120)
    assert (part.prediction.labels.data == prediction.labels.data[window]).mean() > 0.9
    assert children() == [child]


def test_findings_are_those_of_this_process(
    client: InferenceClient, labeled: list[LabeledImage], images: list[Image]
) -> None:
    tutorship = Plan("tutorship", labeled, settings=CPU)
    findings = client.survey(tutorship, images)
    job = Bootstrap(tutorship, images)
    assert findings.sentences == tuple(job.sentences())
    assert findings.survey is not None
    assert findings.survey == job.survey
    assert findings.needs_training
    for sample in (findings.labeled_sample, findings.unlabeled_sample):
        assert sample is not None
        assert sample.dtype == np.float32
        assert 0 <= sample.min() < sample.max() <= 1
        assert max(sample.shape) <= 260
    given = client.survey(Plan("tutorship", labeled, scale=0.5, settings=CPU), images)
    assert given.survey is not None
    assert given.survey.scale.given


def test_findings_without_a_look_of_l(client: InferenceClient, plan: Plan, images: list[Image]) -> None:
    findings = client.survey(plan, images)
    assert findings.survey is not None
    assert findings.labeled_sample is None
    assert not findings.needs_training


def test_a_training_is_looked_at_and_tried(client: InferenceClient, tmp_path: Path) -> None:
    write_sets(tmp_path)
    task = TranslatorTask(labeled=tmp_path / "tem", unlabeled=tmp_path / "sem", preset="tiny", device="cpu")
    found = client.look_at_sets(task)
    assert (found.problems, found.labeled.images, found.unlabeled.images) == ((), 3, 3)
    assert found.labeled.sample is not None
    trial = client.try_training(task)
    assert trial.fits
    assert trial.seconds is not None
    assert "on this computer's CPU" in trial.sentence
    missing = task.model_copy(update={"unlabeled": tmp_path / "nowhere"})
    assert "no such file or folder" in client.look_at_sets(missing).problems[0]
    with pytest.raises(InputError, match="no such file or folder"):
        client.try_training(missing)


class StopsTraining(Reporter):
    """Asks to stop once some steps of a training have been told."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.steps: list[int] = []

    def metrics(self, step: int, **values: float) -> None:
        self.steps.append(step)

    def should_stop(self) -> bool:
        return len(self.steps) >= self.after


@pytest.mark.full
def test_a_cancelled_tutorship_goes_on_where_it_stopped(
    client: InferenceClient, labeled: list[LabeledImage], images: list[Image]
) -> None:
    settings = TutorshipSettings(preset="tiny", styled_images=6, seed=84, device="cpu")
    tutorship = Plan("tutorship", labeled, settings=settings)
    stopped, whole = StopsTraining(1), StopsTraining(10**9)
    with pytest.raises(Cancelled):
        client.run(tutorship, images, images[0], stopped)
    assert client.survey(tutorship, images).needs_training
    outcome = client.run(tutorship, images, images[0], whole)
    assert outcome.prediction.labels.shape == images[0].shape
    assert not client.survey(tutorship, images).needs_training
    assert whole.steps[0] > stopped.steps[0]
    assert not client.run(tutorship, images, images[0], again := StopsTraining(10**9)).translated
    assert not again.steps


def test_the_window_loads_no_torch() -> None:
    code = "import labelbridge.bootstrap.server, sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "nnunetv2", "napari", "qtpy"} & set(json.loads(done.stdout))
