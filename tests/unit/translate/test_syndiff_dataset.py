import numpy as np
import pytest
import torch

from labelbridge.core import InputError
from labelbridge.translate.syndiff.dataset import Crops, TrainingImage, split_held_out
from labelbridge.translate.syndiff.settings import SynDiffSettings

SETTINGS = SynDiffSettings.from_preset("tiny", crop_px=32, batch=3, seed=5)


def image(shape, name="a", subject=None, seed=0):
    data = np.random.default_rng(seed).random(shape, np.float32)
    return TrainingImage(data, 1 - data, name, subject)


def ramp(shape, name="ramp"):
    """Each px has a value of its own, so that a crop shows where it is from."""
    data = np.arange(np.prod(shape), dtype=np.float32).reshape(shape) / np.prod(shape)
    return TrainingImage(data, data / 2, name)


def test_a_batch_depends_on_seed_step_and_rank_alone():
    images = [image((50, 60)), image((40, 44), seed=1)], [image((64, 48), seed=2)]
    crops, again = Crops(*images, SETTINGS), Crops(*images, SETTINGS)
    again.batch(3)
    first, second = crops.batch(7), again.batch(7)
    for name in ("labeled", "labeled_guide", "unlabeled", "unlabeled_guide"):
        assert torch.equal(getattr(first, name), getattr(second, name))
        assert getattr(first, name).shape == (3, 1, 32, 32)
        assert getattr(first, name).dtype == torch.float32
    others = (
        crops.batch(8),
        Crops(*images, SETTINGS, rank=1).batch(7),
        Crops(*images, SETTINGS.model_copy(update={"seed": 6})).batch(7),
    )
    for other in others:
        assert not torch.equal(other.labeled, first.labeled)
    assert not torch.equal(first.labeled[0], first.labeled[1])


def test_examples_are_further_crops_and_leave_the_others_as_they_are():
    images = [image((50, 60)), image((40, 44), seed=1)], [image((64, 48), seed=2)]
    batch = Crops(*images, SETTINGS).batch(7)
    alone = Crops(*images, SETTINGS.model_copy(update={"texture_weight": 0.0})).batch(7)
    assert alone.labeled_examples is None
    assert alone.unlabeled_examples is None
    for modality in ("labeled", "unlabeled"):
        crops, examples = getattr(batch, modality), getattr(batch, f"{modality}_examples")
        assert torch.equal(crops, getattr(alone, modality))
        assert examples.shape == (24, 1, 32, 32)
        assert not any(torch.equal(one, other) for one in crops for other in examples)
    moved = batch.to(torch.device("meta"))
    assert {one.device.type for one in vars(moved).values()} == {"meta"}


def test_guides_are_cut_and_turned_like_their_images():
    batch = Crops([ramp((50, 60))], [ramp((48, 40))], SETTINGS.model_copy(update={"augmentation": "flips"})).batch(0)
    for data, guide in ((batch.labeled, batch.labeled_guide), (batch.unlabeled, batch.unlabeled_guide)):
        torch.testing.assert_close((guide + 1) / 2, (data + 1) / 4, rtol=0, atol=1e-6)


def test_full_augmentation_turns_and_flips_and_changes_intensities_of_the_image_alone():
    crops = Crops([ramp((50, 60))], [ramp((48, 40))], SETTINGS)
    directions, changed = set(), 0.0
    for step in range(40):
        batch = crops.batch(step)
        guide = batch.labeled_guide[0, 0]
        directions.add(
            (
                bool(guide[0, 0] < guide[0, -1]),
                bool(guide[0, 0] < guide[-1, 0]),
                abs(guide[0, 0] - guide[0, 1]) < abs(guide[0, 0] - guide[1, 0]),
            )
        )
        changed = max(changed, float(((batch.labeled[0, 0] + 1) / 2 - (guide + 1)).abs().max()))
        assert batch.labeled.abs().max() <= 1
    assert len({tuple(map(bool, one)) for one in directions}) == 8
    assert 0.02 < changed < 0.4


def test_flips_are_all_that_is_published():
    crops = Crops([ramp((50, 60))], [ramp((48, 40))], SETTINGS.model_copy(update={"augmentation": "flips"}))
    for step in range(20):
        crop = crops.batch(step).labeled[0, 0]
        assert crop[0, 0] < crop[-1, 0]  # never upside down
        assert (crop[0, 0] - crop[0, 1]).abs() < (crop[0, 0] - crop[1, 0]).abs()  # never turned


def test_images_are_drawn_evenly_whatever_their_size():
    large, small = (
        TrainingImage(np.zeros((400, 400), np.float32), None, "large"),
        TrainingImage(np.ones((40, 40), np.float32), None, "small"),
    )
    crops = Crops([large, small], [small], SETTINGS.model_copy(update={"augmentation": "flips"}))
    drawn = torch.cat([crops.batch(step).labeled for step in range(100)])
    assert 0.4 < float((drawn > 0).float().mean()) < 0.6
    assert crops.batch(0).labeled_guide is None


@pytest.mark.parametrize(
    ("wanted", "smallest", "crop"), [(32, 40, 32), (64, 40, 40), (64, 43, 40), (64, 20, 32), (62, 64, 60)]
)
def test_crops_are_as_wanted_or_as_large_as_the_smallest_image(wanted, smallest, crop):
    settings = SETTINGS.model_copy(update={"crop_px": wanted})
    crops = Crops([image((smallest, 100), "narrow")], [image((120, 130))], settings)
    assert crops.crop_px == crop
    batch = crops.batch(0)
    assert batch.labeled.shape == (3, 1, crop, crop)
    sentences = " ".join(crops.sentences())
    assert ("instead of" in sentences) == (crop != wanted)
    assert ("mirrored" in sentences) == (smallest < crop)
    assert ("narrow is" in sentences) == (crop != wanted)


def test_no_image_of_a_modality_is_one_sentence():
    with pytest.raises(InputError, match="got no new image to train a translator on, expected at least one"):
        Crops([image((40, 40))], [], SETTINGS)


def test_held_out_are_whole_subjects_whatever_the_order():
    images = [image((32, 32), f"{subject}-{k}", subject) for subject in "abcde" for k in range(3)]
    train, held = split_held_out(images, 0.4, 0)
    assert len({one.subject for one in held}) == 2
    assert not {one.subject for one in train} & {one.subject for one in held}
    assert len(train) + len(held) == len(images)
    _, again = split_held_out(images[::-1], 0.4, 0)
    assert {one.name for one in again} == {one.name for one in held}
    assert any({one.name for one in split_held_out(images, 0.4, s)[1]} != {one.name for one in held} for s in range(9))


@pytest.mark.parametrize(("count", "fraction", "expected"), [(2, 0.01, 1), (2, 0.99, 1), (1, 0.5, 0), (5, 0.0, 0)])
def test_at_least_one_image_is_held_out_and_one_left(count, fraction, expected):
    train, held = split_held_out([image((32, 32), str(k)) for k in range(count)], fraction, 0)
    assert (len(train), len(held)) == (count - expected, expected)
