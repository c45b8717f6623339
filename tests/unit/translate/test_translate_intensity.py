from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from scipy import ndimage

from labelbridge.core import Image, LabeledImage, Polarity, Reporter, StyleStatistics
from labelbridge.translate.intensity import (
    IntensityTranslator,
    centred,
    decide_polarity,
    labeled_polarity,
    measure_style,
    stretch,
)
from labelbridge.translate.intensity.normalize import Stretch
from labelbridge.translate.structure import structure_size_px


def sizes(samples: list[LabeledImage]) -> list[float]:
    return [structure_size_px(sample.labels) or 0.0 for sample in samples]


def style(samples: list[LabeledImage]) -> StyleStatistics:
    data = [sample.image.data for sample in samples]
    return measure_style(data, labeled_polarity(samples), sizes(samples), 9.0)


@pytest.mark.parametrize("noise", [0.0, 25.0])
def test_polarity_without_labels_agrees_with_the_labels(
    tem: list[LabeledImage], sem: list[LabeledImage], noise: float
) -> None:
    rng = np.random.default_rng(0)
    assert labeled_polarity(tem) == "bright-axon"
    assert labeled_polarity(sem) == "dark-axon"
    opposite = {"bright-axon": "dark-axon", "dark-axon": "bright-axon"}
    for samples in (tem, sem):
        true = labeled_polarity(samples)
        for sample, size in zip(samples, sizes(samples), strict=True):
            data = (sample.image.data + rng.normal(0, noise, sample.image.shape)).astype(np.float32)
            found = decide_polarity([data], [size])
            assert found.polarity == true, sample.image.name
            assert 0 < found.certainty <= 1
            assert decide_polarity([-data], [size]).polarity == opposite[true], sample.image.name


@pytest.mark.parametrize(
    ("folder", "polarity", "fibre_px"),
    [("tem_labeled", "bright-axon", 124), ("tem_small_shift", "bright-axon", 124), ("sem_unlabeled", "dark-axon", 42)],
)
def test_polarity_of_each_sample_image(repository: Path, folder: str, polarity: Polarity, fibre_px: float) -> None:
    files = sorted((repository / "sample_data" / folder).glob("sub-*/micr/*.png"))
    assert files
    for file in files:
        with PillowImage.open(file) as picture:
            data = np.asarray(picture, np.float32)
        for size in (fibre_px / 1.4, fibre_px * 1.4):
            found = decide_polarity([data], [size])
            assert found.polarity == polarity, file.name
            assert 0 < found.certainty <= 1


def test_stretch_stands_outliers_and_flat_images() -> None:
    data = np.linspace(0, 1, 10_000, dtype=np.float32).reshape(100, 100)
    data[0, 0] = 1e6
    assert stretch(data).min() == 0
    assert stretch(data)[50, 50] == pytest.approx(0.5, abs=0.02)
    assert (stretch(np.full((20, 20), 7, np.float32)) == 0.5).all()


@pytest.mark.parametrize("power", [0.5, 1.0, 1.8])
def test_centring_takes_away_brightness_and_stands_flat_images(power: float) -> None:
    data = 40 + 100 * np.linspace(0, 1, 10_000, dtype=np.float32).reshape(100, 100) ** power
    found = centred(data)
    assert (found.min(), found.max()) == (0, 1)
    assert np.median(found) == pytest.approx(0.5, abs=0.01)
    assert (np.diff(found.ravel()) >= 0).all()
    assert (centred(np.full((20, 20), 7, np.float32)) == 0.5).all()


def test_centring_changes_tones_by_no_more_than_a_gamma_of_two_and_a_half() -> None:
    data = np.zeros((100, 100), np.float32)
    data[:30] = np.linspace(0, 1, 30, dtype=np.float32)[:, None]
    assert Stretch.centred_of(data).gamma == pytest.approx(0.4)
    assert Stretch.centred_of(1 - data).gamma == pytest.approx(2.5)
    assert np.isfinite(centred(data)).all()


def test_translation_turns_the_contrast_and_moves_no_edge(tem: list[LabeledImage], sem: list[LabeledImage]) -> None:
    translator = IntensityTranslator(style(tem), style(sem))
    for sample in sem:
        out = translator.to_labeled(sample.image, Reporter())
        assert out.shape == sample.image.shape
        assert 0 <= out.data.min() <= out.data.max() <= 1
        axon, myelin = (out.data[sample.labels.mask(name)].mean() for name in ("axon", "myelin"))
        assert axon > myelin + 0.1
        before, after = (ndimage.gaussian_gradient_magnitude(data, 1.0) for data in (sample.image.data, out.data))
        assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.8
    back = translator.to_unlabeled(tem[0].image, Reporter()).data
    assert back[tem[0].labels.mask("axon")].mean() < back[tem[0].labels.mask("myelin")].mean() - 0.1


def test_translated_intensities_have_the_quantiles_asked_for(tem: list[LabeledImage], sem: list[LabeledImage]) -> None:
    wanted = style(tem)
    out = IntensityTranslator(wanted, style(sem)).to_labeled(sem[0].image, Reporter()).data
    found = np.percentile(out, np.linspace(0, 100, len(wanted.quantiles)))
    assert np.abs(found - wanted.quantiles).max() < 0.05


def test_an_image_of_the_same_polarity_is_not_inverted(tem: list[LabeledImage]) -> None:
    look = style(tem)
    out = IntensityTranslator(look, look).to_labeled(tem[0].image, Reporter()).data
    assert np.corrcoef(out.ravel(), tem[0].image.data.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("fibre_px", [0.1, 1e5])
def test_fibres_of_an_absurd_size_neither_hang_nor_break_it(tem: list[LabeledImage], fibre_px: float) -> None:
    translator = IntensityTranslator(style(tem), style(tem), fibre_px=fibre_px)
    for data in (tem[0].image.data, np.full((16, 300), 1e30, np.float32)):
        out = translator.to_labeled(Image(data, "image"), Reporter()).data
        assert out.shape == data.shape
        assert 0 <= out.min() <= out.max() <= 1
