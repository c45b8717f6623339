"""How many journals there are, and which may be deleted."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from falsetasks import LateTasks, PromptTasks

from labelbridge.core import InputError
from labelbridge.plugin.presenters.journalkeeping import JournalKeeping, describe, size_text
from labelbridge.plugin.presenters.session import CorrectionSession
from labelbridge.refine import Edit, restore_session

NEXT_YEAR = datetime.now(UTC) + timedelta(days=365)


class Keeper:
    """Journals of a folder, and what is said about them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keeping = JournalKeeping(PromptTasks(), lambda: folder)
        self.said: list[str] = []
        self.keeping.said.connect(self.said.append)

    def paint(self, image: str) -> CorrectionSession:
        layers = {name: np.zeros((20, 30), np.uint8) for name in ("axon", "myelin")}
        session = CorrectionSession.begin(layers, folder=self.folder, image=image, image_id=image)
        layers["axon"][3] = 1
        session.record(Edit.of_stroke(layers, "axon", 90 + np.arange(30), 0, 1))
        return session

    def finish(self, image: str, *, is_saved: bool = True) -> Path:
        session = self.paint(image)
        if is_saved:
            session.note_saved(session.history.layers)
        assert session.close() is None
        assert session.journal_path is not None
        return session.journal_path

    def interrupt(self, image: str) -> Path:
        """Leave what a crash leaves: a journal that is neither closed nor open."""
        whole = self.finish(image, is_saved=False)
        cut = whole.with_name(f"cut-{whole.name}")
        cut.write_bytes(whole.read_bytes()[:-3])
        whole.unlink()
        return cut

    def old(self) -> list[str]:
        self.keeping.look()
        return [describe(journal)[0] for journal in self.keeping.older_than(30, NEXT_YEAR)]


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path / "journals")


def test_it_says_how_many_there_are(keeper: Keeper) -> None:
    assert keeper.keeping.summary() == "The journals are being counted."
    keeper.keeping.look()
    assert keeper.keeping.summary().startswith("There are no journals yet")
    keeper.finish("rat")
    keeper.keeping.look()
    assert keeper.keeping.summary() == f"1 journal, {_size(keeper)}, of {datetime.now():%d %B %Y}."
    keeper.interrupt("mouse")
    keeper.keeping.look()
    assert keeper.keeping.summary().startswith("2 journals, ")
    assert keeper.keeping.summary().endswith(" 1 can still be restored after an interruption.")


def _size(keeper: Keeper) -> str:
    return size_text(sum(path.stat().st_size for path in keeper.folder.glob("*.journal")))


def test_only_what_is_old_and_not_open_can_be_deleted(keeper: Keeper) -> None:
    keeper.finish("rat")
    open_one = keeper.paint("mouse")
    assert keeper.old() == ["rat"]
    assert keeper.keeping.older_than(30) == []
    open_one.close()
    assert keeper.old() == ["rat", "mouse"]


def test_what_waits_to_be_restored_is_not_finished(keeper: Keeper) -> None:
    keeper.finish("rat")
    keeper.interrupt("mouse")
    keeper.finish("cat", is_saved=False)
    (keeper.folder / "damaged.journal").write_bytes(b"no journal")
    keeper.keeping.look()
    finished = {describe(journal)[0]: journal.is_finished for journal in keeper.keeping.journals}
    assert finished == {"rat": True, "mouse": False, "cat": False, "damaged.journal": False}
    states = {describe(journal)[0]: describe(journal)[-1] for journal in keeper.keeping.journals}
    assert states == {
        "rat": "finished",
        "mouse": "interrupted",
        "cat": "not exported",
        "damaged.journal": "cannot be read",
    }


