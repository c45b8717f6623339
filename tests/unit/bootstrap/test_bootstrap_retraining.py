"""A retraining from beginning to end; nnU-Net's own training is stood in for."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from correctedscenes import project, review

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.retraining import training as retraining_module
from labelbridge.bootstrap.retraining.earlierset import earlier_samples
from labelbridge.bootstrap.retraining.lessons import HELD_OUT, LEARNT, load_lessons
from labelbridge.bootstrap.retraining.task import RetrainTask, retrain_task
from labelbridge.bootstrap.tutoring import STYLED_SET
from labelbridge.core import Cancelled, InputError, LabeledImage, ModelCard, Reporter
from labelbridge.io.project import Project
from labelbridge.segment import read_card
from labelbridge.segment.nnunet import train as train_module

TUTORED = sample_data_folder() / "models" / "tutored"
SCORES = {"old": {"axon": 0.8, "myelin": 0.7}, "new": {"axon": 0.9, "myelin": 0.8}}


class Told(Reporter):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


class Training:
    """Stands in for nnU-Net: keeps what it was given, and copies the initial model."""

    def __init__(self) -> None:
        self.samples: Sequence[LabeledImage] = ()
        self.given: dict[str, Any] = {}

    def __call__(self, samples: Sequence[LabeledImage], settings: object, **given: Any) -> None:
        self.samples, self.given = samples, {"settings": settings, **given}
        shutil.copytree(given["initial"], given["out"])
        (given["out"] / "config.json").write_text(given["card"].model_dump_json(), encoding="utf-8")


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Training:
    stand_in = Training()
    monkeypatch.setattr(train_module, "train_segmenter", stand_in)
    return stand_in


@pytest.fixture
def scores(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, float]]:
    """The Dice that old and new model get."""
    found = {name: dict(dice) for name, dice in SCORES.items()}

    def measured(model: Path, *_: object) -> dict[str, float]:
        return found["old" if model == TUTORED else "new"]

    monkeypatch.setattr(retraining_module, "_measured", measured)
    return found


@pytest.fixture
def made(tmp_path: Path) -> Project:
    """A project with one image that is done and one with some fibres reviewed."""
    project_ = project(tmp_path)
    project_.update_image("fibres1", state="done")
    review(project_, "fibres2", tmp_path / "journals", 9)
    return project_


def retrain(made: Project, folder: Path, reporter: Reporter | None = None, **settings: object) -> str:
    given = {"model": TUTORED, "project": made.folder, "journals": made.folder.parent / "journals", "preset": "tiny"}
    task = RetrainTask.model_validate(given | settings)
    (folder / "work").mkdir(parents=True, exist_ok=True)
    return retrain_task(task.model_dump(mode="json"), folder / "work", folder / "result", reporter or Told())


@pytest.mark.usefixtures("scores")
def test_only_verified_pixels_outside_of_the_held_out_parts_are_learnt_from(
    made: Project, tmp_path: Path, training: Training
) -> None:
    retrain(made, tmp_path / "job")
    lessons = load_lessons(tmp_path / "job/work/lessons.npz")
    assert len(training.samples) == len(lessons) == 2
    for sample, lesson in zip(training.samples, lessons, strict=True):
        ignored = sample.labels.mask("ignore")
        assert np.array_equal(~ignored, lesson.pixels(LEARNT))
        assert np.array_equal(sample.labels.data[~ignored], lesson.sample.labels.data[~ignored])
        assert lesson.pixels(HELD_OUT).any()
    shares = [lesson.pixels(LEARNT).mean() for lesson in lessons]
    assert shares[0] > 0.6 > 0.3 > shares[1] > 0.05
    assert training.given["initial"] == TUTORED
    assert training.given["keeps_plan"]
    assert training.given["settings"].learning_rate < 0.01


@pytest.mark.usefixtures("training")
def test_the_new_model_is_better_and_says_so(
    made: Project, tmp_path: Path, scores: dict[str, dict[str, float]]
) -> None:
    told = Told()
    sentence = retrain(made, tmp_path / "job", told)
    assert "the new model is better: axon Dice 0.900 instead of 0.800" in sentence
    assert sentence in told.said
    card, old = read_card(tmp_path / "job/result"), read_card(TUTORED)
    assert card.metrics["held_out_dice_axon"] == scores["new"]["axon"]
    assert card.metrics["held_out_dice_axon_before"] == scores["old"]["axon"]
    assert sentence in card.description
    assert (card.name, card.kind, card.classes) == ("tutored-cpu-retrained", "tutored-segmenter", old.classes)
    assert (card.structure_size_px, card.style) == (old.structure_size_px, old.style)
    assert not list((tmp_path / "job").glob(".*"))


@pytest.mark.usefixtures("training")
def test_a_worse_model_is_finished_and_advised_against(
    made: Project, tmp_path: Path, scores: dict[str, dict[str, float]]
) -> None:
    scores["new"] = {"axon": 0.7, "myelin": 0.7}
    sentence = retrain(made, tmp_path / "job")
    assert sentence.endswith("Keep the old model, and verify more fibres.")
    assert read_card(tmp_path / "job/result").description.endswith(sentence)


@pytest.mark.usefixtures("scores")
def test_a_second_retraining_holds_the_same_out(made: Project, tmp_path: Path, training: Training) -> None:
    """More was corrected meanwhile, and it begins with the model of the first."""
    retrain(made, tmp_path / "first")
    earlier = load_lessons(tmp_path / "first/work/lessons.npz")
    review(made, "fibres2", tmp_path / "journals", 20)
    retrain(made, tmp_path / "second")
    later = load_lessons(tmp_path / "second/work/lessons.npz")
    for before, after in zip(earlier, later, strict=True):
        assert before.sample.image.name == after.sample.image.name
        assert not np.any(before.pixels(HELD_OUT) & after.pixels(LEARNT))
        assert np.all(after.pixels(HELD_OUT)[before.pixels(HELD_OUT)])
    assert later[1].pixels(LEARNT).sum() > earlier[1].pixels(LEARNT).sum()


@pytest.mark.usefixtures("scores")
def test_a_resumed_run_goes_on_with_what_it_has_read(
    made: Project, tmp_path: Path, training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise Cancelled("stopped")

    with monkeypatch.context() as patch:
        patch.setattr(train_module, "train_segmenter", stopped)
        with pytest.raises(Cancelled):
            retrain(made, tmp_path / "job")
    first = (tmp_path / "job/work/lessons.npz").read_bytes()
    shutil.rmtree(made.folder)
    retrain(made, tmp_path / "job")
    assert (tmp_path / "job/work/lessons.npz").read_bytes() == first
    assert len(training.samples) == 2
    assert (tmp_path / "job/result/config.json").is_file()


def test_too_little_is_told_before_anything_is_computed(tmp_path: Path) -> None:
    made = project(tmp_path)
    review(made, "fibres1", tmp_path / "journals", 1)
    with pytest.raises(InputError, match=r"2 fibres in 1 image are verified.*expected at least 4 and 1"):
        retrain(made, tmp_path / "job")
    assert not any((tmp_path / "job/work").iterdir())


def test_a_model_of_others_is_refused(tmp_path: Path, made: Project) -> None:
    foreign = tmp_path / "foreign"
    shutil.copytree(TUTORED, foreign)
    card = read_card(foreign).model_copy(update={"intensities": "file"})
    (foreign / "config.json").write_text(card.model_dump_json(), encoding="utf-8")
    task = RetrainTask(model=foreign, project=made.folder)
    with pytest.raises(InputError, match="of others, expected one that LabelBridge has trained"):
        retrain_task(task.model_dump(mode="json"), tmp_path, tmp_path / "result", Reporter())


def test_a_model_is_measured_where_it_has_not_learnt(made: Project, tmp_path: Path, training: Training) -> None:
    told = Told()
    sentence = retrain(made, tmp_path / "job", told)
    assert "the new model is as good as the old one" in sentence, "it is a copy"
    before, after = (json.loads((tmp_path / "job/work" / f"{name}.json").read_bytes()) for name in ("before", "after"))
    assert before == after
    assert 0 < before["axon"] < 1
    lessons = load_lessons(tmp_path / "job/work/lessons.npz")
    fibres = int(sentence.split()[1])
    assert 2 <= fibres <= 14
    assert any(lesson.pixels(HELD_OUT).any() for lesson in lessons)


@pytest.mark.usefixtures("training")
def test_a_model_of_l_is_measured_as_adaptation_shows_it_images(made: Project, tmp_path: Path) -> None:
    """Its copy, the new model, sees them as they are: reversed, as it has never learnt them."""
    sentence = retrain(made, tmp_path / "job", model=sample_data_folder() / "models" / "segmenter")
    assert "the new model is worse" in sentence
    before, after = (json.loads((tmp_path / "job/work" / f"{name}.json").read_bytes()) for name in ("before", "after"))
    assert before["axon"] > after["axon"] + 0.2
    assert read_card(tmp_path / "job/result").kind == "tutored-segmenter"


@pytest.mark.usefixtures("scores")
def test_what_was_learnt_before_is_learnt_again(made: Project, tmp_path: Path, training: Training) -> None:
    retrain(made, tmp_path / "job", labeled=sample_data_folder() / "tem_labeled")
    names = [sample.image.name for sample in training.samples]
    corrected = [name for name in names if name.startswith("fibres")]
    assert set(corrected) == {"fibres1", "fibres2"}
    assert 16 == len(names) - len(corrected) <= len(corrected)
    styled = [sample for sample in training.samples if not sample.image.name.startswith("fibres")]
    assert not any(sample.labels.mask("ignore").any() for sample in styled)


def test_the_styled_set_of_a_job_is_found_beside_its_model(tmp_path: Path, made: Project, training: Training) -> None:
    from labelbridge.bootstrap.tutoring import _save

    job = tmp_path / "tutorship"
    shutil.copytree(TUTORED, job / "result" / "model")
    samples = earlier_samples(
        TUTORED, read_card(TUTORED), sample_data_folder() / "tem_labeled", _images(made), 5, 0, Reporter()
    )
    _save(samples, job / "checkpoints" / "model" / STYLED_SET)
    found = earlier_samples(job / "result/model", read_card(TUTORED), None, (), 3, 0, Reporter())
    assert len(found) == 3
    assert np.array_equal(found[0].labels.data, samples[0].labels.data)
    assert earlier_samples(TUTORED, read_card(TUTORED), None, (), 3, 0, Reporter()) == []


def test_a_model_of_l_learns_its_own_set_again(tmp_path: Path) -> None:
    model = sample_data_folder() / "models" / "segmenter"
    card: ModelCard = read_card(model)
    found = earlier_samples(model, card, sample_data_folder() / "tem_labeled", (), 4, 0, Reporter())
    assert len(found) == 4
    assert found[0].image.shape[0] < 200, "brought to the network's size"


def _images(made: Project) -> list[Any]:
    from labelbridge.io.project import read_project_image

    return [read_project_image(made, row.name) for row in made.rows()]
