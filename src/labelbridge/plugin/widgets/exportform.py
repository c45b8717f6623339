"""The parts of the Export dock: which masks, formats and folder, and the comparison with a truth."""

from pathlib import Path

from qtpy.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
)

from labelbridge.plugin.presenters.evaluating import Evaluation
from labelbridge.plugin.presenters.export import ExportPresenter
from labelbridge.plugin.presenters.exportformats import FORMAT_TEXTS
from labelbridge.plugin.presenters.shownmasks import ShownMasks
from labelbridge.plugin.widgets.choicebox import Choice, ChoiceBox
from labelbridge.plugin.widgets.folderfield import FolderField
from labelbridge.plugin.widgets.scoretable import ScoreTable

__all__ = ["EvaluateBox", "ExportBox", "MasksBox"]

_SCORES = (
    "From 0 to 1 for each class. Dice and IoU (intersection over union): agreement of both areas; Sens., sensitivity: "
    "part of the truth that was found; Spec., specificity: part of the rest that was left alone."
)
_FIBRES = (
    "Each connected area of axon is a fibre. It is found where intersection over union with one of the truth is at "
    "least 0.5, else invented; those of the truth that are not found are missed. F1 is 1 where all are found and none "
    "is invented."
)
_OBJECTS = (
    "Merged: fibres of the truth that share one area of the masks with others; split: those that are several areas of "
    "the masks. SQ: mean IoU of the fibres found; PQ, panoptic quality: SQ times F1."
)


class MasksBox(QGroupBox):
    """The image, and which of its masks.

    Parameters
    ----------
    presenter
        Decides.
    """

    def __init__(self, presenter: ExportPresenter) -> None:
        super().__init__("1. Masks")
        self._presenter = presenter
        self.image = ChoiceBox("Image", "The image whose masks are exported or evaluated.")
        self.masks = ChoiceBox("Masks", "Which masks of the image; those that are being corrected as they are now.")
        self.image.chosen.connect(presenter.choose_image)
        self.masks.chosen.connect(presenter.choose_masks)
        layout = QFormLayout(self)
        layout.addRow("&Image", self.image)
        layout.addRow("&Masks", self.masks)

    def show_state(self) -> None:
        """Show what can be chosen, and what is."""
        image = self._presenter.image
        self.image.show_choices([Choice(one.layer, one.name) for one in self._presenter.images], image and image.layer)
        choices = [_line(masks) for masks in self._presenter.mask_sets]
        self.masks.show_choices(choices, self._presenter.masks)


class ExportBox(QGroupBox):
    """Formats, folder, and the button that writes them.

    Parameters
    ----------
    presenter
        Decides.
    """

    def __init__(self, presenter: ExportPresenter) -> None:
        super().__init__("2. Export")
        self._presenter = presenter
        self.formats = {name: _tick(presenter, name) for name in FORMAT_TEXTS}
        self.folder = FolderField(
            "Folder for exports",
            "no folder",
            "Each export makes a folder <image>_masks in this one; nothing that is there is replaced.",
        )
        self.folder.chosen.connect(presenter.choose_folder)
        self.hint = _note()
        self.button = _button("Export", "Write the masks as they are now, and where each fibre comes from.")
        self.button.clicked.connect(lambda *_: presenter.export())
        layout = QVBoxLayout(self)
        layout.setSpacing(3)
        for part in (*self.formats.values(), QLabel("Folder"), self.folder, self.hint, self.button):
            layout.addWidget(part)

    def show_state(self) -> None:
        """Show what is chosen, and what is missing."""
        for name, box in self.formats.items():
            box.setChecked(name in self._presenter.formats)
        self.folder.show_folder(self._presenter.folder)
        _show_hint(self.hint, self.button, self._presenter.missing_for_export, self._presenter.is_busy)


