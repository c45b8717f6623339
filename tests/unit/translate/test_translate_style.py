import numpy as np
import pytest

from labelbridge.core import AXON, MYELIN, Image, LabeledImage, LabelMap, Polarity, Reporter
from labelbridge.translate.style import Stylist
from labelbridge.translate.style.recolour import grow_myelin


def draw(samples: list[LabeledImage], polarity: Polarity = "dark-axon", seed: int = 0) -> list[LabeledImage]:
    return Stylist(polarity).draw_set(samples, 0.3, 24, seed, Reporter())


def test_the_same_seed_gives_the_same_set(tem: list[LabeledImage]) -> None:
    one, same, other = draw(tem), draw(tem), draw(tem, seed=1)
    for a, b in zip(one, same, strict=True):
        assert np.array_equal(a.image.data, b.image.data)
        assert np.array_equal(a.labels.data, b.labels.data)
    assert any(a.image.shape != b.image.shape for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("polarity", ["dark-axon", "bright-axon"])
def test_styled_images_have_the_polarity_asked_for(tem: list[LabeledImage], polarity: Polarity) -> None:
    sign = 1 if polarity == "bright-axon" else -1
    right = []
    for sample in draw(tem, polarity):
        axon, myelin = (sample.image.data[sample.labels.mask(name)].mean() for name in (AXON, MYELIN))
        right.append(sign * (axon - myelin) > 0)
        assert 0 <= sample.image.data.min() <= sample.image.data.max() <= 1
    assert np.mean(right) > 0.95


def test_styles_differ_in_background_size_and_contrast(tem: list[LabeledImage]) -> None:
    styled = draw(tem)
    background = [sample.image.data[sample.labels.data == 0].mean() for sample in styled]
    contrast = [sample.image.data.std() for sample in styled]
    sides = [sample.image.shape[0] for sample in styled]
    assert np.std(background) > 0.08
    assert np.std(contrast) > 0.03
    assert max(sides) > 1.8 * min(sides)
    assert {sample.subject for sample in styled} == {sample.subject for sample in tem}


@pytest.mark.parametrize("thickness", [-1.0, 2.0, 50.0])
def test_growing_myelin_leaves_background_and_every_axon(tem: list[LabeledImage], thickness: float) -> None:
    from scipy import ndimage

    labels = tem[0].labels
    grown = grow_myelin(labels, thickness)
    assert np.array_equal(labels.data == 0, grown.data == 0)
    components, count = ndimage.label(labels.mask(AXON))
    left = ndimage.maximum(grown.mask(AXON), components, range(1, count + 1))
    assert np.asarray(left).all()
    more = grown.mask(MYELIN).sum() - labels.mask(MYELIN).sum()
    assert np.sign(more) == np.sign(thickness)


def test_the_translator_meets_every_sample_now_and_then(tem: list[LabeledImage]) -> None:
    class Counting:
        def __init__(self) -> None:
            self.names: list[str] = []

        def to_labeled(self, image: Image, reporter: Reporter) -> Image:
            raise AssertionError("the stylist translates L to U alone")

        def to_unlabeled(self, image: Image, reporter: Reporter) -> Image:
            self.names.append(image.name)
            return image

    counting = Counting()
    Stylist("dark-axon", translator=counting).draw_set(tem[:2], 0.15, 80, 0, Reporter())
    assert set(counting.names) == {sample.image.name for sample in tem[:2]}
    assert 3 <= len(counting.names) <= 20


def test_samples_that_look_like_u_keep_their_colours(tem: list[LabeledImage]) -> None:
    def kept(sample: LabeledImage) -> bool:
        axon, myelin = (sample.image.data[sample.labels.mask(name)].mean() for name in (AXON, MYELIN))
        return bool(axon > myelin)

    styled = Stylist("dark-axon").draw_set(tem, 0.3, 12, 0, Reporter(), keep_colours=True)
    assert all(kept(sample) for sample in styled)  # as TEM has them, whatever the polarity asked for
    assert len({sample.image.shape for sample in styled}) > 6
    assert np.std([sample.image.data.std() for sample in styled]) > 0.01


@pytest.mark.parametrize("value", [0, 1, 2])
def test_a_sample_that_has_one_class_only_can_be_styled(value: int) -> None:
    data = np.random.default_rng(0).random((60, 70), np.float32)
    lone = LabeledImage(Image(data, "lone"), LabelMap(np.full((60, 70), value, np.uint8)))
    for sample in draw([lone]):
        assert sample.image.shape == sample.labels.shape
        assert (sample.labels.data == value).all()
        assert np.isfinite(sample.image.data).all()
