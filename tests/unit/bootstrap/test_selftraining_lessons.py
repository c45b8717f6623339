"""What a model labels of new images, to learn from itself."""

import numpy as np
import pytest

from labelbridge.bootstrap.absent import AbsentClasses
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.retraining.lessons import LEARNT, Lesson
from labelbridge.bootstrap.segmenting import predict_at_size
from labelbridge.bootstrap.selftraining import lessons as lessons_module
from labelbridge.bootstrap.selftraining.lessons import draw_lessons
from labelbridge.core import Cancelled, Image, LabelMap, Prediction, Reporter, Segmenter
from labelbridge.segment.nnunet.predict import NnUnetSegmenter
from make_phantoms import make_sem

TUTORED = sample_data_folder() / "models" / "tutored"
FACTOR = 0.8
"""The model is for fibres of 40 px; the phantom's have about 50."""


class Stopping(Reporter):
    """Asks to stop at once."""

    def should_stop(self) -> bool:
        return True


def draw(
    images: list[Image],
    absent: AbsentClasses | None = None,
    factor: float = FACTOR,
    turn: int = 1,
    reporter: Reporter | None = None,
) -> list[Lesson]:
    lacking, told = absent or AbsentClasses(), reporter or Reporter()
    return draw_lessons(TUTORED, images, lambda _: factor, lacking, "cpu", turn, told)


@pytest.fixture(scope="module")
def phantom() -> Image:
    return Image(make_sem(8_801, (320, 320))[0].astype(np.float32), "sem")


def test_lessons_are_the_masks_that_a_bootstrap_makes(phantom: Image) -> None:
    (lesson,) = draw([phantom])
    segmenter = NnUnetSegmenter.load(TUTORED, device="cpu")
    made = predict_at_size(segmenter, phantom, FACTOR, Reporter(), closer=segmenter.unmirrored()).labels
    assert lesson.sample.image.shape == (256, 256), "at the size that is asked for"
    assert (lesson.parts == LEARNT).all()
    for name in ("axon", "myelin"):
        expected, got = made.mask(name).mean(), lesson.sample.labels.mask(name).mean()
        assert got == pytest.approx(expected, rel=0.05)
        assert got > 0.05


def test_images_without_a_class_teach_nothing(phantom: Image) -> None:
    assert draw([phantom], AbsentClasses(by_image={"sem": ("myelin",)})) == []
    assert len(draw([phantom], AbsentClasses(by_image={"another": ("myelin",)}))) == 1


def test_it_can_be_stopped(phantom: Image) -> None:
    with pytest.raises(Cancelled):
        draw([phantom], reporter=Stopping())


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[int, int]]]:
    """Names and shapes of what the model sees; all of it is the half axon, the half myelin."""
    parts: list[tuple[str, tuple[int, int]]] = []

    def predict(segmenter: Segmenter, image: Image, *_: object, **__: object) -> Prediction:
        parts.append((image.name, image.shape))
        labels = np.ones(image.shape, np.uint8)
        labels[: image.shape[0] // 2] = 2
        return Prediction(LabelMap(labels, segmenter.classes), np.zeros(image.shape, np.float32))

    monkeypatch.setattr(lessons_module, "predict_at_size", predict)
    return parts


def test_large_images_are_seen_in_equal_parts(seen: list[tuple[str, tuple[int, int]]]) -> None:
    rows = np.linspace(0, 1, 3_200, dtype=np.float32)
    large = Image(np.repeat(rows[:, None], 1_000, axis=1), "large")
    assert len(draw([large], factor=1.0)) == 4
    assert [name for name, _ in seen] == ["large"] * 4
    assert sum(height for _, (height, _) in seen) == 3_200
    assert all(height <= 1_024 and width == 1_000 for _, (height, width) in seen)


def test_of_too_many_parts_a_round_takes_some_and_the_next_one_others(
    seen: list[tuple[str, tuple[int, int]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons_module, "MOST_PX2", 4 * 100 * 100)
    data = np.linspace(0, 1, 10_000, dtype=np.float32).reshape(100, 100)
    images = [Image(data, f"sem-{number}") for number in range(8)]
    for turn in (1, 2, 3):
        draw(images, factor=1.0, turn=turn)
    even, odd = ["sem-0", "sem-2", "sem-4", "sem-6"], ["sem-1", "sem-3", "sem-5", "sem-7"]
    assert [name for name, _ in seen] == even + odd + even
