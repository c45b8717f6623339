"""The presenter of the Export dock: which masks, in which formats, where to, and how good they are."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from psygnal import Signal

from labelbridge.core import InputError
from labelbridge.plugin.presenters.evaluating import Evaluation, EvaluationRequest, evaluate
from labelbridge.plugin.presenters.exportformats import FORMAT_TEXTS
from labelbridge.plugin.presenters.exportreview import KnownReview
from labelbridge.plugin.presenters.exportwork import Exported, ExportRequest, export
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.shownimage import ShownImage
from labelbridge.plugin.presenters.shownmasks import ShownMasks
from labelbridge.plugin.presenters.taskpresenter import TaskPresenter
from labelbridge.plugin.presenters.tasks import Failure, Tasks

__all__ = ["ExportPresenter", "Shown"]


_FIRST_FORMATS = ("axondeepseg",)


class Shown(Protocol):
    """What the presenter asks the viewer."""

    def images(self) -> Sequence[ShownImage]:
        """Return the images, the topmost last."""
        ...

    def masks(self, image: ShownImage) -> Sequence[ShownMasks]:
        """Return the sets of masks of an image, the oldest first."""
        ...

    def truths(self, masks: ShownMasks) -> Sequence[ShownMasks]:
        """Return all other sets of masks that there are, complete or not."""
        ...

    def review(self, masks: ShownMasks) -> KnownReview | None:
        """Record what is painted, and return what the correction of these masks says; None where none is in work."""
        ...

    def know_exported(self, masks: ShownMasks, exported: Mapping[str, Any]) -> None:
        """Take note of what was exported of these masks, by class name."""
        ...


class ExportPresenter(TaskPresenter):
    """Decides for the Export dock; knows no window.

    Parameters
    ----------
    tasks
        Does long work and tells in the window's thread.
    shown
        What the viewer shows.
    preferences
        Gives what the user prefers in all windows; raises InputError where that cannot be used.

    Attributes
    ----------
    formats
        Names of the formats that are ticked, in the order of `FORMAT_TEXTS`.
    folder
        Where the new folder goes; None where none was chosen.
    """

    _CANCELLING = ""
    _CANCELLED = "Cancelled; nothing was written."

    exported = Signal(Exported)
    """Files were written."""

    evaluated = Signal(Evaluation)
    """Masks were compared with a truth."""

    def __init__(self, tasks: Tasks, shown: Shown, preferences: Callable[[], Preferences]) -> None:
        super().__init__(tasks)
        self._shown, self._preferences = shown, preferences
        self._layer: object = None
        self._masks: ShownMasks | None = None
        self._truth: ShownMasks | Path | None = None
        self._truth_file: Path | None = None
        self.formats: tuple[str, ...] = _FIRST_FORMATS
        self.folder: Path | None = None

    @property
    def images(self) -> Sequence[ShownImage]:
        """The images that can be chosen."""
        return self._shown.images()

    @property
    def image(self) -> ShownImage | None:
        """The image chosen; the topmost where the chosen one is gone or none was chosen."""
        images = self.images
        topmost = images[-1] if images else None
        return next((image for image in images if image.layer == self._layer), topmost)

    @property
    def mask_sets(self) -> Sequence[ShownMasks]:
        """The sets of masks of the image that is chosen."""
        image = self.image
        return self._shown.masks(image) if image else ()

    @property
    def masks(self) -> ShownMasks | None:
        """The masks chosen; the newest where the chosen ones are gone or none were chosen."""
        sets = self.mask_sets
        newest = sets[-1] if sets else None
        return next((masks for masks in sets if masks == self._masks), newest)

    @property
    def truths(self) -> Sequence[ShownMasks | Path]:
        """What the masks can be compared with: other masks in the window, and the file or folder chosen last."""
        masks = self.masks
        layers = self._shown.truths(masks) if masks else ()
        return [*layers, *([self._truth_file] if self._truth_file else [])]

    @property
    def truth(self) -> ShownMasks | Path | None:
        """The truth chosen; None where it is gone or none was chosen."""
        return next((truth for truth in self.truths if truth == self._truth), None)

    @property
    def missing_masks(self) -> str:
        """Why there is nothing to export or evaluate, a sentence; empty where there is."""
        if self.image is None:
            return "Open an image and its masks first."
        if self.masks is None:
            return "This image has no masks yet: make some in the Bootstrap dock, or open theirs."
        return ""

    @property
    def missing_for_export(self) -> str:
        """What must still be chosen to export, a sentence; empty where nothing."""
        if self.missing_masks:
            return self.missing_masks
        if not self.formats:
            return "Tick a format."
        return "" if self.folder else "Choose the folder in which the export gets a folder of its own."

    @property
    def missing_for_evaluation(self) -> str:
        """What must still be chosen to evaluate, a sentence; empty where nothing."""
        if self.missing_masks:
            return self.missing_masks
        return "" if self.truth else "Choose what is true: other masks in this window, a file or a folder."

    def refresh(self, event: object = None) -> None:
        """Look at the layers again, as they were added, removed or renamed."""
        self.changed.emit()

    def choose_image(self, layer: object) -> None:
        """Take the image of this layer."""
        self._layer = layer
        self.changed.emit()

    def choose_masks(self, masks: ShownMasks) -> None:
        """Take these masks."""
        self._masks = masks
        self.changed.emit()

    def tick(self, name: str, is_on: bool) -> None:
        """Write a format, or do not."""
        ticked = {*self.formats, name} if is_on else {*self.formats} - {name}
        self.formats = tuple(one for one in FORMAT_TEXTS if one in ticked)
        self.changed.emit()

    def choose_folder(self, folder: Path | None) -> None:
        """Put exports into this folder."""
        self.folder = folder
        self.changed.emit()

    def choose_truth(self, truth: ShownMasks | Path) -> None:
        """Compare with other masks, or with those of a file or folder."""
        self._truth = truth
        if isinstance(truth, Path):
            self._truth_file = truth
        self.changed.emit()

    def export(self) -> None:
        """Write the masks, with all that is painted until now."""
        image, masks = self.image, self.masks
        if self.missing_for_export or image is None or masks is None or self.folder is None:
            self.failed.emit(Failure(self.missing_for_export))
            return
        try:
            journals = self._preferences().journal_folder
            review = self._shown.review(masks)
        except InputError as error:
            self.failed.emit(Failure(str(error)))
            return
        request = ExportRequest(image, masks.snapshot(), self.formats, self.folder, journals, review, masks.models)
        self._start(partial(export, request), partial(self._take_export, masks, request.masks))

    def evaluate(self) -> None:
        """Compare the masks, with all that is painted until now, with the truth."""
        image, masks, truth = self.image, self.masks, self.truth
        if self.missing_for_evaluation or image is None or masks is None or truth is None:
            self.failed.emit(Failure(self.missing_for_evaluation))
            return
        self._shown.review(masks)
        against = truth.name if isinstance(truth, Path) else truth.title
        request = EvaluationRequest(image, masks.snapshot(), truth, f"{image.name} ({masks.title}) against {against}")
        self._start(partial(evaluate, request), self.evaluated.emit)

    def _take_export(self, masks: ShownMasks, exported: Mapping[str, Any], done: Exported) -> None:
        self._shown.know_exported(masks, exported)
        self.said.emit(f"{_counted(len(done.files))} in {done.folder}.")
        self.said.emit(done.review.sentence)
        self.exported.emit(done)


def _counted(files: int) -> str:
    return "1 file" if files == 1 else f"{files} files"
