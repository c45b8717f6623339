from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from labelbridge.bootstrap import probabilities as storage
from labelbridge.bootstrap.probabilities import Probabilities
from labelbridge.bootstrap.segmenting import predict_at_size
from labelbridge.bootstrap.topology import drop_specks, mend_axons
from labelbridge.core import (
    AXON,
    AXON_MYELIN,
    ClassMap,
    FloatArray,
    Image,
    InputError,
    LabelArray,
    LabelMap,
    Plane,
    Reporter,
    bands,
    most_probable,
    number_areas,
)


class Fake:
    """A segmenter that calls bright pixels myelin, all others background, and remembers what it was given."""

    def __init__(self) -> None:
        self.seen: tuple[int, int] = (0, 0)

    @property
    def classes(self) -> ClassMap:
        return AXON_MYELIN

    @property
    def structure_size_px(self) -> float | None:
        return 60.0

    def predict(self, plane: Plane, reporter: Reporter) -> Iterator[FloatArray]:
        self.seen = plane.shape
        for band in bands(plane.shape, rows=37):
            myelin = plane.rows(band.start, band.stop)
            yield np.stack([1 - myelin, np.zeros_like(myelin), myelin])

    def unmirrored(self) -> "Fake":
        return self


@pytest.fixture(params=["in memory", "on disk"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if request.param == "on disk":
        monkeypatch.setattr(storage, "_IN_MEMORY_BYTES", 0)
        monkeypatch.setenv("LABELBRIDGE_SCRATCH", str(tmp_path))


@pytest.mark.parametrize("shape", [(100, 100), (61, 133), (17, 200)])
@pytest.mark.parametrize("factor", [12.0, 2.0, 1.0, 0.07])
def test_the_result_has_exactly_the_shape_of_the_image(shape: tuple[int, int], factor: float) -> None:
    image = Image(np.random.default_rng(0).random(shape, np.float32), "image")
    prediction = predict_at_size(Fake(), image, factor, Reporter())
    assert prediction.labels.shape == shape
    assert prediction.uncertainty.shape == shape
    assert prediction.uncertainty.max() > 0.5


@pytest.mark.usefixtures("place")
def test_masks_are_where_the_image_says(tmp_path: Path) -> None:
    y, x = np.mgrid[:700, :300]
    ring = (np.hypot(y - 400, x - 150) < 100).astype(np.float32)
    prediction = predict_at_size(Fake(), Image(ring, "ring"), 0.5, Reporter())
    assert (prediction.labels.mask("myelin") != ring.astype(bool)).mean() < 0.005
    assert prediction.uncertainty[400, 150] < 0.01
    del prediction
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_model_sees_the_size_asked_for() -> None:
    image = Image(np.zeros((120, 200), np.float32), "image")
    fake = Fake()
    predict_at_size(fake, image, 2.0, Reporter())
    assert fake.seen == (240, 400)


def test_a_closer_look_sees_the_image_half_as_large_again() -> None:
    image, fake, closer = Image(np.zeros((120, 200), np.float32), "image"), Fake(), Fake()
    predict_at_size(fake, image, 1.0, Reporter(), closer=closer)
    assert (fake.seen, closer.seen) == ((120, 200), (180, 300))


def test_there_is_no_closer_look_where_it_would_be_no_closer_or_a_class_is_absent() -> None:
    image, closer = Image(np.zeros((40, 50), np.float32), "image"), Fake()
    predict_at_size(Fake(), image, 4.0, Reporter(), closer=closer)
    predict_at_size(Fake(), image, 1.0, Reporter(), absent=["myelin"], closer=closer)
    assert closer.seen == (0, 0)


class Dots:
    """A segmenter that sees fibres where the image is bright: axon within, myelin around it."""

    classes = AXON_MYELIN

    def __init__(self, structure_size_px: float | None, axon: float = 0.9) -> None:
        self.structure_size_px, self._axon = structure_size_px, axon

    def predict(self, plane: Plane, reporter: Reporter) -> Iterator[FloatArray]:
        bright = plane.rows(0, plane.shape[0])
        codes = (bright > 0.1).astype(int) * 2 - (bright > self._axon)
        yield np.eye(3, dtype=np.float32)[codes].transpose(2, 0, 1)

    def unmirrored(self) -> "Dots":
        return self


def cone(shape: tuple[int, int], y: int, x: int, radius_px: int) -> FloatArray:
    """Return what is 2 in the middle and falls to 0 at a radius."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    away = np.hypot(rows - y, columns - x)
    return np.asarray(np.clip(2 - 2 * away / radius_px, 0, None), np.float32)


def test_axons_far_smaller_than_a_fibre_are_myelin() -> None:
    image = Image(cone((80, 160), 40, 40, 30) + cone((80, 160), 40, 120, 5), "two")
    labels = {size: predict_at_size(Dots(size), image, 1.0, Reporter()).labels.data for size in (60.0, None)}
    assert [labels[None][40, x] for x in (40, 120)] == [1, 1]
    assert [labels[60.0][40, x] for x in (40, 120)] == [1, 2]


def test_what_comes_off_an_axon_when_it_is_brought_to_the_images_size_is_myelin() -> None:
    class Budding(Dots):
        """Sees an axon with a bud on a stalk of one px, which is nothing once it is a third as wide."""

        def predict(self, plane: Plane, reporter: Reporter) -> Iterator[FloatArray]:
            codes = np.full(plane.shape, 2)
            codes[60:90, 60:90] = codes[75, 90:120] = codes[75:78, 120:123] = 1
            yield np.eye(3, dtype=np.float32)[codes].transpose(2, 0, 1)

    image = Image(np.zeros((50, 60), np.float32), "budding")
    for size, count in ((60.0, 1), (None, 2)):
        labels = predict_at_size(Budding(size), image, 3.0, Reporter()).labels
        assert number_areas(labels.mask(AXON))[1] == count


def test_specks_are_what_is_smaller_than_an_axon() -> None:
    labels = LabelMap(np.full((20, 40), 2, np.uint8))
    labels.data[2:6, 2:6] = labels.data[6, 6] = labels.data[10, 20:23] = 1
    before = labels.data.copy()
    assert drop_specks(labels, 0.0) == 0
    np.testing.assert_array_equal(labels.data, before)
    assert drop_specks(labels, 4.0) == 2
    before[6, 6] = before[10, 20:23] = 2
    np.testing.assert_array_equal(labels.data, before)


def test_small_fibres_that_only_the_closer_look_sees_are_added() -> None:
    image = Image(cone((80, 160), 40, 40, 30) + cone((80, 160), 40, 120, 16), "two")

    class First(Dots):
        def predict(self, plane: Plane, reporter: Reporter) -> Iterator[FloatArray]:
            (rows,) = super().predict(plane, reporter)
            rows[:, :, plane.shape[1] // 2 :] = np.array([1, 0, 0])[:, None, None]
            yield rows

    alone = predict_at_size(First(60.0), image, 1.0, Reporter())
    both = predict_at_size(First(60.0), image, 1.0, Reporter(), closer=Dots(60.0))
    assert not alone.labels.data[:, 80:].any()
    np.testing.assert_array_equal(both.labels.data[:, :80], alone.labels.data[:, :80])
    seen = both.labels.data[:, 80:] > 0
    assert (both.uncertainty[:, 80:][seen] > 0.5).mean() > 0.9, "the looks disagree there"
    truth = predict_at_size(Dots(60.0), image, 1.0, Reporter()).labels.data
    assert (both.labels.data != truth).mean() < 0.01


def test_a_full_or_missing_scratch_folder_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(storage, "_IN_MEMORY_BYTES", 0)
    monkeypatch.setenv("LABELBRIDGE_SCRATCH", str(tmp_path / "absent"))
    with pytest.raises(InputError, match="set LABELBRIDGE_SCRATCH"):
        Probabilities(AXON_MYELIN, (40, 40))


def stored(probabilities: FloatArray) -> Probabilities:
    out = Probabilities(AXON_MYELIN, (probabilities.shape[1], probabilities.shape[2]))
    out.fill(iter([probabilities]))
    return out


def labels_of(probabilities: Probabilities) -> LabelArray:
    return most_probable(probabilities.rows(0, probabilities.shape[0]))


def fibres(ring: slice) -> Probabilities:
    """Two axon discs, one within a ring of myelin (of which only the rows of `ring` are there), one bare."""
    y, x = np.mgrid[:80, :160]
    probabilities = np.zeros((3, 80, 160), np.float32)
    probabilities[0] = 0.8
    probabilities[1:] = 0.1
    first, second = np.hypot(y - 40, x - 40), np.hypot(y - 40, x - 120)
    myelin = np.zeros((80, 160), bool)
    myelin[ring] = ((first >= 12) & (first < 20))[ring]
    probabilities[:, myelin] = np.array([[0.1], [0.1], [0.8]])
    probabilities[:, (first < 12) | (second < 12)] = np.array([[0.3], [0.6], [0.1]])
    return stored(probabilities)


@pytest.mark.usefixtures("place")
def test_a_bare_axon_becomes_background_and_an_enclosed_one_stays() -> None:
    mended = fibres(slice(None))
    assert labels_of(mended)[40, 120] == 1
    assert mend_axons(mended) == 1
    after = labels_of(mended)
    assert after[40, 40] == 1
    assert after[40, 120] == 0
    assert np.allclose(mended.rows(0, 80).sum(axis=0), 1, atol=1e-3)


def test_an_axon_in_a_quarter_of_a_ring_is_not_enclosed() -> None:
    for ring, value in ((slice(0, 32), 0), (slice(0, 60), 1)):
        probabilities = fibres(ring)
        mend_axons(probabilities)
        assert labels_of(probabilities)[40, 40] == value


def test_nothing_to_mend_changes_nothing() -> None:
    empty = stored(np.stack([np.ones((20, 20)), np.zeros((20, 20)), np.zeros((20, 20))]).astype(np.float32))
    assert mend_axons(empty) == 0
    assert (labels_of(empty) == 0).all()


@pytest.mark.parametrize("rows", [1, 3, 7])
def test_areas_are_followed_across_bands(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(3).dirichlet((0.3, 0.5, 0.4), (60, 50)).transpose(2, 0, 1).astype(np.float32)
    noise = np.asarray([np.roll(plane, 1, axis=0) + plane for plane in noise]) / 2
    whole, cut = stored(noise), stored(noise.copy())
    count = mend_axons(whole)
    assert count > 3
    monkeypatch.setattr(storage, "BAND_ROWS", rows)
    assert mend_axons(cut) == count
    np.testing.assert_array_equal(whole.rows(0, 60), cut.rows(0, 60))
