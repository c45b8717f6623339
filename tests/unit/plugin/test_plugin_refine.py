"""The state of the Refine dock, without a window."""

from pathlib import Path

import numpy as np
import pytest
from falsetasks import LateTasks

from labelbridge.core import InputError, LabelArray
from labelbridge.plugin.keys import POINTER_KEYS
from labelbridge.plugin.presenters.refine import RefinePresenter
from labelbridge.plugin.presenters.repairs import AT_POINTER, REPAIRS, Repair
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.refine.review.survey import Survey

SHAPE = (100, 200)


class Dock:
    """A presenter with what it has said."""

    def __init__(self, folder: Path) -> None:
        self.ranking, self.repairs = LateTasks(), LateTasks()
        self.presenter = RefinePresenter(self.ranking, self.repairs, folder)
        self.said: list[str] = []
        self.presenter.said.connect(self.said.append)

    def correct(self, masks: dict[str, LabelArray], image: str = "a") -> CorrectionSession:
        session = CorrectionSession.begin(masks, folder=self.presenter.folder, image=image, image_id=image)
        self.presenter.take(session)
        return session


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    return Dock(tmp_path)


def fibres(lefts: tuple[int, ...] = (10, 60, 110)) -> dict[str, LabelArray]:
    masks = {name: np.zeros(SHAPE, np.uint8) for name in ("axon", "myelin")}
    for left in lefts:
        masks["myelin"][20:50, left : left + 30] = 1
        masks["axon"][25:45, left + 5 : left + 25] = 1
    masks["myelin"] *= masks["axon"] == 0
    return masks


def repair(name: str) -> Repair:
    return next(one for one in REPAIRS if one.name == name)


def test_places_are_gone_through_and_accepted(dock: Dock) -> None:
    dock.correct(fibres())
    centred: list[object] = []
    dock.presenter.place_chosen.connect(centred.append)
    dock.presenter.next()
    assert "not ranked yet" in dock.said[-1]
    dock.ranking.go()
    assert dock.presenter.left() == "0 suspicious places left, then 3 others; 0 accepted, 0 corrected."
    dock.presenter.next()
    first = dock.presenter.place
    dock.presenter.accept()
    assert dock.presenter.place != first
    dock.presenter.previous()
    assert dock.presenter.place == first
    dock.presenter.next()
    dock.presenter.accept()
    dock.presenter.accept()
    assert dock.said[-1] == "All places have been looked at."
    assert dock.presenter.left() == "0 suspicious places left, then 0 others; 3 accepted, 0 corrected."
    assert "3 fibres" in dock.presenter.effort()
    assert len(centred) == 5
    dock.presenter.release()


def test_who_goes_on_right_after_painting_goes_when_that_is_measured(dock: Dock) -> None:
    session = dock.correct(fibres())
    dock.ranking.go()
    dock.presenter.next()
    first = dock.presenter.place
    assert first is not None
    session.apply(repair("Delete fibre").make(session.history.layers, first.at, {}))
    dock.presenter.accept()
    dock.presenter.previous()
    assert dock.said[-1] == "What has changed is being measured."
    assert dock.presenter.place is first
    session.undo()
    dock.ranking.go()
    dock.ranking.go()
    assert not dock.ranking.is_busy
    assert dock.presenter.place == first
    assert dock.presenter.counts() == {"unseen": 2, "accepted": 1, "corrected": 0}
    dock.presenter.release()


def test_a_pause_measures_beside_the_window_and_tells(dock: Dock) -> None:
    session = dock.correct(fibres())
    told: list[int] = []
    dock.presenter.places_changed.connect(lambda: told.append(1))
    dock.presenter.settle()
    assert not told
    dock.ranking.go()
    assert len(told) == 1
    session.apply(repair("Delete fibre").make(session.history.layers, (30, 20), {}))
    dock.presenter.settle()
    assert dock.presenter.counts() == {"unseen": 3, "accepted": 0, "corrected": 0}
    dock.ranking.go()
    assert dock.presenter.counts() == {"unseen": 2, "accepted": 0, "corrected": 0}
    assert len(told) == 2
    dock.presenter.release()


