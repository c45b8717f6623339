"""The form of the Bootstrap dock, in the order in which one thinks: image, what is known, path, scale."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtGui import QAction
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from labelbridge.bootstrap.settings import USUAL_MINUTES
from labelbridge.plugin.presenters.bootstrap import BootstrapPresenter
from labelbridge.plugin.presenters.choices import MOST_MINUTES
from labelbridge.plugin.presenters.knownmodels import KnownModel, describe_entry, downloadable
from labelbridge.plugin.presenters.planning import PATHS, PRESETS, Draft, best_in
from labelbridge.plugin.presenters.settingsfields import SettingsField
from labelbridge.plugin.presenters.shownimage import ShownImage
from labelbridge.plugin.widgets.absentbox import AbsentBox
from labelbridge.plugin.widgets.advicebox import AdviceBox
from labelbridge.plugin.widgets.channelbox import ChannelBox
from labelbridge.plugin.widgets.choicebox import Choice, ChoiceBox
from labelbridge.plugin.widgets.folderfield import FolderField
from labelbridge.plugin.widgets.formparts import folded_part, form_group, form_row, wrapped_label
from labelbridge.plugin.widgets.scalebox import ScaleBox
from labelbridge.plugin.widgets.settingsinputs import settings_input

__all__ = ["BootstrapForm"]

_PLANES = (Choice("seen", "This plane"), Choice("all", "All planes"))
_BEST_TOOLTIP = "The best path that labels and model allow, with as much training as fits the time."
_MINUTES = SettingsField(
    name="minutes",
    label="Minutes",
    tooltip="Time for training and masks, in minutes.",
    kind="whole",
    default=round(USUAL_MINUTES),
    is_optional=False,
    least=1,
    most=MOST_MINUTES,
)


class BootstrapForm(QWidget):
    """Shows what is chosen and passes on what the user chooses.

    Parameters
    ----------
    presenter
        Decides.
    """

    region_wanted = Signal(bool)
    """A part of a large image is to be a layer of its own: True for the visible field, False for a drawn rectangle."""

    def __init__(self, presenter: BootstrapPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.image = ChoiceBox("Image", "The image that shall get masks: any image layer of this window.")
        self.channel = ChannelBox()
        self.planes = ChoiceBox("Planes", "Which planes of a stack get masks; each is worked on by its own.")
        self.labeled = FolderField(
            "Folder of labelled images",
            "no labelled images",
            "Images of the other modality with axon and myelin masks: BIDS, AxonDeepSeg, images/ and masks/, nnU-Net.",
        )
        self.model = ChoiceBox("Model", "A model of the labelled modality, or one from a finished tutorship.")
        self.add = QPushButton("Add ...")
        self.add.setToolTip("Take in a model: a folder, a zip, or a download of a released one.")
        self.facts = wrapped_label()
        self.path = ChoiceBox("Path", "How labels come to your image.")
        self.minutes = settings_input(_MINUTES)
        self.sentence = wrapped_label()
        self.advice = AdviceBox(presenter)
        self.translator = ChoiceBox("Translator", "What makes images of one modality look like the other.")
        self.preset = ChoiceBox("Training", "How a model is trained where one is missing.")
        self.absent = AbsentBox()
        self.scale = ScaleBox()
        self._large = self._region_row()
        self._lay_out()
        self._connect()

    def show_state(self) -> None:
        """Show what is chosen now."""
        self._show_image()
        self._show_known()
        draft, choices = self._presenter.draft, self._presenter.choices
        self._show_path(draft)
        self.advice.show_advice()
        translators = [_line(one) for one in self._presenter.shelf.translators]
        nothing = Choice(None, "Intensities (no training)", "Maps dark to dark and bright to bright, or turns them.")
        self.translator.show_choices([nothing, *translators], choices.translator)
        self.translator.setEnabled(draft.wants_translator)
        presets = [Choice(preset, text) for preset, text in PRESETS.items() if preset != "tiny"]
        self.preset.show_choices(presets, choices.preset)
        self.absent.show_classes(draft.classes, draft.absent)
        self.scale.show_findings(self._presenter.findings, self._presenter.scale)
        self.scale.measure.setEnabled(not (self._presenter.is_busy or draft.missing))

    def _show_image(self) -> None:
        shown, choices = self._presenter.image, self._presenter.choices
        self.image.show_choices([_image_line(one) for one in self._presenter.images], shown and shown.layer)
        self.channel.show_channel(choices.channel)
        self.channel.setVisible(shown is not None and shown.is_colour)
        self.planes.show_choices(_PLANES, choices.planes)
        self.planes.setVisible(shown is not None and shown.is_stack)
        self._large.setVisible(shown is not None and shown.is_large)

    def _show_known(self) -> None:
        self.labeled.show_folder(self._presenter.choices.labeled)
        models = [Choice(None, "no model"), *(_line(one) for one in self._presenter.shelf.models)]
        self.model.show_choices(models, self._presenter.choices.model)
        model = self._presenter.model
        self.facts.setText(model.facts if model else "")
        self.facts.setVisible(model is not None)
        self.add.setEnabled(not self._presenter.is_busy)

    def _show_path(self, draft: Draft) -> None:
        choices = draft.choices
        best = Choice(None, best_in(choices.minutes), _BEST_TOOLTIP)
        paths = [Choice(path, path, sentence) for path, sentence in PATHS.items()]
        self.path.show_choices([best, *paths], choices.path)
        self.minutes.show_value(choices.minutes)
        self.minutes.widget.setVisible(choices.path is None)
        self.minutes.widget.setEnabled(draft.minutes is not None)
        self.sentence.setText(draft.sentence)

    def _connect(self) -> None:
        choose = self._presenter.choose
        self.image.chosen.connect(self._presenter.choose_image)
        self.channel.chosen.connect(lambda name: choose(channel=name))
        self.planes.chosen.connect(lambda name: choose(planes=name))
        self.labeled.chosen.connect(lambda folder: choose(labeled=folder))
        self.model.chosen.connect(lambda folder: choose(model=folder))
        self.path.chosen.connect(lambda path: choose(path=path))
        self.minutes.entered.connect(lambda minutes: choose(minutes=minutes))
        self.translator.chosen.connect(lambda folder: choose(translator=folder))
        self.preset.chosen.connect(lambda preset: choose(preset=preset))
        self.absent.chosen.connect(self._presenter.choose_absent)
        self.scale.chosen.connect(self._presenter.choose_scale)
        self.scale.measure.clicked.connect(self._measure)
        menu = QMenu(self.add)
        menu.aboutToShow.connect(lambda: self._fill_menu(menu))
        self.add.setMenu(menu)

    def _measure(self) -> None:
        self._presenter.choose_scale(None)
        self._presenter.look()

    def _fill_menu(self, menu: QMenu) -> None:
        menu.clear()
        menu.setToolTipsVisible(True)
        _action(menu, "Folder ...", "A model of LabelBridge, nnU-Net v2 or SynDiff.", self._add_folder)
        _action(menu, "Zip ...", "A zip of an nnU-Net v2 model, e.g. one of AxonDeepSeg's.", self._add_zip)
        menu.addSection("Download")
        for entry in downloadable():
            download = partial(self._presenter.download_model, entry.name)
            _action(menu, f"{entry.name} ({entry.modality})", describe_entry(entry), download)

    def _add_folder(self) -> None:
        if found := QFileDialog.getExistingDirectory(self, "Folder of a model"):
            self._presenter.add_model(Path(found))

    def _add_zip(self) -> None:
        found, _ = QFileDialog.getOpenFileName(self, "Zip of a model", "", "Zip (*.zip)")
        if found:
            self._presenter.add_model(Path(found))

    def _region_row(self) -> QWidget:
        row = QWidget()
        layout = QVBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        note = wrapped_label()
        note.setText("This image is large: work on a part of it, which opens as a layer of its own.")
        layout.addWidget(note)
        buttons = QHBoxLayout()
        for text, tooltip, is_visible_field in (
            ("Visible field", "Take the part of the image that is seen now.", True),
            ("Drawn rectangle", "Take what lies within the shape drawn last in a Shapes layer.", False),
        ):
            button = QPushButton(text)
            button.setToolTip(tooltip)
            button.clicked.connect(lambda *_, field=is_visible_field: self.region_wanted.emit(field))
            buttons.addWidget(button)
        layout.addLayout(buttons)
        return row

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(form_group("1. Image", [self.image, self.channel, self.planes, self._large]))
        known = [QLabel("Labelled images"), self.labeled, QLabel("Model"), form_row(self.model, self.add), self.facts]
        layout.addWidget(form_group("2. What is known", known))
        layout.addWidget(form_group("3. Path", [form_row(self.path, self.minutes.widget), self.sentence, self.advice]))
        layout.addWidget(form_group("Both at the same scale", [self.scale]))
        more = [QLabel("Translator"), self.translator, QLabel("Training"), self.preset]
        more += [QLabel("Absent in this image"), self.absent]
        layout.addWidget(folded_part("Translator, training, absent classes", "What is rarely changed.", more))
        layout.addStretch()


def _image_line(shown: ShownImage) -> Choice:
    height, width = shown.shape
    return Choice(shown.layer, shown.name, f"{width} x {height} px")


def _line(model: KnownModel) -> Choice:
    return Choice(model.folder, model.title, f"{model.facts}\n{model.folder}")


def _action(menu: QMenu, text: str, tooltip: str, act: Callable[[], object]) -> None:
    action = QAction(text, menu)
    action.setToolTip(tooltip)
    action.triggered.connect(lambda *_: act())
    menu.addAction(action)