def test_masks_that_are_in_no_file_are_told_until_they_are_saved(keeper: Keeper) -> None:
    rat = keeper.finish("rat", is_saved=False)
    keeper.finish("mouse")
    keeper.keeping.look()
    day = f"{datetime.now():%d %B %Y}"
    assert keeper.keeping.notice() == (
        f"Neither exported nor saved: the correction of 'rat' (1 edit, {day}). Open the image to go on with it."
    )
    assert keeper.keeping.unsaved(NEXT_YEAR) == [], "what is old is not told again and again"
    keeper.interrupt("cat")
    keeper.keeping.look()
    assert "the corrections of 2 images, the latest of 'cat'" in keeper.keeping.notice()
    keeper.keeping.note_saved(rat, {name: np.zeros((20, 30), np.uint8) for name in ("axon", "myelin")})
    assert len(keeper.keeping.unsaved()) == 2, "other masks than the journal's were saved"
    keeper.keeping.note_saved(rat, restore_session(rat).history.layers)
    assert [describe(journal)[0] for journal in keeper.keeping.unsaved()] == ["cat"]
    assert {journal.path: journal.is_closed for journal in keeper.keeping.journals}[rat]


def test_only_the_latest_correction_of_an_image_is_told(keeper: Keeper) -> None:
    keeper.finish("rat", is_saved=False)
    keeper.finish("rat")
    keeper.keeping.look()
    assert keeper.keeping.notice() == ""
    open_one = keeper.paint("mouse")
    keeper.keeping.look()
    assert keeper.keeping.notice() == ""
    open_one.close()


def test_a_journal_that_cannot_be_noted_in_is_passed_over(keeper: Keeper) -> None:
    rat = keeper.finish("rat", is_saved=False)
    masks = restore_session(rat).history.layers
    keeper.keeping.note_saved(keeper.folder / "gone.journal", masks)
    open_one = CorrectionSession.restore(rat)
    keeper.keeping.note_saved(rat, masks)
    open_one.close()
    assert keeper.said == []
    keeper.keeping.look()
    assert "'rat'" in keeper.keeping.notice()


def test_what_was_chosen_is_deleted_and_nothing_else(keeper: Keeper) -> None:
    rat, mouse = keeper.finish("rat"), keeper.finish("mouse")
    efforts = sorted(keeper.folder.glob("*.effort.json"))
    assert efforts
    keeper.keeping.look()
    keeper.keeping.delete([journal for journal in keeper.keeping.journals if journal.path == rat])
    assert not rat.exists()
    assert mouse.exists()
    assert sorted(keeper.folder.glob("*.effort.json")) == efforts
    assert keeper.said[0].startswith("1 journal deleted, ")
    assert [journal.path for journal in keeper.keeping.journals] == [mouse]


def test_one_that_was_opened_or_has_grown_since_it_was_listed_is_kept(keeper: Keeper) -> None:
    rat, mouse, cat = (keeper.finish(name) for name in ("rat", "mouse", "cat"))
    keeper.keeping.look()
    listed = keeper.keeping.journals
    open_one = CorrectionSession.restore(rat)
    grown = CorrectionSession.restore(mouse)
    grown.undo()
    grown.close()
    keeper.keeping.delete(listed)
    assert rat.exists()
    assert mouse.exists()
    assert not cat.exists()
    assert "2 changed meanwhile and are kept." in keeper.said[0]
    open_one.close()


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    def broken() -> Path:
        raise InputError("got the file x for the folder of journals.")

    keeping = JournalKeeping(PromptTasks(), broken)
    said: list[str] = []
    keeping.said.connect(said.append)
    keeping.look()
    assert said == ["got the file x for the folder of journals."]
    assert keeping.folder is None


@pytest.mark.parametrize(("size", "text"), [(1500, "2 kB"), (2_340_000, "2.3 MB"), (7_000_000_000, "7.0 GB")])
def test_sizes_have_a_unit_that_suits_them(size: int, text: str) -> None:
    assert size_text(size) == text


def test_a_list_is_made_again_where_it_was_asked_for_meanwhile(tmp_path: Path) -> None:
    tasks = LateTasks()
    keeping = JournalKeeping(tasks, lambda: tmp_path)
    keeping.look()
    keeping.look()
    keeping.look()
    tasks.go()
    assert tasks.is_busy
    tasks.go()
    assert not tasks.is_busy
