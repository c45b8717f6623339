"""Which pixels of masks count as verified."""

import json
from pathlib import Path

import numpy as np
import pytest
from drawnfibres import blank, disc, draw
from reviewscenes import COLUMNS, ROWS, SHAPE, rows_of_fibres
from scipy import ndimage

from labelbridge.core import AXON, MYELIN, BoolArray, Cancelled, LabelArray, Reporter
from labelbridge.refine import Edit, History, Journal, restore_session
from labelbridge.refine.review import (
    ReviewQueue,
    VerifiedMap,
    review_record,
    verified_by_journal,
    verified_by_record,
    verified_wholly,
)

FIRST, SECOND = (ROWS[0], COLUMNS[0]), (ROWS[1], COLUMNS[2])


def fibre(layers: dict[str, LabelArray], centre: tuple[int, int]) -> BoolArray:
    """Return all pixels of a fibre of `rows_of_fibres`, which touches no other one."""
    areas, _ = ndimage.label((layers[AXON] | layers[MYELIN]) > 0)
    return np.asarray(areas == areas[centre], np.bool_)


def paint(history: History, name: str, where: BoolArray) -> None:
    """Paint or, where the class is there already, erase."""
    window = slice(0, SHAPE[0]), slice(0, SHAPE[1])
    history.apply(Edit.of_arrays(history.layers, window, {name: history.layers[name] ^ where.view(np.uint8)}, "paint"))


class Session:
    """A correction of `rows_of_fibres`, as a window does it."""

    def __init__(self, folder: Path, layers: dict[str, LabelArray] | None = None) -> None:
        self.history = History(layers or rows_of_fibres())
        self.queue = ReviewQueue.build(self.history.layers)
        self.journal = self.queue.recorder = Journal.start(folder, self.history, image="rows", image_id="x")
        self.queue.follow(self.history)

    def accept(self, centre: tuple[int, int]) -> None:
        self.queue.accept(next(place for place in self.queue if np.hypot(*np.subtract(place.centre, centre)) < 2))

    def verified(self) -> VerifiedMap:
        self.journal.drain()
        return verified_by_journal(restore_session(self.journal.path))


def test_nothing_is_verified_before_somebody_has_looked(tmp_path: Path) -> None:
    found = Session(tmp_path).verified()
    assert not found.pixels.any()
    assert (found.centres, found.share) == ((), 0)


def test_an_accepted_fibre_counts_with_a_narrow_border(tmp_path: Path) -> None:
    session = Session(tmp_path)
    session.accept(FIRST)
    found = session.verified()
    own = fibre(session.history.layers, FIRST)
    assert np.array_equal(found.fibres > 0, own)
    assert found.centres == (pytest.approx(FIRST),)
    border = found.pixels & ~own
    assert np.array_equal(found.pixels & own, own)
    distance = ndimage.distance_transform_edt(~own)
    assert border.any()
    assert distance[border].max() <= 28 / 8 + 0.5
    assert np.all(found.pixels[distance <= 3])


def test_a_corrected_fibre_counts_and_undo_takes_that_back(tmp_path: Path) -> None:
    session = Session(tmp_path)
    paint(session.history, MYELIN, disc(SHAPE, (ROWS[1], COLUMNS[2] + 14), 3) & ~disc(SHAPE, SECOND, 14))
    changed = session.verified()
    assert np.array_equal(changed.fibres > 0, fibre(session.history.layers, SECOND))
    session.history.undo()
    assert not session.verified().pixels.any()


def test_the_border_ends_where_another_fibre_is_nearer(tmp_path: Path) -> None:
    layers = blank(SHAPE)
    for column in (60, 92):
        draw(layers, (80, column), 10, 14)
    session = Session(tmp_path, layers)
    session.accept((80, 60))
    found = session.verified().pixels
    row = found[80, 46:107]
    assert row[:29].all(), "the fibre itself"
    assert found[80, 75], "one pixel beside it"
    assert not found[80, 76:].any(), "the gap of 3 px is halved, and the other fibre is not verified"


def test_painted_and_erased_pixels_count_where_no_fibre_does(tmp_path: Path) -> None:
    session = Session(tmp_path)
    session.queue.recorder = None  # nothing was ranked yet
    somewhere = disc(SHAPE, (55, 55), 2)
    gone = fibre(session.history.layers, FIRST)
    paint(session.history, MYELIN, somewhere)
    for name in (AXON, MYELIN):
        paint(session.history, name, (session.history.layers[name] > 0) & gone)
    found = session.verified()
    assert np.array_equal(found.pixels, somewhere | gone)
    assert not found.fibres.any()
    session.history.undo()
    assert np.array_equal(session.verified().pixels, somewhere | (gone & (session.history.layers[MYELIN] == 0)))


def test_a_fibre_of_unowned_myelin_is_verified_by_nobody(tmp_path: Path) -> None:
    layers = rows_of_fibres()
    draw(layers, (55, 55), 5, 7, hollow=True)
    session = Session(tmp_path, layers)
    for place in list(session.queue):
        session.queue.accept(place)
    found = session.verified()
    ring = disc(SHAPE, (55, 55), 7) & ~disc(SHAPE, (55, 55), 5)
    assert len(found.centres) == len(ROWS) * len(COLUMNS)
    assert not found.pixels[ring].any()


def test_an_exports_record_says_the_same_of_fibres(tmp_path: Path) -> None:
    session = Session(tmp_path)
    session.accept(FIRST)
    paint(session.history, AXON, disc(SHAPE, (ROWS[1], COLUMNS[2] + 10), 3))
    expected = session.verified()
    record = json.loads(json.dumps(review_record("reviewed", session.queue.fibre_rows())))
    found = verified_by_record(session.history.layers, record)
    assert np.array_equal(found.fibres, expected.fibres)
    assert np.array_equal(found.pixels, expected.pixels)
    moved = {name: np.roll(layer, 3, axis=1) for name, layer in session.history.layers.items()}
    assert not verified_by_record(moved, record).pixels.any(), "the record is of other masks"


@pytest.mark.parametrize("review", [{}, {"fibres": "many"}, {"fibres": [{"row": "x"}]}, {"fibres": [3]}])
def test_a_record_without_sense_verifies_nothing(review: dict[str, object]) -> None:
    assert not verified_by_record(rows_of_fibres(), review).pixels.any()


def test_an_image_that_is_done_counts_as_a_whole() -> None:
    found = verified_wholly(rows_of_fibres())
    assert found.pixels.all()
    assert (found.share, found.is_whole, len(found.centres)) == (1, True, 12)
    assert sorted(set(np.unique(found.fibres))) == list(range(13))


def test_tiles_make_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(tmp_path)
    for place in list(session.queue)[::2]:
        session.queue.accept(place)
    expected = session.verified()
    monkeypatch.setattr("labelbridge.refine.review.tiles._SIDE_PX", 40)
    found = session.verified()
    assert np.array_equal(found.pixels, expected.pixels)
    assert np.array_equal(found.fibres, expected.fibres)


def test_it_can_be_stopped() -> None:
    class Stop(Reporter):
        def should_stop(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        verified_wholly(rows_of_fibres(), reporter=Stop())
