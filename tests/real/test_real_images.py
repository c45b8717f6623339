"""What is decided about the real images without labels, and what must not show in their masks."""

from pathlib import Path

import numpy as np
import pytest

from labelbridge.bootstrap.survey import look_at_labeled, survey
from labelbridge.core import ArrayPlane, Reporter
from labelbridge.io import find_images, find_masks, read_image, read_label_map, read_labeled_set
from labelbridge.segment.nnunet.predict import NnUnetSegmenter
from labelbridge.translate.structure import structure_size_px

pytestmark = [pytest.mark.real, pytest.mark.full]


def test_polarity_and_scale_of_the_real_sem_images(real_data: Path) -> None:
    look = look_at_labeled(read_labeled_set(real_data / "tem_labeled"))
    images = [read_image(file) for file in find_images(real_data / "sem_unlabeled")]
    found = survey(look, images)
    assert look.style.polarity == "bright-axon"
    for image in images:
        alone = survey(look, [image])
        assert alone.polarity.polarity == "dark-axon", image.name
        assert alone.polarity.certainty > 0.5, image.name
    truth = find_masks(real_data / "sem_unlabeled" / "derivatives")
    assert len(truth) == 3
    for image in images:
        if image.name in truth:
            true_px = structure_size_px(read_label_map(truth[image.name], ("axon", "myelin")))
            assert true_px is not None
            assert 0.6 < found.fibre_px(image) / true_px < 1.8, image.name


def test_tiles_do_not_show_in_a_real_image(real_data: Path) -> None:
    image = read_image(find_images(real_data / "sem_unlabeled")[0])
    segmenter = NnUnetSegmenter.load(
        Path(__file__).parents[2] / "sample_data" / "models" / "segmenter", device="cpu", mirroring=False
    )
    plane = ArrayPlane(-image.data[: 128 * (image.shape[0] // 128), : 128 * (image.shape[1] // 128)])
    result = np.concatenate(list(segmenter.predict(plane, Reporter())), axis=1)
    for axis in (1, 2):
        steps = np.abs(np.diff(result, axis=axis)).mean(axis=(0, 3 - axis))
        at = np.arange(64, len(steps), 64) - 1
        elsewhere = np.setdiff1d(np.arange(64, len(steps) - 64), np.concatenate([at - 1, at, at + 1]))
        assert steps[at].mean() < 1.1 * steps[elsewhere].mean()
