from pathlib import Path

import numpy as np
import pytest

from labelbridge.core import LabelArray, Reporter
from labelbridge.plugin.presenters.identity import image_identity
from labelbridge.plugin.presenters.journaling import journals_of
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.refine import Edit, MaskOrigin, list_journals, restore_session
from labelbridge.refine.repairs import delete_fibre

SHAPE = (80, 120)


def two_fibres() -> dict[str, LabelArray]:
    masks = {name: np.zeros(SHAPE, np.uint8) for name in ("axon", "myelin")}
    for left in (10, 60):
        masks["myelin"][10:40, left : left + 30] = 1
        masks["axon"][15:35, left + 5 : left + 25] = 1
    masks["myelin"] *= masks["axon"] == 0
    return masks


def begin(folder: Path) -> CorrectionSession:
    return CorrectionSession.begin(two_fibres(), folder=folder, image="rat 1", image_id="x")


def stroke(session: CorrectionSession, row: int = 60) -> Edit:
    layers = session.history.layers
    layers["axon"][row, 10:20] = 1
    indices = row * SHAPE[1] + np.arange(10, 20)
    return Edit.of_stroke(layers, "axon", indices, 0, 1)


def with_queue(session: CorrectionSession) -> CorrectionSession:
    session.adopt(session.review_work()(Reporter()))
    return session


def test_a_journal_begins_with_the_first_edit_and_holds_it(tmp_path: Path) -> None:
    session = begin(tmp_path)
    assert session.journal_path is None
    assert not list(tmp_path.iterdir())
    session.record(stroke(session))
    assert session.journal_path is not None
    assert session.close() is None
    restored = restore_session(session.journal_path)
    np.testing.assert_array_equal(restored.history.layers["axon"], session.history.layers["axon"])
    restored.history.undo()
    np.testing.assert_array_equal(restored.history.layers["axon"], two_fibres()["axon"])


def test_the_first_stroke_does_not_wait_for_the_masks_to_be_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = begin(tmp_path)
    monkeypatch.delattr("labelbridge.refine.journal.Snapshot")
    session.record(stroke(session))
    session.record(stroke(session, 61))
    session.close()
    assert session.journal_path is not None
    restored = restore_session(session.journal_path)
    np.testing.assert_array_equal(restored.history.layers["axon"], session.history.layers["axon"])
    while restored.history.undo():
        pass
    np.testing.assert_array_equal(restored.history.layers["axon"], two_fibres()["axon"])


def test_undo_and_redo_tell_what_changed_and_count(tmp_path: Path) -> None:
    session = begin(tmp_path)
    told: list[object] = []
    session.layers_changed.connect(lambda names, window: told.append((names, window)))
    session.record(stroke(session))
    assert session.undo()
    assert not session.undo()
    assert session.redo()
    assert not session.redo()
    assert told == [(("axon",), (slice(60, 61), slice(10, 20)))] * 3
    assert (session.ledger.effort.strokes, session.ledger.effort.undos, session.ledger.effort.redos) == (1, 1, 1)
    session.close()


def test_strokes_that_are_not_recorded_come_before_undo_repair_and_end(tmp_path: Path) -> None:
    session = begin(tmp_path)
    waiting = [60, 61, 62]
    session.about_to_change.connect(lambda: waiting and session.record(stroke(session, waiting.pop())))
    session.undo()
    assert not session.history.layers["axon"][62].any()
    session.apply(delete_fibre(session.history.layers, (20, 20)))
    assert session.history.layers["axon"][61].any()
    session.close()
    assert session.history.layers["axon"][60].any()
    assert [edit.action for edit in session.history.done] == ["paint", "delete fibre", "paint"]


def test_the_queue_catches_up_and_follows_when_there_is_time(tmp_path: Path) -> None:
    session = begin(tmp_path)
    work = session.review_work()
    session.apply(delete_fibre(session.history.layers, (20, 20)))
    session.adopt(work(Reporter()))
    assert session.reviewing.settled().counts() == {"unseen": 1, "accepted": 0, "corrected": 0}
    session.undo()
    assert session.reviewing.is_stale
    assert len(list(session.reviewing.settled())) == 2
    assert not session.reviewing.is_stale
    session.close()


def test_a_queue_that_waited_is_the_same_as_one_that_followed_each_edit(tmp_path: Path) -> None:
    session = with_queue(begin(tmp_path))
    for at in ((20, 20), (20, 70)):
        session.apply(delete_fibre(session.history.layers, at))
    session.record(stroke(session))
    session.undo()
    session.undo()
    waited = {place.fingerprint for place in session.reviewing.settled()}
    fresh = {place.fingerprint for place in session.review_work()(Reporter())}
    assert waited == fresh
    assert len(waited) == 1
    session.close()


def test_states_of_fibres_come_back_with_the_journal(tmp_path: Path) -> None:
    session = with_queue(begin(tmp_path))
    first, second = session.reviewing.settled()
    session.accept(first)
    session.record(stroke(session, 36))
    session.accept(session.reviewing.again(second) or second)
    counts = session.reviewing.settled().counts()
    assert counts["accepted"] == 1
    assert session.ledger.effort.fibres == 2
    session.close()
    assert session.journal_path is not None
    again = with_queue(CorrectionSession.restore(session.journal_path))
    assert again.reviewing.settled().counts() == counts
    assert again.image == "rat 1"
    again.close()


