"""States are notes of the journal and survive the end of the process."""

from pathlib import Path

from reviewscenes import erase, rows_of_fibres

from labelbridge.core import AXON
from labelbridge.refine import History, Journal, Note, restore_session
from labelbridge.refine.review import ReviewQueue


def states(queue: ReviewQueue) -> dict[object, str]:
    return {place.key: queue.state(place) for place in queue}


def session(folder: Path) -> tuple[History, Journal, ReviewQueue]:
    history = History(rows_of_fibres())
    queue = ReviewQueue.build(history.layers)
    journal = queue.recorder = Journal.start(folder, history, image="rows", image_id="x")
    queue.follow(history)
    for place in list(queue)[:3]:
        queue.accept(place)
    for column in (70, 120):
        erase(history, AXON, (slice(70, 75), slice(column, column + 20)))
    return history, journal, queue


def test_states_come_back_and_so_do_those_before_an_undo(tmp_path: Path) -> None:
    history, journal, queue = session(tmp_path)
    was = states(queue)
    assert sorted(was.values()).count("corrected") == 2
    journal.append_note({"effort": 3})
    journal.append_note({"review": "of a later version"})
    journal.close()
    restored = restore_session(journal.path)
    again = ReviewQueue.build(restored.history.layers, notes=restored.notes)
    assert states(again) == was
    again.follow(restored.history)
    for both in (history, restored.history):
        both.undo()
        both.undo()
    assert states(again) == states(queue)
    assert again.counts() == {"unseen": 9, "accepted": 3, "corrected": 0}


def test_a_fibre_that_changed_after_its_last_note_is_not_the_models(tmp_path: Path) -> None:
    history, journal, queue = session(tmp_path)
    queue.recorder = None
    erase(history, AXON, (slice(85, 95), slice(70, 90)))
    journal.close()
    restored = restore_session(journal.path)
    assert states(ReviewQueue.build(restored.history.layers, notes=restored.notes)) == states(queue)


def test_one_note_holds_all_states_for_a_new_journal(tmp_path: Path) -> None:
    history, journal, queue = session(tmp_path)
    journal.close()
    again = ReviewQueue.build(history.layers, notes=[Note(0.0, queue.note_content())])
    assert states(again) == states(queue)
