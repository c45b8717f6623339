"""Translators are judged on crops of held-out images, and shown."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from labelbridge.bootstrap.survey import look_at_labeled, survey
from labelbridge.bootstrap.translators.images import ScaledImage, Split, TranslatorImages
from labelbridge.bootstrap.translators.judging import HeldOutJudge
from labelbridge.core import Cancelled, FloatArray, Image, LabeledImage, LabelMap, Reporter
from labelbridge.translate.intensity import centred
from make_phantoms import make_sem, make_tem

FIBRE_PX = 40.0
PATCHES = {"patch_distance_labeled", "patch_distance_unlabeled"}


@pytest.fixture(scope="module")
def judge(both: tuple[TranslatorImages, list[ScaledImage], list[ScaledImage]]) -> HeldOutJudge:
    images, labeled, unlabeled = both
    return HeldOutJudge(images, Split([], [], labeled, unlabeled))


@pytest.fixture(scope="module")
def both() -> tuple[TranslatorImages, list[ScaledImage], list[ScaledImage]]:
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
    return TranslatorImages(labeled, unlabeled, found, FIBRE_PX, {}, {}), labeled, unlabeled


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
    intensity, real = judge.intensity(), judge.real()
    assert intensity["edge_displacement_to_unlabeled_median_px"] < 0.2
    assert intensity["labeled_fibres_lost_to_unlabeled"] < 0.05
    assert {what: set(metrics) for what, metrics in real.items()} == {"real halves": PATCHES}


def test_real_images_of_other_subjects_tell_how_much_subjects_differ(
    both: tuple[TranslatorImages, list[ScaledImage], list[ScaledImage]],
) -> None:
    """Those of the training count; one with another contrast is further from the held-out ones."""
    images, labeled, unlabeled = both
    flat = [replace(image, data=0.5 + 0.3 * (image.data - 0.5)) for image in unlabeled[:1]]
    near, far, none = (
        HeldOutJudge(images, Split(labeled[:1], others, labeled[1:], unlabeled[1:])).real()
        for others in (
            unlabeled[:1],
            [replace(flat[0], data=ndimage.gaussian_filter(flat[0].data, 2.0))],
            unlabeled[1:],
        )
    )
    assert near["real other subjects"].keys() == PATCHES
    ours, blurred = (one["real other subjects"]["patch_distance_unlabeled"] for one in (near, far))
    assert 0 < ours < 0.7 * blurred
    assert none["real other subjects"].keys() == {"patch_distance_labeled"}


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
