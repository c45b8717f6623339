"""What the Export dock decides, without a window."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from falsetasks import LateTasks

from labelbridge.core import AXON, MYELIN
from labelbridge.io import find_masks, read_label_map
from labelbridge.plugin.presenters.export import ExportPresenter
from labelbridge.plugin.presenters.exportreview import KnownReview
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.shownimage import ShownImage
from labelbridge.plugin.presenters.shownmasks import ShownMasks
from labelbridge.refine.review import FibreRow

SHAPE = (40, 60)


class Window:
    """Two images, the second with two sets of masks; strokes are recorded when the review is asked for."""

    def __init__(self) -> None:
        self.shown = [ShownImage(name, name, np.zeros(SHAPE, np.uint8)) for name in ("bare", "nerve")]
        self.sets = [self._set(number) for number in (1, 2)]
        self.others: list[ShownMasks] = []
        self.known: KnownReview | None = None
        self.has_stroke = False
        self.exported: list[tuple[ShownMasks, Mapping[str, Any]]] = []

    def _set(self, number: int) -> ShownMasks:
        data = {name: np.zeros(SHAPE, np.uint8) for name in (AXON, MYELIN)}
        data[AXON][:, :number] = 1
        return ShownMasks((number,), f"set {number}", "", data)

    def images(self) -> list[ShownImage]:
        return self.shown

    def masks(self, image: ShownImage) -> list[ShownMasks]:
        return self.sets if image.name == "nerve" else []

    def truths(self, masks: ShownMasks) -> list[ShownMasks]:
        return [one for one in (*self.sets, *self.others) if one != masks]

    def review(self, masks: ShownMasks) -> KnownReview | None:
        if self.has_stroke:
            masks.data[MYELIN][30] = 1
        return self.known

    def know_exported(self, masks: ShownMasks, exported: Mapping[str, Any]) -> None:
        self.exported.append((masks, exported))


class Dock:
    """A presenter with what it has told."""

    def __init__(self, folder: Path) -> None:
        self.window, self.tasks = Window(), LateTasks()
        preferences = Preferences.of({"journals": str(folder / "journals")})
        self.presenter = ExportPresenter(self.tasks, self.window, lambda: preferences)
        self.said: list[str] = []
        self.failed: list[str] = []
        self.exported: list[Any] = []
        self.evaluated: list[Any] = []
        self.presenter.said.connect(self.said.append)
        self.presenter.failed.connect(lambda failure: self.failed.append(failure.sentence))
        self.presenter.exported.connect(self.exported.append)
        self.presenter.evaluated.connect(self.evaluated.append)


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    return Dock(tmp_path)


def test_what_is_missing_is_said_one_by_one(dock: Dock, tmp_path: Path) -> None:
    presenter, window = dock.presenter, dock.window
    images, window.shown = window.shown, []
    assert presenter.missing_for_export == "Open an image and its masks first."
    window.shown = images
    presenter.choose_image("bare")
    assert "This image has no masks yet" in presenter.missing_for_evaluation
    presenter.choose_image("nerve")
    assert "Choose the folder" in presenter.missing_for_export
    presenter.choose_folder(tmp_path)
    assert presenter.missing_for_export == ""
    presenter.tick("axondeepseg", False)
    assert presenter.missing_for_export == "Tick a format."
    presenter.export()
    assert dock.failed == ["Tick a format."]
    assert "Choose what is true" in presenter.missing_for_evaluation
    presenter.evaluate()
    assert len(dock.failed) == 2
    assert not presenter.is_busy


def test_formats_keep_their_order(dock: Dock) -> None:
    dock.presenter.tick("bids", True)
    dock.presenter.tick("ome-tiff", True)
    assert dock.presenter.formats == ("axondeepseg", "ome-tiff", "bids")


def test_the_newest_masks_are_chosen_until_the_user_chooses(dock: Dock) -> None:
    presenter, window = dock.presenter, dock.window
    assert presenter.masks == window.sets[1]
    presenter.choose_masks(window.sets[0])
    assert presenter.masks == window.sets[0]
    del window.sets[0]
    assert presenter.masks == window.sets[0]


def test_the_last_stroke_is_in_the_files_and_later_ones_are_not(dock: Dock, tmp_path: Path) -> None:
    presenter, window = dock.presenter, dock.window
    presenter.choose_folder(tmp_path)
    window.has_stroke = True
    presenter.export()
    assert presenter.is_busy
    window.sets[1].data[MYELIN][35] = 1
    dock.tasks.go()
    (done,) = dock.exported
    labels = read_label_map(find_masks(done.folder)["nerve"])
    assert labels.mask(MYELIN)[30, 30]
    assert not labels.mask(MYELIN)[35].any()
    ((masks, exported),) = window.exported
    assert masks == window.sets[1]
    assert exported[MYELIN][30].all(), "what was exported is told, not what is there now"
    assert not exported[MYELIN][35].any()
    assert dock.said == [f"4 files in {done.folder}.", "The record says that no review of these masks is known."]


def test_the_user_reads_what_the_record_says(dock: Dock, tmp_path: Path) -> None:
    rows = [FibreRow(1.0, 2.0, origin, 10, 20, 0.6, False) for origin in ("accepted", "corrected", "model", "model")]
    dock.presenter.choose_folder(tmp_path)
    for fibres in (rows, None):
        dock.window.known = KnownReview.running(fibres)
        dock.presenter.export()
        dock.tasks.go()
    assert dock.said[1].endswith("each of 4 fibres where it comes from: 1 accepted, 1 corrected, 2 as they were made.")
    assert dock.said[3].startswith("The fibres were not ranked yet")


def test_cancelling_is_told_once_and_leaves_nothing(dock: Dock, tmp_path: Path) -> None:
    presenter = dock.presenter
    presenter.choose_folder(tmp_path)
    presenter.cancel()
    assert not presenter.is_cancelling
    presenter.export()
    presenter.cancel()
    assert presenter.is_cancelling
    dock.tasks.go()
    assert dock.said == ["Cancelled; nothing was written."]
    assert not list(tmp_path.iterdir())
    assert not dock.window.exported
    presenter.export()
    assert not presenter.is_cancelling
    dock.tasks.go()
    assert dock.exported


def test_a_folder_that_goes_is_a_sentence(dock: Dock, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    dock.presenter.choose_folder(folder)
    folder.rmdir()
    dock.presenter.export()
    dock.tasks.go()
    assert dock.failed == [f"{folder}: there is no such folder any more; choose another one."]
    assert not dock.presenter.is_busy


def test_masks_are_compared_with_other_masks_of_the_window(dock: Dock) -> None:
    presenter, window = dock.presenter, dock.window
    presenter.choose_truth(window.sets[0])
    presenter.evaluate()
    dock.tasks.go()
    (done,) = dock.evaluated
    assert done.scores[AXON].dice == pytest.approx(2 / 3)
    presenter.choose_masks(window.sets[0])
    assert presenter.truth is None, "masks are not compared with themselves"


def test_a_file_that_was_chosen_stays_among_the_choices(dock: Dock, tmp_path: Path) -> None:
    presenter, window = dock.presenter, dock.window
    presenter.choose_truth(tmp_path)
    assert presenter.truth == tmp_path
    presenter.choose_truth(window.sets[0])
    assert presenter.truth == window.sets[0]
    assert tmp_path in presenter.truths
    del window.sets[0]
    assert presenter.truth is None
