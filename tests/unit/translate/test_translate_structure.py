import pytest

from labelbridge.core import Image, InputError, LabeledImage
from labelbridge.translate.structure import estimate_scale, measure_labeled, response_size_px, structure_size_px


@pytest.mark.parametrize("factor", [0.3, 0.6, 1.5])
def test_the_scale_of_the_same_images_resampled(tem: list[LabeledImage], factor: float) -> None:
    size, ratio = measure_labeled(tem)
    found = estimate_scale(size, ratio, [sample.image.resampled(factor) for sample in tem])
    assert found.scale == pytest.approx(factor, rel=0.15)


def test_the_fibre_size_of_images_of_the_other_modality(tem: list[LabeledImage], sem: list[LabeledImage]) -> None:
    size, ratio = measure_labeled(tem)
    found = estimate_scale(size, ratio, [sample.image for sample in sem])
    for sample in sem:
        true_px = structure_size_px(sample.labels)
        assert true_px is not None
        assert 1 / 1.5 < found.per_image_px[sample.image.name] / true_px < 1.5


def test_inverting_an_image_does_not_change_its_size(tem: list[LabeledImage]) -> None:
    image = tem[0].image
    assert response_size_px(255 - image.data) == pytest.approx(response_size_px(image.data), rel=1e-3)


def test_a_given_scale_wins_and_keeps_the_relations(tem: list[LabeledImage]) -> None:
    size, ratio = measure_labeled(tem)
    small = Image(tem[0].image.resampled(0.5).data, "small")
    images = [tem[0].image, small]
    estimated = estimate_scale(size, ratio, images).per_image_px
    given = estimate_scale(size, ratio, images, given=0.25)
    assert given.given
    assert given.unlabeled_size_px == pytest.approx(0.25 * size)
    relation = estimated["small"] / estimated[tem[0].image.name]
    assert given.per_image_px["small"] / given.per_image_px[tem[0].image.name] == pytest.approx(relation)
    assert "0.250 (given)" in given.sentence()


@pytest.mark.parametrize("scale", [0.0, -1.0, 1e6])
def test_a_scale_out_of_range(tem: list[LabeledImage], scale: float) -> None:
    with pytest.raises(InputError, match="--scale"):
        estimate_scale(*measure_labeled(tem), [tem[0].image], given=scale)
