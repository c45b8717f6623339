"""What the trainings are given; the network's own training is stood in for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from labelbridge.bootstrap import TutorshipSettings
from labelbridge.bootstrap.absent import AbsentClasses
from labelbridge.bootstrap.selftraining.rounds import SelfTraining
from labelbridge.bootstrap.settings import SEEN_LARGER
from labelbridge.bootstrap.survey import Survey, look_at_labeled, survey
from labelbridge.bootstrap.training import train_segmenter_task
from labelbridge.bootstrap.tutoring import train_further, train_tutored
from labelbridge.core import Cancelled, Image, LabeledImage, LabelMap, Reporter
from labelbridge.io.modelfolder import CARD
from labelbridge.segment import read_card
from labelbridge.segment.nnunet import train as train_module
from labelbridge.translate.structure import structure_size_px
from make_phantoms import make_sem, make_tem

SETTINGS = TutorshipSettings(preset="tiny", styled_images=5, fibre_px=40)


@pytest.fixture(scope="module")
def labeled() -> list[LabeledImage]:
    samples = []
    for seed in (61, 62):
        pixels, labels = make_tem(seed, (200, 200))
        image = Image(pixels.astype(np.float32), f"tem-{seed}")
        samples.append(LabeledImage(image, LabelMap(np.where(labels > 2, 0, labels)), f"sub-{seed}"))
    return samples


@pytest.fixture(scope="module")
def found(labeled: list[LabeledImage]) -> Survey:
    return survey(look_at_labeled(labeled, 40), [Image(make_sem(63, (160, 160))[0].astype(np.float32), "sem")])


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the network's training was called with."""
    given: list[dict[str, Any]] = []

    def train(samples: Sequence[LabeledImage], settings: object, **more: object) -> None:
        given.append({"samples": samples, "settings": settings, **more})

    monkeypatch.setattr(train_module, "train_segmenter", train)
    return given


class Stages(Reporter):
    """Remembers the stages; asks to stop after `stop_at` steps."""

    def __init__(self, stop_at: int = 1000) -> None:
        self.seen: list[str] = []
        self._stop_at = stop_at

    def progress(self, done: float, total: float, stage: str) -> None:
        self.seen.append(stage)

    def should_stop(self) -> bool:
        return len(self.seen) >= self._stop_at


def test_a_tutorship_trains_on_styled_images_of_the_new_polarity(
    labeled: list[LabeledImage], found: Survey, calls: list[dict[str, Any]], tmp_path: Path
) -> None:
    train_tutored(labeled, found, SETTINGS, tmp_path / "work", tmp_path / "out")
    (call,) = calls
    card = call["card"]
    assert card.kind == "tutored-segmenter"
    assert card.structure_size_px == 40 * SEEN_LARGER
    assert card.labeled_structure_size_px == found.labeled.size_px
    assert card.style == found.labeled.style
    assert card.provenance["labeled_sha256"]
    assert len(call["samples"]) == 5
    assert {sample.subject for sample in call["samples"]} == {"sub-61", "sub-62"}
    darker = [
        sample.image.data[sample.labels.mask("axon")].mean() < sample.image.data[sample.labels.mask("myelin")].mean()
        for sample in call["samples"]
    ]
    assert all(darker)


def test_rounds_of_self_training_go_on_from_a_model_with_images_new_to_it(
    labeled: list[LabeledImage],
    found: Survey,
    calls: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    asked: list[tuple[SelfTraining, Path]] = []

    def run(rounds: SelfTraining, first: Path, work: Path, _: Reporter) -> Path:
        asked.append((rounds, first))
        (work / "last").mkdir()
        (work / "last" / "weights").write_bytes(b"better")
        (work / "last" / CARD).write_text(rounds.card.model_dump_json())
        return work / "last"

    monkeypatch.setattr(SelfTraining, "run", run)
    monkeypatch.setattr(SelfTraining, "temperature", lambda *_: 1.7)
    sem = Image(make_sem(63, (160, 160))[0].astype(np.float32), "sem")
    settings = SETTINGS.model_copy(update={"rounds": 2})
    absent, work, out = AbsentClasses(("myelin",)), tmp_path / "work", tmp_path / "out"
    given = tmp_path / "first"
    train_further(given, labeled, found, settings, work, out, unlabeled=[sem], absent=absent)
    ((rounds, first),) = asked
    assert not calls, "the first model is not trained again"
    assert first == given
    assert (rounds.images, rounds.absent) == ([sem], absent)
    assert rounds.card.structure_size_px == 40 * SEEN_LARGER
    assert rounds.factor_of(sem) == pytest.approx(40 * SEEN_LARGER / found.fibre_px(sem))
    assert len(rounds.styled) == 5
    train_tutored(labeled, found, SETTINGS, tmp_path / "other", tmp_path / "first")
    known = [sample.image.data for sample in calls[0]["samples"]]
    assert not any(np.array_equal(one.image.data, other) for one in rounds.styled for other in known)
    assert (tmp_path / "out" / "weights").read_bytes() == b"better"
    assert read_card(tmp_path / "out").temperature == 1.7


def test_a_tutorship_that_goes_on_takes_the_styled_set_that_lies_there(
    labeled: list[LabeledImage], found: Survey, calls: list[dict[str, Any]], tmp_path: Path
) -> None:
    first, again = Stages(), Stages()
    for reporter in (first, again):
        train_tutored(labeled, found, SETTINGS, tmp_path / "work", tmp_path / "out", reporter=reporter)
    assert "style" in first.seen
    assert "style" not in again.seen
    for one, other in zip(calls[0]["samples"], calls[1]["samples"], strict=True):
        assert np.array_equal(one.image.data, other.image.data)
        assert np.array_equal(one.labels.data, other.labels.data)
        assert one.subject == other.subject


def test_a_tutorship_stopped_while_styling_leaves_no_half_set(
    labeled: list[LabeledImage], found: Survey, calls: list[dict[str, Any]], tmp_path: Path
) -> None:
    with pytest.raises(Cancelled):
        train_tutored(labeled, found, SETTINGS, tmp_path / "work", tmp_path / "out", reporter=Stages(stop_at=2))
    assert not calls
    assert not list(tmp_path.rglob("*.npz"))


def test_the_task_trains_on_images_at_the_networks_size(calls: list[dict[str, Any]], tmp_path: Path) -> None:
    pixels, labels = make_tem(64, (300, 300))
    PillowImage.fromarray(pixels).save(tmp_path / "tem.png")
    for value, name in ((1, "axon"), (2, "myelin")):
        PillowImage.fromarray(((labels == value) * 255).astype(np.uint8)).save(tmp_path / f"tem_seg-{name}.png")
    settings = {"labeled": tmp_path, "preset": "tiny", "seed": 3, "folds": ["all"]}
    train_segmenter_task(settings, tmp_path / "checkpoints", tmp_path / "result", Reporter())
    (call,) = calls
    assert (call["work"], call["out"]) == (tmp_path / "checkpoints", tmp_path / "result")
    assert (call["settings"].seed, call["settings"].folds, call["resume"]) == (3, ("all",), True)
    assert structure_size_px(call["samples"][0].labels) == pytest.approx(60, rel=0.05)
    assert call["card"].structure_size_px == pytest.approx(60)
    own = structure_size_px(LabelMap(np.where(labels > 2, 0, labels)))
    assert call["card"].labeled_structure_size_px == pytest.approx(own)
    assert call["card"].style.polarity == "bright-axon"
