"""What a trial says of a training, beside the training itself."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from trainingsets import write_sets

from labelbridge.bootstrap.tasks.tutorship import TutorshipTask, tutorship_task
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.bootstrap.translators.training import train_translator
from labelbridge.bootstrap.trial import translator as translator_trial
from labelbridge.bootstrap.trial import trying as trial
from labelbridge.bootstrap.trial import tutorship as tutorship_trial
from labelbridge.bootstrap.trial.forecast import StageTime, Trial
from labelbridge.bootstrap.trial.trying import try_training
from labelbridge.core import Cancelled, InputError, Reporter, size_in_words

HONEST = 3.0
GB = 10**9


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_BUDGET_S", 2.0)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sets")
    write_sets(root)
    return root


@pytest.fixture
def translator(sets: Path) -> Callable[..., TranslatorTask]:
    usual = {"labeled": sets / "tem", "unlabeled": sets / "sem", "preset": "tiny", "device": "cpu"}
    return lambda **settings: TranslatorTask.model_validate({**usual, **settings})


@pytest.fixture
def tutorship(sets: Path) -> Callable[..., TutorshipTask]:
    usual = {"labeled": sets / "tem", "unlabeled": sets / "sem", "preset": "tiny", "device": "cpu"}
    return lambda **settings: TutorshipTask.model_validate({**usual, **settings})


def test_a_translators_training_takes_about_as_long_as_its_trial_says(translator, tmp_path: Path) -> None:
    try_training(translator(), Reporter())  # what is loaded once does not count
    expected = try_training(translator(), Reporter())
    begun = time.monotonic()
    train_translator(translator(), tmp_path, tmp_path / "out", Reporter())
    taken_s = time.monotonic() - begun
    assert expected.seconds is not None
    assert taken_s / HONEST < expected.seconds < taken_s * HONEST, (expected, taken_s)
    assert [stage.name for stage in expected.stages] == [
        "reading the images",
        "preparing the images",
        "training the translator",
    ]
    assert expected.fits
    assert 0.2 * GB < expected.memory_bytes < 4 * GB


@pytest.mark.full
def test_a_tutorship_takes_about_as_long_as_its_trial_says(tutorship, tmp_path: Path) -> None:
    task = tutorship(translator_preset="tiny", styled_images=24)
    try_training(task, Reporter())
    expected = try_training(task, Reporter())
    (tmp_path / "result").mkdir()
    begun = time.monotonic()
    tutorship_task(task.model_dump(mode="json"), tmp_path / "work", tmp_path / "result", Reporter())
    taken_s = time.monotonic() - begun
    assert expected.seconds is not None
    assert taken_s / HONEST < expected.seconds < taken_s * HONEST, (expected, taken_s)
    assert [stage.name for stage in expected.stages][2:] == [
        "training the translator",
        "drawing the styled set",
        "training nnU-Net",
        "self-training",
        "making the masks",
    ]


def test_a_tutorship_without_a_translator_is_tried_and_leaves_nothing_behind(
    tutorship, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELBRIDGE_SCRATCH", str(tmp_path))
    expected = try_training(tutorship(styled_images=24), Reporter())
    names = [stage.name for stage in expected.stages]
    assert names[1:] == ["drawing the styled set", "training nnU-Net", "self-training", "making the masks"]
    assert all(stage.seconds > 0 for stage in expected.stages)
    assert not list(tmp_path.iterdir())


def test_minutes_shorten_what_is_expected(translator) -> None:
    whole = try_training(translator(preset="cpu"), Reporter())
    some = try_training(translator(preset="cpu", minutes=0.5), Reporter())
    assert whole.seconds is not None
    assert some.seconds is not None
    assert some.seconds < whole.seconds / 5


@pytest.mark.parametrize(
    ("preset", "free"),
    [("paper", GB), pytest.param("cpu", 9 * GB // 10, id="of which small crops are tried")],
)
def test_what_the_memory_does_not_hold_is_not_tried(
    translator, preset: str, free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (trial, translator_trial):
        monkeypatch.setattr(module, "free_bytes", lambda _: free)
    refused = try_training(translator(preset=preset), Reporter())
    assert (refused.fits, refused.seconds, refused.available_bytes) == (False, None, free)
    assert refused.memory_bytes > free
    assert refused.sentence.startswith(f"about {size_in_words(refused.memory_bytes)} of memory needed on this")
    assert f"{size_in_words(free)} free: too little" in refused.sentence


def test_nnunets_own_plan_is_not_tried_on_a_small_computer(tutorship, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (trial, tutorship_trial):
        monkeypatch.setattr(module, "free_bytes", lambda _: 4 * GB)
    refused = try_training(tutorship(preset="standard"), Reporter())
    assert (refused.fits, refused.stages) == (False, ())


def test_a_card_that_is_too_small_is_an_answer(translator, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(trial, "try_translator", fail)
    assert not try_training(translator(), Reporter()).fits


def test_steps_that_are_too_long_are_estimated_from_smaller_ones(translator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_BUDGET_S", 0.01)
    rough = try_training(translator(preset="cpu"), Reporter())
    assert rough.seconds is not None
    assert rough.seconds > 60


def test_what_is_wrong_with_the_images_is_told(translator, tutorship, sets, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        try_training(translator(unlabeled=tmp_path / "nowhere"), Reporter())
    with pytest.raises(InputError, match="no labelled image"):
        try_training(tutorship(labeled=sets / "sem"), Reporter())


def test_a_wish_to_stop_is_heard_between_steps(translator) -> None:
    class Stopping(Reporter):
        reached = False

        def progress(self, done: float, total: float, stage: str) -> None:
            self.reached |= stage == "trying some steps"

        def should_stop(self) -> bool:
            return self.reached

    with pytest.raises(Cancelled):
        try_training(translator(), Stopping())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (20, "about 20 seconds (15 to 30)"),
        (2100, "about 35 minutes (25 to 55)"),
        (4 * 3600, "about 4 hours (3 to 6)"),
        (4 * 86400, "about 4 days (3 to 6)"),
    ],
)
def test_times_are_told_as_finely_as_they_are_known(seconds: float, words: str) -> None:
    told = Trial.of("cpu", (StageTime("training", seconds),), 2_400_000_000, 8 * GB)
    assert told.sentence == f"{words} on this computer's CPU, 2.4 GB of memory"
    assert told.seconds == seconds


def test_memory_that_is_not_enough_is_told() -> None:
    told = Trial.of("cuda", (StageTime("training", 3600.0),), 14 * GB, 6 * GB, is_rough=True)
    assert not told.fits
    assert told.sentence == (
        "about 60 minutes (30 to 150) on this computer's graphics card, 14.0 GB of memory, but 6.0 GB free"
    )
