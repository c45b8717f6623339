"""What is measured of stored masks is measured once; the pictures show the best and the worst place."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from ringscenes import SHAPE, TOP_LEFT, labels, twelve_fibres

from labelbridge.core import Image, LabelMap, Prediction
from labelbridge.io import write_result
from realtable.material import Material
from realtable.measures import measure, measured, scratch_s
from realtable.pictures import ENLARGED, SIDE_PX, places, write_pictures
from realtable.store import Run
from realtable.verdicts import draw_verdict

CERTAIN = np.zeros(SHAPE, np.float32)
GREY = np.zeros(SHAPE, np.float32)
IMAGES = {"sem": Image(GREY, "sem")}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A stored run whose masks lack one fibre of twelve."""
    codes = twelve_fibres()
    codes[TOP_LEFT] = 0
    return stored(tmp_path, codes)


def stored(store: Path, codes: np.ndarray) -> Run:
    run, image = Run(store, "tutorship", 0), Image(np.zeros(codes.shape, np.float32), "sem")
    uncertainty = np.zeros(codes.shape, np.float32)
    write_result(Prediction(labels(codes), uncertainty), image, run.folder, provenance={}, overwrite=False)
    run.finish([], [], 1.0)
    return run


def test_right_masks_need_no_more_than_looks() -> None:
    truth = labels(twelve_fibres())
    found = measure(truth, truth, CERTAIN, GREY)
    assert (found.scores["axon"].dice, found.scores["myelin"].dice, found.fibres.pq) == (1, 1, 1)
    assert found.sizes_off_percent == {"g_ratio": 0, "axon_diameter": 0, "myelin_thickness": 0}
    assert found.effort_s == 4 * 1.5 + 12 * 1.0
    assert found.queue_effort_s > found.effort_s


def test_masks_without_fibres_have_no_sizes() -> None:
    found = measure(labels(np.zeros(SHAPE, np.uint8)), labels(twelve_fibres()), CERTAIN, GREY)
    assert set(found.sizes_off_percent.values()) == {None}
    assert found.fibres.missed == 12


def test_stored_masks_are_measured_once(run: Run) -> None:
    truth = {"sem": labels(twelve_fibres())}
    first = measured(run, truth, IMAGES)
    assert (first.images["sem"].fibres.found, first.images["sem"].fibres.missed) == (11, 1)
    assert measured(run, {}, IMAGES) == first, "the truth is not asked again"
    (run.folder / "measures.json").unlink()
    with pytest.raises(KeyError):
        measured(run, {}, IMAGES)


def test_the_effort_from_scratch_is_simulated_once(tmp_path: Path) -> None:
    truth = {"sem": labels(twelve_fibres())}
    first = scratch_s(tmp_path, truth)
    assert first["sem"] > measure(truth["sem"], truth["sem"], CERTAIN, GREY).effort_s
    assert scratch_s(tmp_path, {}) == first == json.loads((tmp_path / "from-scratch.json").read_text())


def test_windows_cover_an_image_whatever_its_size() -> None:
    for shape in ((100, SIDE_PX), (SIDE_PX + 10, 2 * SIDE_PX)):
        image = Image(np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape), "sem")
        masks = LabelMap(np.zeros(shape, np.uint8))
        found = list(places(image, masks, masks))
        assert {place.image.shape for place in found} == {(min(SIDE_PX, shape[0]), SIDE_PX)}
        assert set(np.concatenate([place.image.data.ravel() for place in found])) == set(image.data.ravel())


def test_the_pictures_are_of_the_best_and_the_worst_place(tmp_path: Path) -> None:
    missed = twelve_fibres()
    missed[:105] = 0
    codes, truth = (np.zeros((SIDE_PX, 2 * SIDE_PX), np.uint8) for _ in range(2))
    for column, masks in ((0, missed), (SIDE_PX, twelve_fibres())):
        window = np.s_[: SHAPE[0], column : column + SHAPE[1]]
        codes[window], truth[window] = masks, twelve_fibres()
    run = stored(tmp_path, codes)
    image = Image(np.linspace(0, 1, codes.size, dtype=np.float32).reshape(codes.shape), "sem")
    write_pictures([run], Material([], [image], {"sem": LabelMap(truth)}), tmp_path / "pictures")
    drawn = {name: _panels(tmp_path / "pictures" / f"tutorship-0-{name}.png") for name in ("best", "worst")}
    for panels in drawn.values():
        assert {panel.shape for panel in panels} == {(ENLARGED * SIDE_PX, ENLARGED * SIDE_PX, 3)}
        assert not np.array_equal(panels[0], panels[2])
    assert np.array_equal(drawn["best"][1], drawn["best"][2])
    assert not np.array_equal(drawn["worst"][1], drawn["worst"][2])


def test_places_with_few_fibres_are_not_drawn(tmp_path: Path) -> None:
    codes = np.zeros(SHAPE, np.uint8)
    codes[TOP_LEFT] = twelve_fibres()[TOP_LEFT]
    image = Image(np.zeros(SHAPE, np.float32), "sem")
    write_pictures([stored(tmp_path, codes)], Material([], [image], {"sem": labels(codes)}), tmp_path / "pictures")
    assert not (tmp_path / "pictures").exists()


def test_a_verdict_shows_what_is_found_invented_and_missed() -> None:
    truth, codes = twelve_fibres(), twelve_fibres()
    codes[TOP_LEFT] = 0
    lone = np.zeros(SHAPE, np.uint8)
    lone[TOP_LEFT] = twelve_fibres()[TOP_LEFT]
    colours = [
        {tuple(pixel) for pixel in draw_verdict(labels(one), labels(other)).reshape(-1, 3).tolist()}
        for one, other in ((truth, truth), (codes, truth), (lone, np.zeros_like(truth)))
    ]
    assert (len(colours[0]), len(colours[1]), len(colours[2])) == (3, 4, 3)
    assert colours[0] < colours[1], "a cross more"
    assert colours[0] & colours[2] == {(255, 255, 255), (170, 175, 185)}, "an invented axon is no found one"
    assert draw_verdict(labels(truth), labels(truth), 2).shape == (2 * SHAPE[0], 2 * SHAPE[1], 3)


def _panels(file: Path) -> list[np.ndarray]:
    """Return image, prediction and truth of a picture."""
    picture = np.asarray(PillowImage.open(file).convert("RGB"))
    side = ENLARGED * SIDE_PX
    step = (picture.shape[1] - side) // 2
    return [picture[:, left : left + side] for left in (0, step, 2 * step)]
