"""Spots of the image that look like axons, and what the review queue makes of them."""

import numpy as np
import pytest
from drawnfibres import blank, disc, draw, scene
from reviewscenes import SHAPE, planted, rows_of_fibres
from scipy import ndimage

from labelbridge.core import AXON, MYELIN, FloatArray, InputError, LabelArray
from labelbridge.refine import Edit, History
from labelbridge.refine.review import Place, ReviewQueue
from labelbridge.refine.review.measures import measure_fibres
from labelbridge.refine.review.sources import Sources, whole_of
from labelbridge.refine.review.spots import SpotLook, spot_depths

LOOK = SpotLook(axon_grey=50, myelin_grey=200, limits=(80, 1000), least_fill=0.9, least_depth=0.4)
NOWHERE = np.zeros((80, 100), np.bool_)
MISSED_AT = (80, 130)


def painted(layers: dict[str, LabelArray], axon: float, myelin: float, between: float) -> FloatArray:
    """Return the image that masks are of."""
    image = np.full(layers[AXON].shape, between, np.float32)
    image[layers[AXON] > 0], image[layers[MYELIN] > 0] = axon, myelin
    return image


def depth_at(image: FloatArray, taken: np.ndarray = NOWHERE) -> float:
    return float(spot_depths(image, taken, LOOK)[40, 50])


def ring(between: float = 110, radius: float = 10) -> FloatArray:
    layers = blank()
    draw(layers, (40, 50), radius, radius + 4)
    return painted(layers, 50, 200, between)


def test_an_axon_in_a_ring_is_deep_and_its_surroundings_are_none() -> None:
    depths = spot_depths(ring(), NOWHERE, LOOK)
    assert depths[40, 50] == pytest.approx(0.9, abs=0.1)
    assert not depths[~disc(depths.shape, (40, 50), 12)].any()


def test_a_ring_that_is_open_holds_a_spot_only_as_deep_as_its_gap_is_bright() -> None:
    gap = (slice(38, 43), slice(58, 66))
    depths = []
    for grey in (170, 120, 50):
        image = ring(between=grey)
        image[gap] = grey
        depths.append(depth_at(image))
    assert depths[0] > depths[1] > depths[2] == 0


@pytest.mark.parametrize("radius", [3, 22])
def test_what_is_no_axon_by_its_size_is_no_spot(radius: float) -> None:
    assert depth_at(ring(radius=radius)) == 0


def test_what_is_no_axon_by_its_shape_is_no_spot() -> None:
    image = np.full((80, 100), 200, np.float32)
    image[30:51, 35:65] = 50
    image[36:60, 40:65] = 200
    image[40, 50] = 50
    assert not spot_depths(image, NOWHERE, LOOK).any()


def test_what_the_masks_have_is_no_spot() -> None:
    taken = NOWHERE.copy()
    taken[45, 55] = True
    assert depth_at(ring(), taken) == 0


@pytest.mark.parametrize(("gain", "offset"), [(-1, 255), (0.25, -30)])
def test_other_intensities_of_the_same_image_give_the_same_spots(gain: float, offset: float) -> None:
    look = LOOK._replace(axon_grey=50 * gain + offset, myelin_grey=200 * gain + offset)
    depths = spot_depths(ring() * np.float32(gain) + offset, NOWHERE, look)
    assert np.array_equal(depths, spot_depths(ring(), NOWHERE, LOOK))


def missing_one() -> tuple[dict[str, LabelArray], FloatArray]:
    """Return masks that lack one of twelve fibres, and their image with all of them."""
    layers = rows_of_fibres()
    image = painted(layers, 50, 200, 110)
    whole = disc(SHAPE, MISSED_AT, 14)
    layers[AXON][whole] = layers[MYELIN][whole] = 0
    return layers, image


def missed(queue: ReviewQueue) -> list[Place]:
    return [place for place in queue if place.kind == "missed"]


@pytest.mark.parametrize("is_inverted", [False, True])
def test_a_fibre_that_only_the_image_shows_comes_first_and_says_why(is_inverted: bool) -> None:
    layers, image = missing_one()
    assert not missed(ReviewQueue.build(layers))
    queue = ReviewQueue.build(layers, image=255 - image if is_inverted else image)
    (place,) = missed(queue)
    assert queue.next() == place
    assert place.centre == pytest.approx(MISSED_AT)
    assert [reason.text for reason in place.reasons] == ["looks like an axon", "as large as an axon"]


