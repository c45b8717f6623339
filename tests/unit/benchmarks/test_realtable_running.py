"""Rows of the table are run one by one, and nothing that is stored is made again; trainings are stood in for."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from labelbridge.bootstrap import TutorshipSettings, plannedmodel
from labelbridge.core import (
    AXON_MYELIN,
    ClassMap,
    FloatArray,
    Image,
    InputError,
    LabeledImage,
    LabelMap,
    ModelCard,
    Plane,
    Reporter,
)
from labelbridge.io.modelfolder import CARD
from labelbridge.segment.nnunet.predict import NnUnetSegmenter
from make_phantoms import make_sem, make_tem
from realtable.material import Material
from realtable.rows import ROWS, Row
from realtable.running import carry_out
from realtable.store import Run, stored_runs
from realtable.timing import TrainingClock

TRAINING_S = 0.02


class EverythingAxon:
    """Finds axon everywhere."""

    classes: ClassMap = AXON_MYELIN
    structure_size_px: float | None = None

    def predict(self, plane: Plane, reporter: Reporter) -> Iterator[FloatArray]:
        rows = np.zeros((3, *plane.shape), np.float32)
        rows[1] = 1
        yield rows

    def unmirrored(self) -> "EverythingAxon":
        return self


@pytest.fixture(scope="module")
def material() -> Material:
    pixels, labels = make_tem(51, (200, 200))
    tem = Image(pixels.astype(np.float32), "tem")
    scenes = {f"sem-{seed}": make_sem(seed, (120, 120)) for seed in (52, 53)}
    return Material(
        [LabeledImage(tem, LabelMap(np.where(labels > 2, 0, labels)))],
        [Image(pixels.astype(np.float32), name) for name, (pixels, _) in scenes.items()],
        {"sem-53": LabelMap(scenes["sem-53"][1])},
        settings=TutorshipSettings(preset="tiny", device="cpu"),
    )


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What was trained, in this order."""
    kinds: list[str] = []

    def stand_in(kind: str) -> None:
        def train(*given: object, **_: object) -> None:
            kinds.append(kind)
            time.sleep(TRAINING_S)
            out = given[-1]
            assert isinstance(out, Path)
            out.mkdir(parents=True)
            (out / CARD).write_text(ModelCard(name=kind, classes=AXON_MYELIN.names).model_dump_json())

        monkeypatch.setattr(plannedmodel, f"train_{kind}", train)

    for kind in ("labeled_segmenter", "tutored", "further"):
        stand_in(kind)
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(NnUnetSegmenter, "load", lambda folder, **_: EverythingAxon())
    return kinds


def test_a_run_stores_the_masks_of_the_images_with_a_truth_and_its_seconds(
    material: Material, trained: list[str], tmp_path: Path
) -> None:
    run = Run(tmp_path, "tutorship-alone", 4)
    carry_out(run, material)
    assert trained == ["tutored"]
    assert run.labels().keys() == {"sem-53"}
    assert run.labels()["sem-53"].mask("axon").all()
    assert (run.folder / "sem-53_uncertainty.tif").exists()
    (seconds,) = run.training_s().values()
    assert seconds is not None
    assert seconds >= TRAINING_S
    assert run.seconds() == pytest.approx(seconds + run.predicting_s)


def test_what_is_stored_is_not_run_again(material: Material, trained: list[str], tmp_path: Path) -> None:
    run = Run(tmp_path, "tutorship-alone", 4)
    carry_out(run, material)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if file.is_file()}
    carry_out(run, material)
    assert trained == ["tutored"]
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if file.is_file()} == before


def test_masks_that_were_cut_short_are_made_from_the_model_that_is_there(
    material: Material, trained: list[str], tmp_path: Path
) -> None:
    run = Run(tmp_path, "tutorship-alone", 4)
    carry_out(run, material)
    seconds = run.training_s()
    run.record.unlink()
    (run.folder / "sem-53_provenance.json").unlink()
    assert not stored_runs(tmp_path)
    carry_out(run, material)
    assert trained == ["tutored"]
    assert run.training_s() == seconds


def test_self_training_goes_on_from_the_row_without_and_counts_its_training_alone(
    material: Material, trained: list[str], tmp_path: Path
) -> None:
    run, before = Run(tmp_path, "tutorship", 4), Run(tmp_path, "tutorship-alone", 4)
    carry_out(run, material)
    assert trained == ["tutored", "further"]
    assert before.is_finished
    assert run.trainings[:-1] == before.trainings
    own = run.training_s()[run.trainings[-1]]
    first = before.training_s()[before.trainings[0]]
    assert own is not None
    assert first is not None
    assert run.seconds() == pytest.approx(own + first + run.predicting_s)


def test_rows_that_need_one_model_train_it_once_and_both_count_its_training(
    material: Material, trained: list[str], tmp_path: Path
) -> None:
    direct, adaptation = Run(tmp_path, "direct", 4), Run(tmp_path, "adaptation", 4)
    for run in (direct, adaptation):
        carry_out(run, material)
    assert trained == ["labeled_segmenter"]
    assert direct.training_s() == adaptation.training_s()


def test_other_seeds_are_other_runs(material: Material, trained: list[str], tmp_path: Path) -> None:
    for seed in (5, 4):
        carry_out(Run(tmp_path, "tutorship-alone", seed), material)
    assert trained == ["tutored", "tutored"]
    assert [run.seed for run in stored_runs(tmp_path)] == [4, 5]


def test_a_model_that_was_not_timed_leaves_the_time_open(
    material: Material, trained: list[str], tmp_path: Path
) -> None:
    run = Run(tmp_path, "tutorship", 4)
    carry_out(run, material)
    (tmp_path / "trainings").rename(tmp_path / "away")
    assert run.seconds() is None


def test_a_row_whose_settings_have_changed_is_refused(
    material: Material, trained: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path, "tutorship", 4)
    carry_out(run, material)
    monkeypatch.setitem(ROWS, "tutorship", Row("tutorship", "tutorship", settings={"styled_images": 9}))
    with pytest.raises(InputError, match="begin anew in a new folder"):
        carry_out(run, material)


def test_a_training_that_goes_on_adds_to_its_seconds_and_sentences(tmp_path: Path) -> None:
    file = tmp_path / "trainings" / "tutored-1.json"
    file.parent.mkdir()
    file.write_text('{"seconds": 100.0, "said": ["earlier"]}')
    clock = TrainingClock()
    clock.begin(file)
    time.sleep(TRAINING_S)
    for sentence in ("earlier", "later"):
        clock.say(sentence)
    noted = json.loads(file.read_text())
    assert 100 + TRAINING_S <= noted["seconds"] < 101
    assert noted["said"] == ["earlier", "later"]


def test_all_runs_of_a_store_stand_in_the_order_of_the_rows(tmp_path: Path) -> None:
    for name, seed in (("tutorship-half", 1), ("tutorship-half", 0), ("tutorship", 0)):
        Run(tmp_path, name, seed).finish([], [], 1.0)
    for other in ("models", "tutorship-half-2", "notes-0"):
        (tmp_path / other).mkdir()
    assert [run.folder.name for run in stored_runs(tmp_path)] == ["tutorship-0", "tutorship-half-0", "tutorship-half-1"]
    assert stored_runs(tmp_path / "nowhere") == []