def test_a_place_is_found_again_after_its_fibre_was_changed(tmp_path: Path) -> None:
    session = with_queue(begin(tmp_path))
    place = next(iter(session.reviewing.settled()))
    axon = session.history.layers["axon"]
    axon[place.at] = 0
    session.record(Edit.of_stroke(session.history.layers, "axon", place.at[0] * SHAPE[1] + place.at[1], 1, 0, "erase"))
    again = session.reviewing.again(place)
    assert again is not None
    assert again.fingerprint != place.fingerprint
    assert session.reviewing.settled().state(again) == "corrected"
    session.close()


def test_journals_of_an_image_are_those_that_nobody_has_open(tmp_path: Path) -> None:
    session = begin(tmp_path)
    session.record(stroke(session))
    assert journals_of(tmp_path, "x", SHAPE) == []
    session.close()
    (found,) = journals_of(tmp_path, "x", SHAPE)
    assert found.is_closed
    assert found.edits == 1
    assert journals_of(tmp_path, "y", SHAPE) == []
    assert journals_of(tmp_path, "x", (1, 2)) == []


def test_what_was_changed_is_unsaved_until_the_same_masks_are_saved(tmp_path: Path) -> None:
    session = begin(tmp_path)
    assert not session.is_unsaved
    session.record(stroke(session))
    exported = {name: layer.copy() for name, layer in session.history.layers.items()}
    session.undo()
    session.note_saved(exported)
    assert session.is_unsaved, "the masks have changed since they were exported"
    session.redo()
    session.note_saved({name: mask.astype(np.int32) * 7 for name, mask in exported.items()})
    assert not session.is_unsaved
    session.close()
    (info,) = list_journals(tmp_path)
    assert info.is_finished
    again = CorrectionSession.restore(info.path)
    assert not again.is_unsaved
    again.undo()
    assert again.is_unsaved
    again.close()
    (info,) = list_journals(tmp_path)
    assert (info.is_unsaved, info.state) == (True, "not exported")
    third = CorrectionSession.restore(info.path)
    assert third.is_unsaved
    third.close()


def test_a_stroke_that_is_not_recorded_yet_is_no_part_of_what_was_saved(tmp_path: Path) -> None:
    session = begin(tmp_path)
    session.record(stroke(session, 60))
    exported = {name: layer.copy() for name, layer in session.history.layers.items()}
    waiting = [61]
    session.about_to_look.connect(lambda: waiting and session.record(stroke(session, waiting.pop())))
    session.note_saved(exported)
    assert session.is_unsaved
    session.close()


def test_it_is_told_once_that_the_journal_has_begun(tmp_path: Path) -> None:
    session = with_queue(begin(tmp_path))
    begun: list[Path | None] = []
    session.journal_begun.connect(lambda: begun.append(session.journal_path))
    session.accept(next(iter(session.reviewing.settled())))
    session.record(stroke(session))
    assert begun == [session.journal_path]
    assert begun != [None]
    session.close()


def test_the_journal_keeps_where_the_masks_came_from(tmp_path: Path) -> None:
    models = {"segmenter": {"name": "tem", "structure_size_px": np.float32(32), "files": {"a": tmp_path / "x"}}}
    origin = MaskOrigin(first_masks="bootstrapped", models=models)
    session = CorrectionSession.begin(two_fibres(), folder=tmp_path, image="rat", image_id="x", origin=origin)
    session.record(stroke(session))
    session.close()
    assert session.journal_path is not None
    again = CorrectionSession.restore(session.journal_path)
    assert again.origin == origin
    assert again.origin.models == {
        "segmenter": {"name": "tem", "structure_size_px": 32.0, "files": {"a": str(tmp_path / "x")}}
    }
    again.undo()
    again.close()
    assert '"first_masks": "bootstrapped"' in (again.ledger.path or tmp_path).read_text(encoding="utf-8")


def test_a_folder_that_takes_no_journal_is_told_once_and_nothing_is_lost(tmp_path: Path) -> None:
    blocked = tmp_path / "journals"
    blocked.write_text("a file", encoding="utf-8")
    session = begin(blocked)
    told: list[str | None] = []
    session.problem.connect(told.append)
    session.record(stroke(session, 60))
    session.record(stroke(session, 61))
    assert len(told) == 1
    assert told[0] is not None
    assert "edits are not kept on the disk until that works" in told[0]
    blocked.unlink()
    session.record(stroke(session, 62))
    assert told[1:] == [None]
    session.close()
    assert session.journal_path is not None
    restored = restore_session(session.journal_path)
    np.testing.assert_array_equal(restored.history.layers["axon"], session.history.layers["axon"])
    assert len(restored.history.done) == 3
    while restored.history.undo():
        pass
    np.testing.assert_array_equal(restored.history.layers["axon"], two_fibres()["axon"])


def test_closing_twice_does_nothing(tmp_path: Path) -> None:
    session = begin(tmp_path)
    assert session.close() is None
    assert session.close() is None
    assert not session.is_open


@pytest.mark.parametrize("shape", [(50, 60), (3000, 2000), (40, 50, 3)])
def test_an_image_is_known_by_its_pixels(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 60_000, shape).astype(np.uint16)
    assert image_identity(image) == image_identity(image.copy())
    assert image_identity(image) == image_identity(image.astype(">u2"))
    assert image_identity(image) != image_identity(image.astype(np.int32))
    changed = image.copy()
    changed[-1, -1] += 1
    assert image_identity(image) != image_identity(changed)