def test_of_two_uncertain_places_the_one_with_an_axon_in_the_image_comes_first() -> None:
    layers, image = missing_one()
    empty = disc(SHAPE, (80, 80), 14)
    layers[AXON][empty] = layers[MYELIN][empty] = 0
    image[empty] = 110
    uncertainty = np.where(disc(SHAPE, MISSED_AT, 10) | disc(SHAPE, (80, 80), 10), 0.6, 0).astype(np.float32)
    one, other = missed(ReviewQueue.build(layers, uncertainty))
    assert one.score == other.score
    first, second = missed(ReviewQueue.build(layers, uncertainty, image=image))
    assert first.centre == pytest.approx(MISSED_AT, abs=1)
    assert second.score == other.score


@pytest.mark.parametrize("grey", [0, 120])
def test_an_image_without_contrast_says_nothing(grey: float) -> None:
    layers, image = missing_one()
    assert list(ReviewQueue.build(layers, image=np.full_like(image, grey))) == list(ReviewQueue.build(layers))


def test_masks_without_fibres_or_without_myelin_say_nothing_of_an_image() -> None:
    layers, image = missing_one()
    layers[MYELIN][:] = 0
    assert not missed(ReviewQueue.build(layers, image=image))
    layers[AXON][:] = 0
    assert not list(ReviewQueue.build(layers, image=image))


def test_intensities_of_axon_and_myelin_are_measured() -> None:
    layers = rows_of_fibres()
    layers[MYELIN][100:] = 0
    fibres = measure_fibres(Sources(layers, image=painted(layers, 50, 200, 110)), whole_of(SHAPE)).fibres
    assert {(fibre.axon_grey, fibre.myelin_grey) for fibre in fibres} == {(50, 200), (50, None)}
    assert measure_fibres(Sources(layers), whole_of(SHAPE)).fibres[0].axon_grey is None


def test_the_image_of_other_masks_is_refused() -> None:
    with pytest.raises(InputError, match=r"got image of shape \(3, 3\) for masks of shape \(160, 210\)"):
        ReviewQueue.build(rows_of_fibres(), image=np.zeros((3, 3), np.float32))


def test_the_image_gives_places_to_missed_fibres_of_a_phantom_that_had_none() -> None:
    masks = planted(1)
    queues = [list(ReviewQueue.build(masks.layers, masks.uncertainty, image=image)) for image in (None, masks.image)]
    without, with_image = ([place for place in queue if masks.is_wrong(place)] for queue in queues)
    assert len(with_image) >= len(without) + 4
    first = round(0.2 * len(queues[0]))
    assert sum(masks.is_wrong(place) for place in queues[1][:first]) >= sum(
        masks.is_wrong(place) for place in queues[0][:first]
    )


@pytest.mark.parametrize("seed", range(2))
def test_after_edits_the_places_are_as_found_in_the_whole_image(seed: int) -> None:
    random = np.random.default_rng(seed)
    shape = (200, 640)
    history = History(scene(seed, shape))
    image = ndimage.gaussian_filter(random.normal(0, 60, shape), 3).astype(np.float32)
    image += painted(scene(seed + 10, shape), 50, 200, 110)
    queue = ReviewQueue.build(history.layers, image=image)
    queue.follow(history)
    survey = queue._survey  # noqa: SLF001 - the same yardstick for both
    assert any(place.spot_depth for place in survey.missed.values())
    for _ in range(12):
        centre = random.integers(10, 190), random.integers(10, 630)
        window = slice(centre[0] - 9, centre[0] + 10), slice(centre[1] - 9, centre[1] + 10)
        name = str(random.choice([AXON, MYELIN]))
        new = np.where(disc((19, 19), (9, 9), 9), np.uint8(random.random() < 0.5), history.layers[name][window])
        history.apply(Edit.of_arrays(history.layers, window, {name: new}, "paint"))
    anew = survey._find_missed(survey.sources, whole_of(shape))  # noqa: SLF001
    assert {at: (one.fingerprint, one.spot_depth) for at, one in survey.missed.items()} == {
        at: (one.fingerprint, one.spot_depth) for at, one in anew.items()
    }
