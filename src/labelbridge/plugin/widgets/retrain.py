"""The Train dock's page for corrected masks: what is verified, which model learns from it, and Retrain."""

from qtpy.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from labelbridge.plugin.presenters.knownmodels import KnownModel
from labelbridge.plugin.presenters.retrain import SPEEDS, RetrainPresenter
from labelbridge.plugin.widgets.choicebox import Choice, ChoiceBox
from labelbridge.plugin.widgets.folderfield import FolderField
from labelbridge.plugin.widgets.formparts import folded_part, form_group, wrapped_label
from labelbridge.plugin.widgets.pushbutton import push_button
from labelbridge.plugin.widgets.trainingpage import TrainingPage

__all__ = ["RetrainPage"]

_SOURCES = (
    Choice("project", "A project", "Its current masks: images that are done, and fibres accepted or corrected."),
    Choice(
        "folder", "Exported masks", "A folder that the Export dock has written, or masks that are right as they are."
    ),
)


class RetrainPage(TrainingPage):
    """The form, Retrain, and what is told.

    Parameters
    ----------
    presenter
        Decides.
    """

    def __init__(self, presenter: RetrainPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.form = _RetrainForm(presenter)
        self.hint = wrapped_label("Why nothing can be begun")
        self.retrain = push_button(
            "Retrain",
            "Begin the job: it goes on when napari is closed, and the Jobs dock shows it. The model that it starts "
            "from stays as it is.",
            presenter.retrain,
        )
        self.again = push_button(
            "Look again", "Look once more what is verified, after corrections were saved.", presenter.look_again
        )
        self.cancel = push_button("Cancel", "Stop looking.", presenter.cancel)
        self._lay_out(self.form, (self.hint,), (self.retrain, self.again, self.cancel))
        presenter.progressed.connect(self.progress.show_progress)
        self._follow(presenter)

    def _come_up(self) -> None:
        self._presenter.refresh()

    def _go_on(self) -> None:
        self._presenter.go_on()

    def _show(self) -> None:
        presenter = self._presenter
        self.form.show_state()
        self.hint.setText(presenter.hint)
        self.hint.setVisible(bool(presenter.hint))
        self.retrain.setEnabled(presenter.can_retrain)
        self.again.setEnabled(not presenter.is_busy and not presenter.missing)
        self.cancel.setEnabled(presenter.is_busy and not presenter.is_cancelling)
        self._show_busy(presenter.is_busy)


class _RetrainForm(QWidget):
    """Shows what is chosen and what is verified, and passes on what the user chooses."""

    def __init__(self, presenter: RetrainPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.source = ChoiceBox("Corrected masks", "Where the corrected masks are.")
        self.project = FolderField(
            "Folder of the project",
            "the project that is open",
            "A project with corrected masks; without one, the project that is open in the Project dock.",
            leave="Take the project that is open",
        )
        self.corrected = FolderField(
            "Folder of exported masks", "no masks", "What the Export dock has written, with its record of the review."
        )
        self.images = FolderField(
            "Folder of the images", "images beside the masks", "The images that the masks are of."
        )
        self.verified = QCheckBox("Every pixel of these masks is right")
        self.verified.setToolTip("Take all of them as verified, whatever the record of the review says.")
        self.found = wrapped_label("What is verified")
        self.notes = wrapped_label("What is left out")
        self.model = ChoiceBox("Model", "The model that learns from the corrections; it stays, and a new one is made.")
        self.facts = wrapped_label("About the model")
        self.speed = ChoiceBox("Training", "How thoroughly is trained, and how long that takes about.")
        self.labeled = FolderField(
            "Labelled set that the model has learnt from",
            "none",
            "Labelled images of the first modality: some are learnt again, so that the model does not forget.",
        )
        self._of_folder = _column(self.corrected, QLabel("Their images"), self.images, self.verified)
        self._lay_out()
        self._connect()

    def show_state(self) -> None:
        """Show what is chosen and found now."""
        presenter, choices = self._presenter, self._presenter.choices
        self.source.show_choices(_SOURCES, choices.source)
        self.project.setVisible(choices.source == "project")
        self.project.show_folder(presenter.project, can_leave=choices.project is not None)
        self._of_folder.setVisible(choices.source == "folder")
        self.corrected.show_folder(choices.corrected)
        self.images.show_folder(choices.images)
        self.verified.setChecked(choices.verified)
        self.labeled.show_folder(choices.labeled)
        self.model.show_choices([_line(one) for one in presenter.models], presenter.model and presenter.model.folder)
        self.facts.setText(presenter.model.facts if presenter.model else "")
        self.speed.show_choices([Choice(preset, text) for preset, text in SPEEDS.items()], choices.preset)
        self._show_found()

    def _show_found(self) -> None:
        found, is_known = self._presenter.found, self._presenter.is_certain
        looking = "Looking what is verified ..." if self._presenter.is_busy else "Not looked at yet."
        self.found.setText(found.sentence if found and is_known else looking)
        self.notes.setText("\n".join(found.notes) if found and is_known else "")
        self.notes.setVisible(bool(self.notes.text()))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        model = [self.model, self.facts, QLabel("Training"), self.speed]
        layout.addWidget(form_group("1. Corrected masks", [self.source, self.project, self._of_folder]))
        layout.addWidget(form_group("2. What is verified", [self.found, self.notes]))
        layout.addWidget(form_group("3. Model to start from", model))
        earlier = [QLabel("Labelled images that it has learnt from"), self.labeled]
        layout.addWidget(folded_part("What it must not forget", "What is rarely needed.", earlier))
        layout.addStretch()

    def _connect(self) -> None:
        choose = self._presenter.choose
        self.source.chosen.connect(lambda source: choose(source=source))
        self.project.chosen.connect(lambda folder: choose(project=folder))
        self.corrected.chosen.connect(lambda folder: choose(corrected=folder))
        self.images.chosen.connect(lambda folder: choose(images=folder))
        self.verified.clicked.connect(lambda is_on: choose(verified=is_on))
        self.model.chosen.connect(lambda folder: choose(model=folder))
        self.speed.chosen.connect(lambda preset: choose(preset=preset))
        self.labeled.chosen.connect(lambda folder: choose(labeled=folder))


def _line(model: KnownModel) -> Choice:
    return Choice(model.folder, model.title, f"{model.facts}\n{model.folder}")


def _column(*parts: QWidget) -> QWidget:
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        layout.addWidget(part)
    return column
