"""The advisor with the sample models, on phantoms that nobody has seen."""

import time
from pathlib import Path

import numpy as np
import pytest

from labelbridge.bootstrap import Plan, TutorshipSettings
from labelbridge.bootstrap.advice.advising import advise
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.core import Cancelled, Image, LabeledImage, LabelMap, Reporter
from make_phantoms import make_sem, make_tem

MODELS = sample_data_folder() / "models"
CPU = TutorshipSettings(device="cpu")


def stock(**more: object) -> Plan:
    return Plan("adaptation", **{"segmenter": MODELS / "segmenter", "settings": CPU, **more})  # type: ignore[arg-type]


def tem(seed: int, side: int) -> tuple[Image, LabelMap]:
    pixels, labels = make_tem(seed, (side, side))
    return Image(pixels.astype(np.float32), f"tem{seed}"), LabelMap(np.where(labels > 2, 0, labels))


def test_where_the_polarity_is_the_other_one_direct_is_not_taken() -> None:
    image = Image(make_sem(918, (200, 200))[0].astype(np.float32), "sem")
    heard: list[tuple[float, float, str]] = []

    class Listener(Reporter):
        def progress(self, done: float, total: float, stage: str) -> None:
            heard.append((done, total, stage))

    advice = advise(stock(tutored=MODELS / "tutored"), [image], Listener())
    assert {one.path for one in advice.paths if one.signs} == {"direct", "adaptation", "tutorship"}
    assert advice.recommended is not None
    assert advice.recommended.path != "direct"
    assert advice.sentence.startswith(f"Take {advice.recommended.name}: ")
    assert heard[-1] == (heard[-1][1], heard[-1][1], "trying the paths")


def test_where_the_shift_is_small_the_model_of_l_is_taken_and_not_the_tutored_one() -> None:
    advice = advise(stock(tutored=MODELS / "tutored"), [tem(919, 320)[0]])
    assert advice.recommended is not None
    assert advice.recommended.path in ("direct", "adaptation")


def test_noise_has_no_fibres_and_no_path_is_taken() -> None:
    noise = np.random.default_rng(7).normal(100, 20, (160, 160)).astype(np.float32)
    advice = advise(stock(), [Image(noise, "noise")])
    assert advice.recommended is None
    assert advice.sentence.startswith("No path is good enough.")


@pytest.mark.full
def test_what_must_be_trained_is_trained_only_where_time_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path))
    image, labels = tem(920, 200)
    settings = TutorshipSettings(device="cpu", preset="tiny", styled_images=4)
    given = Plan("adaptation", [LabeledImage(image, labels)], settings=settings)
    unlabeled = [Image(make_sem(921, (120, 120))[0].astype(np.float32), "sem")]
    untried = advise(given, unlabeled)
    assert untried.needs_training
    assert [one.trust for one in untried.paths] == [None] * 3
    assert not list(tmp_path.rglob("config.json"))
    late = advise(given, unlabeled, minutes=0.0001)
    assert late.needs_training
    assert {one.sentence for one in late.paths} == {
        "Its model could not be trained in 0.0001 minutes; what was learnt is kept, and goes on next time."
    }
    trained = advise(given, unlabeled, minutes=10)
    assert not trained.needs_training
    assert all(one.signs for one in trained.paths)
    again = advise(given, unlabeled)
    assert [one.trust for one in again.paths] == [one.trust for one in trained.paths]


def test_it_stops_when_it_is_asked_to() -> None:
    class Stopping(Reporter):
        def __init__(self) -> None:
            self.asked_s: float | None = None

        def progress(self, done: float, total: float, stage: str) -> None:
            if stage == "trying the paths" and self.asked_s is None:
                self.asked_s = time.monotonic()

        def should_stop(self) -> bool:
            return self.asked_s is not None

    reporter = Stopping()
    with pytest.raises(Cancelled):
        advise(stock(), [Image(make_sem(922, (120, 120))[0].astype(np.float32), "sem")], reporter)
    assert reporter.asked_s is not None