def test_what_cannot_be_measured_is_said_and_tried_again(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    session = dock.correct(fibres())
    dock.ranking.go()
    session.apply(repair("Delete fibre").make(session.history.layers, (30, 20), {}))

    def fail(*_: object) -> None:
        raise InputError("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(Survey, "measure", fail)
        dock.presenter.next()
        dock.ranking.go()
    assert dock.said[-1] == "The places could not be ranked: The disk is full."
    assert dock.presenter.place is None
    dock.presenter.next()
    dock.ranking.go()
    assert dock.presenter.place is not None
    assert "then 2 others" in dock.presenter.left()
    dock.presenter.release()


def test_it_is_told_once_when_no_suspicious_place_is_left(dock: Dock) -> None:
    masks = fibres()
    masks["myelin"][20:50, 10:40] = 0
    dock.correct(masks)
    dock.ranking.go()
    told = "No suspicious place is left; the others follow, most of them right. "
    told += "The model can learn from your corrections: Train dock, Corrected masks."
    assert dock.presenter.left().startswith("1 suspicious place left, then 2 others")
    dock.presenter.next()
    assert dock.presenter.reasons().startswith("Fibre: no myelin")
    dock.presenter.next()
    assert told not in dock.said, "one was passed over"
    dock.presenter.previous()
    dock.presenter.accept()
    assert dock.said[-1] == told
    assert dock.presenter.left().startswith("0 suspicious places left, then 2 others; 1 accepted")
    dock.presenter.accept()
    assert dock.said[-1] == ""
    dock.presenter.release()


def test_outlines_come_from_the_worker_once_and_give_way_to_what_was_asked(dock: Dock) -> None:
    session = dock.correct(fibres())
    dock.ranking.go()
    places = list(session.reviewing.settled())
    assert dock.presenter.outlining.of(places[:2]) == {}
    dock.ranking.go()
    assert dock.presenter.outlining.of(places).keys() == set(places[:2])
    session.apply(repair("Delete fibre").make(session.history.layers, places[0].at, {}))
    dock.presenter.next()
    assert dock.ranking.is_asked_to_stop
    dock.ranking.go()
    dock.ranking.go()
    assert dock.presenter.place is not None
    assert not dock.ranking.is_busy
    assert dock.presenter.outlining.of(places).keys() == set(places[:2])
    dock.presenter.release()


def test_empty_masks_have_nothing_left_to_look_at(dock: Dock) -> None:
    dock.correct(fibres(()))
    dock.ranking.go()
    assert dock.presenter.left() == "0 suspicious places left, then 0 others; 0 accepted, 0 corrected."
    dock.presenter.next()
    assert dock.said[-1] == "All places have been looked at."
    dock.presenter.release()


def test_accepting_without_a_place_says_what_to_do(dock: Dock) -> None:
    dock.presenter.accept()
    assert "go to the next one first" in dock.said[-1]


def test_undo_with_nothing_to_undo_is_a_sentence(dock: Dock) -> None:
    dock.correct(fibres())
    dock.presenter.undo()
    dock.presenter.redo()
    assert dock.said[-2:] == ["There is nothing to undo.", "There is nothing to redo."]
    dock.presenter.release()


def test_another_image_ends_the_one_before_and_is_ranked_itself(dock: Dock) -> None:
    first = dock.correct(fibres(), "a")
    second = dock.correct(fibres((10,)), "b")
    assert not first.is_open
    dock.ranking.go()
    assert first.reviewing.queue is None
    dock.ranking.go()
    assert second.reviewing.queue is not None
    assert "then 1 other;" in dock.presenter.left()
    dock.presenter.release()
    assert dock.presenter.session is None
    assert dock.presenter.left() == ""


def test_a_correction_that_ended_while_it_was_ranked_gets_no_queue(dock: Dock) -> None:
    session = dock.correct(fibres())
    dock.presenter.release()
    dock.ranking.is_asked_to_stop = False
    dock.ranking.go()
    assert session.reviewing.queue is None


def test_a_repair_is_previewed_applied_and_undone(dock: Dock) -> None:
    session = dock.correct(fibres())
    before = {name: layer.copy() for name, layer in session.history.layers.items()}
    repairing = dock.presenter.repairing
    repairing.choose(repair("Delete fibre"))
    assert dock.said[-1] == repair("Delete fibre").hint
    assert not repairing.apply()
    repairing.click((30, 20))
    assert dock.said[-1] == "Enter applies what is shown, Escape leaves."
    np.testing.assert_array_equal(session.history.layers["axon"], before["axon"])
    assert repairing.apply()
    assert not session.history.layers["axon"][:, :50].any()
    assert repairing.preview is None
    dock.presenter.undo()
    for name, layer in session.history.layers.items():
        np.testing.assert_array_equal(layer, before[name])
    repairing.leave()
    assert repairing.repair is None
    dock.presenter.release()


def test_a_click_on_nothing_is_a_sentence_and_nothing_to_apply(dock: Dock) -> None:
    dock.correct(fibres())
    dock.presenter.repairing.choose(repair("Smooth"))
    dock.presenter.repairing.click((90, 190))
    assert "row 90, column 190" in dock.said[-1]
    assert dock.presenter.repairing.preview is None
    dock.presenter.release()


def test_settings_change_what_is_previewed(dock: Dock) -> None:
    dock.correct(fibres((60,)))
    repairing = dock.presenter.repairing
    repairing.choose(repair("Grow ring"))
    repairing.set("thickness_px", 8)
    repairing.click((30, 70))
    thin = repairing.preview
    repairing.set("thickness_px", 12)
    thick = repairing.preview
    assert thin is not None
    assert thick is not None
    assert thick.nbytes > thin.nbytes
    dock.presenter.release()


def test_a_preview_of_masks_that_have_changed_is_not_applied(dock: Dock) -> None:
    session = dock.correct(fibres())
    repairing = dock.presenter.repairing
    repairing.choose(repair("Delete fibre"))
    repairing.click((30, 20))
    assert repairing.preview is not None
    session.apply(repairing.preview)
    assert not repairing.apply()
    assert "repeat it" in dock.said[-1]
    dock.presenter.release()


def test_each_key_for_the_pointer_has_its_repair() -> None:
    assert list(POINTER_KEYS) == list(AT_POINTER)


@pytest.mark.parametrize("name", AT_POINTER)
def test_a_key_repairs_at_the_pointer_at_once_and_undo_takes_it_back(dock: Dock, name: str) -> None:
    session = dock.correct(fibres())
    before = {name: layer.copy() for name, layer in session.history.layers.items()}
    dock.presenter.repairing.do_at_pointer(name, (30, 70))
    assert dock.said[-1] == f"Done: {name}. Undo takes it back."
    changed = [np.argwhere(layer != before[name])[:, 1] for name, layer in session.history.layers.items()]
    assert all(50 < columns.min() and columns.max() < 100 for columns in changed if columns.size)
    assert any(columns.size for columns in changed)
    dock.presenter.undo()
    for one, layer in session.history.layers.items():
        np.testing.assert_array_equal(layer, before[one])
    dock.presenter.release()


def test_a_key_leaves_a_chosen_repair_but_not_its_stale_preview(dock: Dock) -> None:
    dock.correct(fibres())
    repairing = dock.presenter.repairing
    repairing.choose(repair("Smooth"))
    repairing.set("radius_px", 8)
    repairing.click((30, 20))
    assert repairing.preview is not None
    repairing.do_at_pointer("delete fibre", (30, 20))
    assert repairing.repair == repair("Smooth")
    assert repairing.settings == {"radius_px": 8}
    assert repairing.preview is None
    dock.presenter.release()


def test_a_key_that_cannot_says_why(dock: Dock) -> None:
    session = dock.correct(fibres())
    repairing = dock.presenter.repairing
    repairing.do_at_pointer("delete fibre", None)
    assert "outside the image" in dock.said[-1]
    repairing.do_at_pointer("wider axon", (90, 190))
    assert "click on background at row 90, column 190" in dock.said[-1]
    for _ in range(6):
        repairing.do_at_pointer("thinner ring", (30, 70))
    assert dock.said[-1] == "There is no more to move."
    assert session.history.can_undo
    dock.presenter.release()
    repairing.do_at_pointer("delete fibre", (30, 70))
    assert dock.said[-1] == "There is no more to move."


def test_specks_of_the_whole_image_are_looked_for_beside_the_window(dock: Dock) -> None:
    masks = fibres()
    masks["axon"][80, 80] = 1
    session = dock.correct(masks)
    repairing = dock.presenter.repairing
    repairing.choose(repair("Remove specks"))
    assert repairing.preview is None
    repairing.set("min_area_px2", 0.5)
    dock.repairs.go()
    assert repairing.preview is None, "the settings have changed meanwhile"
    repairing.set("min_area_px2", 5)
    dock.repairs.go()
    if dock.repairs.is_busy:
        dock.repairs.go()
    assert repairing.apply()
    assert not session.history.layers["axon"][80, 80]
    assert session.history.layers["axon"].any()
    dock.presenter.release()


@pytest.mark.parametrize("one", REPAIRS, ids=lambda one: one.name)
def test_every_repair_takes_its_own_defaults(one: Repair) -> None:
    masks = fibres()
    masks["axon"][30, 12:18] = 1
    masks["myelin"][30, 12:18] = 0
    if one.name == "Split axon":
        with pytest.raises(InputError, match="no waist"):
            one.make(masks, (30, 20), one.defaults())
    else:
        assert one.make(masks, (30, 20), one.defaults()).fits(masks)


def test_efforts_are_saved_once_and_never_over_a_file(dock: Dock, tmp_path: Path) -> None:
    session = dock.correct(fibres())
    session.ledger.saw_activity()
    dock.presenter.release()
    table = tmp_path / "table.csv"
    dock.presenter.save_efforts(table)
    assert table.read_text(encoding="utf-8").startswith("image,")
    dock.presenter.save_efforts(table)
    assert "exists" in dock.said[-1]


def test_what_is_not_counted_is_not_there(dock: Dock) -> None:
    session = dock.correct(fibres())
    dock.presenter.count_effort(False)
    session.ledger.saw_activity()
    session.apply(repair("Delete fibre").make(session.history.layers, (30, 20), {}))
    assert session.ledger.effort.pixels_changed == 0
    dock.presenter.release()


def test_what_can_be_restored_is_said_in_words(dock: Dock) -> None:
    session = dock.correct(fibres(), "img")
    session.apply(repair("Delete fibre").make(session.history.layers, (30, 20), {}))
    dock.presenter.release()
    (journal,) = dock.presenter.journals("img", SHAPE)
    assert "was corrected until" in dock.presenter.offer(journal)
    assert "1 edit, and neither exported nor saved since. Go on with those masks?" in dock.presenter.offer(journal)


def test_what_is_exported_or_saved_is_said_in_words(dock: Dock) -> None:
    assert dock.presenter.kept() == ""
    session = dock.correct(fibres(), "img")
    assert dock.presenter.kept().startswith("No edits since")
    session.apply(repair("Delete fibre").make(session.history.layers, (30, 20), {}))
    assert dock.presenter.kept().startswith("Not exported or saved yet")
    session.note_saved(session.history.layers)
    assert dock.presenter.kept().startswith("No edits since")
    dock.presenter.release()
    (journal,) = dock.presenter.journals("img", SHAPE)
    assert "with 1 edit. Go on with those masks?" in dock.presenter.offer(journal)
