"""What a model labels of new images, to learn from itself."""

import numpy as np
import pytest

from labelbridge.bootstrap.absent import AbsentClasses
from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.retraining.lessons import LEARNT, Lesson
from labelbridge.bootstrap.selftraining.lessons import draw_lessons
from labelbridge.core import Cancelled, Image, LabelArray, Reporter, resample_labels
from make_phantoms import make_sem

TUTORED = sample_data_folder() / "models" / "tutored"
FACTOR = 1.0
"""The model is for fibres of 40 px; the phantom's have about 50, and the small ones are to be found."""


class Stopping(Reporter):
    """Asks to stop at once."""

    def should_stop(self) -> bool:
        return True


def draw(images: list[Image], absent: AbsentClasses | None = None, reporter: Reporter | None = None) -> list[Lesson]:
    lacking, told = absent or AbsentClasses(), reporter or Reporter()
    return draw_lessons(TUTORED, images, lambda _: FACTOR, lacking, "cpu", told)


@pytest.fixture(scope="module")
def phantom() -> tuple[Image, LabelArray]:
    pixels, labels = make_sem(8_801, (320, 320))
    return Image(pixels.astype(np.float32), "sem"), np.where(labels > 2, 0, labels).astype(np.uint8)


def test_what_is_learnt_from_is_truer_than_all_masks(phantom: tuple[Image, LabelArray]) -> None:
    image, truth = phantom
    (lesson,) = draw([image])
    assert lesson.sample.image.shape == (320, 320), "at the size that is asked for"
    right = lesson.sample.labels.data == resample_labels(truth, lesson.parts.shape)
    learnt = lesson.pixels(LEARNT)
    assert 0.1 < learnt.mean() < 0.95
    assert right[learnt].mean() > right.mean() + 0.03
    fibres = learnt & (lesson.sample.labels.data > 0)
    assert fibres.any()
    assert right[fibres].mean() > 0.92


def test_images_without_a_class_teach_nothing(phantom: tuple[Image, LabelArray]) -> None:
    assert draw([phantom[0]], AbsentClasses(by_image={"sem": ("myelin",)})) == []


def test_it_can_be_stopped(phantom: tuple[Image, LabelArray]) -> None:
    with pytest.raises(Cancelled):
        draw([phantom[0]], reporter=Stopping())


def test_large_images_are_seen_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    from labelbridge.bootstrap.selftraining import lessons as module

    shapes: list[tuple[int, int]] = []

    def seen(_: object, part: Image, *__: object) -> np.ndarray:
        shapes.append(part.shape)
        return np.full((3, *part.shape), 1 / 3, np.float32)

    monkeypatch.setattr(module, "_seen", seen)
    rows = np.linspace(0, 1, 5_000, dtype=np.float32)
    assert draw([Image(np.repeat(rows[:, None], 2_000, axis=1), "large")]) == []
    assert len(shapes) == 3 * 4 * 2, "three sizes of each of four by two parts"
    assert {side for shape in shapes for side in shape} == {1_536}
