"""Tiles, views, and the signs of masks that are right, and of masks that are wrong, on phantoms."""

import time
from collections.abc import Callable

import numpy as np
import pytest
from scipy import ndimage

from labelbridge.bootstrap.advice.deadline import Deadline
from labelbridge.bootstrap.advice.found import Signs
from labelbridge.bootstrap.advice.signs import measure_signs
from labelbridge.bootstrap.advice.tiles import Tile, choose_tiles
from labelbridge.bootstrap.advice.trying import Attempt
from labelbridge.bootstrap.advice.views import VIEWS, Changed, Turned, View
from labelbridge.bootstrap.survey import LabeledLook, Survey, survey
from labelbridge.core import Cancelled, Image, LabelMap, Prediction, Reporter
from labelbridge.translate.intensity import measure_style
from make_phantoms import make_sem

FIBRE_PX = 24.0
SEEDS = (31, 32)


def sem(seed: int, side: int = 220) -> tuple[Image, LabelMap]:
    pixels, labels = make_sem(seed, (side, side))
    return Image(pixels.astype(np.float32), f"sem{seed}"), LabelMap(labels)


@pytest.fixture(scope="module")
def scenes() -> list[tuple[Image, LabelMap]]:
    return [sem(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def tiles(scenes: list[tuple[Image, LabelMap]]) -> list[Tile]:
    return [Tile(image, "dark-axon", FIBRE_PX) for image, _ in scenes]


@pytest.fixture(scope="module")
def truth(scenes: list[tuple[Image, LabelMap]]) -> list[LabelMap]:
    return [labels for _, labels in scenes]


def attempt(masks: list[LabelMap], tiles: list[Tile], uncertainty: float = 0.1) -> Attempt:
    """What a path makes of tiles that always gives these masks."""
    predictions = [Prediction(one, np.full(one.shape, uncertainty, np.float32)) for one in masks]
    return Attempt(predictions, [masks for _ in VIEWS], [tile.image for tile in tiles])


def signs(masks: list[LabelMap], tiles: list[Tile], *others: list[LabelMap]) -> Signs:
    return measure_signs(attempt(masks, tiles), tiles, [attempt(one, tiles) for one in others], None, "tutorship")


def shifted(labels: LabelMap) -> LabelMap:
    return LabelMap(np.roll(labels.data, (11, 9), (0, 1)))


def exchanged(labels: LabelMap) -> LabelMap:
    return LabelMap(np.choose(labels.data, [0, 2, 1]))


def blobs(labels: LabelMap) -> LabelMap:
    noise = ndimage.gaussian_filter(np.random.default_rng(3).standard_normal(labels.shape), 4)
    return LabelMap(np.digitize(noise, np.quantile(noise, [0.4, 0.7])).astype(np.uint8))


def opened(labels: LabelMap) -> LabelMap:
    """Half of each ring is gone."""
    data = labels.data.copy()
    data[(labels.data == 2) & (np.indices(labels.shape)[1] // 12 % 2 == 0)] = 0
    return LabelMap(data)


def test_the_truth_has_good_signs(tiles: list[Tile], truth: list[LabelMap]) -> None:
    found = signs(truth, tiles, truth, truth)
    assert found.steady == found.agreeing == 1
    assert found.certain == pytest.approx(0.9)
    assert found.plausible > 0.85
    assert found.fitting > 0.7
    assert found.found > 0.7
    assert found.axon == pytest.approx(np.mean([labels.mask("axon").mean() for labels in truth]))
    assert not found.breaches


@pytest.mark.parametrize(
    ("spoil", "sign", "most"),
    [
        (shifted, "fitting", 0.3),
        (shifted, "found", 0.5),
        (exchanged, "found", 0.2),
        (exchanged, "fitting", 0.1),
        (blobs, "fitting", 0.3),
        (opened, "plausible", 0.65),
    ],
)
def test_wrong_masks_have_a_bad_sign(
    tiles: list[Tile], truth: list[LabelMap], spoil: Callable[[LabelMap], LabelMap], sign: str, most: float
) -> None:
    assert getattr(signs([spoil(labels) for labels in truth], tiles), sign) < most


def test_masks_that_change_with_the_view_are_not_steady(tiles: list[Tile], truth: list[LabelMap]) -> None:
    moved = [shifted(labels) for labels in truth]
    always = attempt(truth, tiles)
    once = Attempt(always.predictions, [truth, moved, truth], always.seen)
    assert measure_signs(once, tiles, [], None, "tutorship").steady < 0.9


def test_paths_agree_where_two_others_are_there_and_one_is_alike(tiles: list[Tile], truth: list[LabelMap]) -> None:
    moved, wild = [shifted(labels) for labels in truth], [blobs(labels) for labels in truth]
    assert signs(truth, tiles, moved).agreeing is None
    assert signs(truth, tiles, truth, moved).agreeing == 1
    assert signs(truth, tiles, moved, wild).agreeing < 0.6


def test_empty_masks_are_not_certain_and_have_no_fibre(tiles: list[Tile], truth: list[LabelMap]) -> None:
    found = signs([LabelMap(np.zeros_like(labels.data)) for labels in truth], tiles)
    assert found.certain == found.plausible == found.fitting == found.found == found.axon == 0


def known(polarity: str, images: list[Image]) -> Survey:
    """L of a polarity beside SEM."""
    style = measure_style([image.data for image in images], polarity, FIBRE_PX, 10.0)
    return survey(LabeledLook(FIBRE_PX, style), images)


def test_a_model_of_the_other_polarity_is_told_of(tiles: list[Tile], truth: list[LabelMap]) -> None:
    images = [tile.image for tile in tiles]
    said = measure_signs(attempt(truth, tiles), tiles, [], known("bright-axon", images), "direct").breaches
    assert said == ("has learnt from bright axons in dark myelin, and your images show dark axons in bright myelin",)
    assert not measure_signs(attempt(truth, tiles), tiles, [], known("dark-axon", images), "direct").breaches


@pytest.mark.parametrize("path", ["direct", "adaptation", "tutorship"])
def test_where_the_polarity_is_uncertain_no_path_is_judged_well(path: str) -> None:
    noise = np.random.default_rng(8).normal(100, 20, (200, 200)).astype(np.float32)
    image = Image(ndimage.gaussian_filter(noise, 3), "noise")
    masks, tiles = [blobs(LabelMap(np.zeros((200, 200), np.uint8)))], [Tile(image, "dark-axon", FIBRE_PX)]
    found = known("dark-axon", [image])
    assert found.polarity.certainty < 0.6
    (said,) = measure_signs(attempt(masks, tiles), tiles, [], found, path).breaches  # type: ignore[arg-type]
    assert "whether axons are dark or bright in your images is uncertain" in said


def test_a_translation_that_breaks_a_condition_is_told_of(tiles: list[Tile], truth: list[LabelMap]) -> None:
    images = [tile.image for tile in tiles]
    found = known("bright-axon", images)
    kept = [image.with_data(255 - image.data) for image in images]
    for seen, is_broken in ((kept, False), (images, True)):
        shown = Attempt(attempt(truth, tiles).predictions, [truth] * len(VIEWS), seen)
        said = measure_signs(shown, tiles, [], found, "adaptation").breaches
        assert ("exchanges bright and dark from U to L" in said) == is_broken
        assert bool(said) == is_broken


@pytest.mark.parametrize("view", [Turned(), Changed(1 / 1.15, 0.0, 0.0), Changed(1.15, 0.0, 0.0)])
def test_masks_of_a_view_come_back_to_their_place(scenes: list[tuple[Image, LabelMap]], view: View) -> None:
    _, labels = scenes[0]
    axons = labels.mask("axon")
    seen = view.of(Image(axons.astype(np.float32), "axons")).data
    back = view.back(LabelMap((seen > seen.max() / 2).astype(np.uint8)), labels.shape)
    assert back.shape == labels.shape
    assert (back.mask("axon") == axons).mean() > 0.97


def test_a_changed_view_is_shaded_and_noisy() -> None:
    slope = np.tile(np.linspace(0, 100, 90, dtype=np.float32), (80, 1))
    image = Image(np.maximum(slope, slope[:, ::-1]), "valley")
    shaded, noisy = Changed(1.0, 0.5, 0.0).of(image).data, Changed(1.0, 0.0, 0.3).of(image).data
    assert shaded[-1, -1] == pytest.approx(1.5 * (image.data[-1, -1] - 50), rel=0.05)
    assert shaded[0, 0] == pytest.approx(0.5 * (image.data[0, 0] - 50), rel=0.05)
    assert np.std(noisy - image.data) == pytest.approx(0.3 * image.data.std(), rel=0.05)
    np.testing.assert_array_equal(noisy, Changed(1.0, 0.0, 0.3).of(image).data)


@pytest.mark.parametrize("shape", [(16, 16), (16, 400), (33, 19)])
def test_views_of_small_and_even_images_can_be_worked_on(shape: tuple[int, int]) -> None:
    image = Image(np.full(shape, 3.0, np.float32), "even")
    for view in VIEWS:
        seen = view.of(image)
        assert view.back(LabelMap(np.zeros(seen.shape, np.uint8)), shape).shape == shape


def test_tiles_are_where_there_is_contrast() -> None:
    data = np.full((400, 800), 100.0, np.float32)
    data[:, 400:] += np.random.default_rng(5).normal(0, 20, (400, 400))
    tiles = choose_tiles([Image(data, "half")], "dark-axon", lambda _: FIBRE_PX)
    assert len(tiles) == 4
    assert {tile.image.shape for tile in tiles} == {(144, 144)}
    assert all(tile.image.data.std() > 5 for tile in tiles)
    assert {tile.image.name for tile in tiles} == {"half"}


@pytest.mark.parametrize(("count", "tiles"), [(1, 4), (2, 4), (3, 6), (4, 4), (30, 4)])
def test_many_images_give_few_tiles_and_few_images_several(count: int, tiles: int) -> None:
    images = [sem(1, 320)[0]] * count
    assert len(choose_tiles(images, "dark-axon", lambda _: FIBRE_PX)) == tiles


def test_an_image_smaller_than_a_tile_is_one() -> None:
    (tile,) = choose_tiles([Image(np.eye(40, 50, dtype=np.float32), "small")], "dark-axon", lambda _: 100.0)
    assert tile.image.shape == (40, 40)


def test_a_deadline_stops_when_its_time_is_over_or_the_user_wants() -> None:
    class Asked(Reporter):
        def should_stop(self) -> bool:
            return True

    late, early = time.monotonic() - 1, time.monotonic() + 1000
    with pytest.raises(Cancelled):
        Deadline(Reporter(), "direct", late).checkpoint()
    Deadline(Reporter(), "direct", early).checkpoint()
    with pytest.raises(Cancelled):
        Deadline(Asked(), "direct", early).checkpoint()
