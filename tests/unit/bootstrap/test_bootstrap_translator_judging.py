"""Translators are judged on crops of held-out images, and shown."""

import pickle

import numpy as np
import pytest

from labelbridge.bootstrap.survey import look_at_labeled, survey
from labelbridge.bootstrap.translatorimages import ScaledImage, Split, TranslatorImages
from labelbridge.bootstrap.translatorjudging import HeldOutJudge
from labelbridge.core import Cancelled, FloatArray, Image, LabeledImage, LabelMap, Reporter
from labelbridge.translate.intensity import centred
from make_phantoms import make_sem, make_tem

FIBRE_PX = 40.0


@pytest.fixture(scope="module")
def judge() -> HeldOutJudge:
    samples, news = [], []
    for seed in (31, 32):
        pixels, labels = make_tem(seed, (384, 384))
        image = Image(pixels.astype(np.float32), f"tem-{seed}")
        samples.append(LabeledImage(image, LabelMap(np.where(labels > 2, 0, labels))))
        news.append(Image(make_sem(seed + 10, (300, 260))[0].astype(np.float32), f"sem-{seed}"))
    found = survey(look_at_labeled(samples, FIBRE_PX), news)
    labeled = []
    for sample in samples:
        scaled = sample.resampled(FIBRE_PX / found.labeled.size_px)
        labeled.append(ScaledImage(centred(scaled.image.data), None, scaled.image.name, None, scaled.labels))
    resampled = [image.resampled(FIBRE_PX / found.fibre_px(image)) for image in news]
    unlabeled = [ScaledImage(centred(image.data), None, image.name) for image in resampled]
    images = TranslatorImages(labeled, unlabeled, found, FIBRE_PX, {}, {})
    return HeldOutJudge(images, Split([], [], labeled, unlabeled))


class Unchanged:
    """A translator that changes nothing: the polarity is wrong."""

    def to_labeled(self, image: Image, reporter: Reporter) -> Image:
        reporter.checkpoint()
        reporter.progress(1, 1, "never told")
        return image

    to_unlabeled = to_labeled


class Inverted:
    """A translator that exchanges bright and dark: the polarity is right."""

    def to_labeled(self, image: Image, reporter: Reporter) -> Image:
        return image.with_data(1 - image.data)

    to_unlabeled = to_labeled


class Watching(Reporter):
    def __init__(self, stops: bool = False) -> None:
        self.previews: dict[str, FloatArray] = {}
        self.stages: list[str] = []
        self._stops = stops

    def preview(self, name: str, image: FloatArray) -> None:
        self.previews[name] = image

    def progress(self, done: float, total: float, stage: str) -> None:
        self.stages.append(stage)

    def should_stop(self) -> bool:
        return self._stops


def test_the_right_polarity_beats_the_wrong_one(judge: HeldOutJudge) -> None:
    right, metrics = judge(Inverted(), Reporter())
    wrong, others = judge(Unchanged(), Reporter())
    assert wrong < 0 < right
    assert metrics["polarity_agreement_to_unlabeled"] > 0.8 > others["polarity_agreement_to_unlabeled"]
    assert all(np.isfinite(value) for value in (*metrics.values(), *others.values()))


def test_the_intensity_translator_and_real_images_are_the_yardsticks(judge: HeldOutJudge) -> None:
    intensity, real = judge.intensity(), judge.reference()
    assert intensity["edge_displacement_to_unlabeled_median_px"] < 0.2
    assert intensity["labeled_fibres_lost_to_unlabeled"] < 0.05
    assert set(real) == {"patch_distance_labeled", "patch_distance_unlabeled"}


def test_previews_show_source_intensity_translation_and_back(judge: HeldOutJudge) -> None:
    watching = Watching()
    judge(Inverted(), watching)
    assert set(watching.previews) == {"to_labeled", "to_unlabeled"}
    assert watching.stages == []
    for picture in watching.previews.values():
        source, intensity, made, back = np.hsplit(picture, 4)
        assert picture.dtype == np.float32
        np.testing.assert_allclose(back, source, atol=1e-5)
        inner = source < 0.999
        np.testing.assert_allclose(made[inner], 1 - source[inner], atol=1e-5)
        assert np.corrcoef(intensity[inner], source[inner])[0, 1] < -0.5


def test_a_wish_to_stop_is_heard(judge: HeldOutJudge) -> None:
    watching = Watching(stops=True)
    with pytest.raises(Cancelled):
        judge(Unchanged(), watching)
    assert watching.previews == {}


def test_a_judge_can_be_sent_to_another_process(judge: HeldOutJudge) -> None:
    sent = pickle.loads(pickle.dumps(judge))
    assert sent(Inverted(), Reporter()) == judge(Inverted(), Reporter())