class EvaluateBox(QGroupBox):
    """What is true, the button that compares, and the scores.

    Parameters
    ----------
    presenter
        Decides.
    """

    def __init__(self, presenter: ExportPresenter) -> None:
        super().__init__("3. Evaluate")
        self._presenter = presenter
        self.truth = ChoiceBox(
            "Truth", "Masks that are right: other masks of this window, or those of a file or folder."
        )
        self.truth.chosen.connect(presenter.choose_truth)
        self.file = _button(
            "File ...", "One of the true masks, such as <image>_seg-axon.png; the others beside it count."
        )
        self.file.clicked.connect(self._choose_file)
        self.folder = _button("Folder ...", "A folder in which the true masks are; those of this image count.")
        self.folder.clicked.connect(self._choose_folder)
        self.hint = _note()
        self.button = _button("Evaluate", "Score the masks, and show where they err as a layer of their own.")
        self.button.clicked.connect(lambda *_: presenter.evaluate())
        self.about = _note()
        self.about.hide()
        self.table = ScoreTable("Scores", ("Dice", "IoU", "Sens.", "Spec."), _SCORES)
        self.fibres = ScoreTable("Fibres", ("Found", "Missed", "Invented", "F1"), _FIBRES)
        self.objects = ScoreTable("Fibres as objects", ("Merged", "Split", "SQ", "PQ"), _OBJECTS)
        places = QHBoxLayout()
        for part in (self.file, self.folder):
            places.addWidget(part)
        label = QLabel("&Truth")
        label.setBuddy(self.truth)
        layout = QVBoxLayout(self)
        layout.setSpacing(3)
        layout.addWidget(label)
        layout.addWidget(self.truth)
        layout.addLayout(places)
        for below in (self.hint, self.button, self.about, self.table, self.fibres, self.objects):
            layout.addWidget(below)

    def show_state(self) -> None:
        """Show what can be chosen, what is, and what is missing."""
        self.truth.show_choices([_truth_line(one) for one in self._presenter.truths], self._presenter.truth)
        _show_hint(self.hint, self.button, self._presenter.missing_for_evaluation, self._presenter.is_busy)

    def show_scores(self, evaluation: Evaluation) -> None:
        """Show how good masks are, and which they are: others may be chosen meanwhile."""
        self.about.setText(evaluation.request.title)
        self.about.show()
        self.table.show_rows({name: one.texts() for name, one in evaluation.scores.items()})
        texts = evaluation.fibres.texts() if evaluation.fibres else ()
        for table, own in ((self.fibres, texts[:4]), (self.objects, texts[4:])):
            table.show_rows({"fibres": own} if own else {})

    def _choose_file(self) -> None:
        found, _ = QFileDialog.getOpenFileName(self, "One of the true masks")
        if found:
            self._presenter.choose_truth(Path(found))

    def _choose_folder(self) -> None:
        if found := QFileDialog.getExistingDirectory(self, "Folder of the true masks"):
            self._presenter.choose_truth(Path(found))


def _tick(presenter: ExportPresenter, name: str) -> QCheckBox:
    title, tooltip = FORMAT_TEXTS[name]
    box = QCheckBox(title)
    box.setToolTip(tooltip)
    box.clicked.connect(lambda is_on: presenter.tick(name, is_on))
    return box


def _line(masks: ShownMasks) -> Choice:
    return Choice(masks, masks.title, masks.tooltip)


def _truth_line(truth: ShownMasks | Path) -> Choice:
    return _line(truth) if isinstance(truth, ShownMasks) else Choice(truth, truth.name, str(truth))


def _button(text: str, tooltip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tooltip)
    button.setAutoDefault(False)
    return button


def _note() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    return label


def _show_hint(label: QLabel, button: QPushButton, missing: str, is_busy: bool) -> None:
    """Let a button be pressed where nothing is missing, and else say what is."""
    label.setText(missing)
    label.setVisible(bool(missing) and not is_busy)
    button.setEnabled(not (missing or is_busy))
