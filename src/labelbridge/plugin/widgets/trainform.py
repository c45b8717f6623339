"""The form of the Train dock's page for a new modality: which images, what to make, what was found, and where."""

from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from labelbridge.jobs import JobStore
from labelbridge.plugin.presenters.train import TrainPresenter
from labelbridge.plugin.presenters.trainingdraft import GOALS, SPEEDS
from labelbridge.plugin.widgets.choicebox import Choice, ChoiceBox
from labelbridge.plugin.widgets.filefield import FileField
from labelbridge.plugin.widgets.folderfield import FolderField
from labelbridge.plugin.widgets.formparts import folded_part, form_group, wrapped_label
from labelbridge.plugin.widgets.settingsform import SettingsForm
from labelbridge.plugin.widgets.trainfound import FoundBox

__all__ = ["TrainForm"]


class TrainForm(QWidget):
    """Shows what is chosen and found, and passes on what the user chooses.

    Parameters
    ----------
    presenter
        Decides.
    """

    def __init__(self, presenter: TrainPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.labeled = FolderField(
            "Folder of labelled images (L)",
            "no labelled images",
            "Images of the known modality with axon and myelin masks: BIDS, AxonDeepSeg, images/ and masks/, nnU-Net.",
        )
        self.unlabeled = FolderField(
            "Folder of new images (U)",
            "no new images",
            "Images of the new modality, which need no masks: they are learnt from and, if you wish, get masks.",
        )
        self.goal = ChoiceBox("What to make", "What the job makes of these images.")
        self.sentence = wrapped_label("What that is")
        self.speed = ChoiceBox("Training", "How thoroughly is trained, and how long that takes about.")
        self.found = FoundBox()
        self.settings = SettingsForm()
        self.advanced = folded_part("Advanced settings", "What is rarely changed.", [self.settings])
        self.cluster = FileField(
            "Settings of a cluster",
            "this computer",
            "A file with the settings of a SLURM cluster: the job runs there. Without one it runs on this computer.",
            "Settings (*.toml)",
        )
        self.folder = FolderField(
            "Folder of the job",
            "a new folder beside the other jobs",
            f"A new or empty folder for the job and its result; without one it is made in {JobStore().root}.",
        )
        self._lay_out()
        self._connect()

    def show_state(self) -> None:
        """Show what is chosen and found now."""
        presenter = self._presenter
        choices, look, draft = presenter.choices, presenter.look, presenter.draft
        self.labeled.show_folder(choices.labeled)
        self.unlabeled.show_folder(choices.unlabeled)
        self.found.show_found(look.found, is_looking=look.is_busy or look.is_due)
        self.goal.show_choices(self._goals(), (choices.goal, choices.translator if choices.goal == "masks" else None))
        self.sentence.setText(GOALS[choices.goal].sentence)
        words = GOALS[choices.goal].speeds
        self.speed.show_choices([Choice(speed, words[speed], SPEEDS[speed]) for speed in draft.speeds], draft.speed)
        self.settings.show_settings(draft.model, draft.advanced, leave_out=draft.not_asked)
        self.cluster.show_folder(choices.cluster)
        self.folder.show_folder(presenter.folder)

    def _goals(self) -> list[Choice]:
        """Return what can be made, with each trained translator that can help."""
        translators = [
            Choice(("masks", one.folder), f"Masks, with {one.title}", f"{one.facts}\n{one.folder}")
            for one in self._presenter.shelf.translators
        ]
        first, *others = [Choice((goal, None), words.title, words.sentence) for goal, words in GOALS.items()]
        return [first, *translators, *others]

    def _connect(self) -> None:
        presenter = self._presenter
        choose = presenter.choose
        self.labeled.chosen.connect(lambda folder: choose(labeled=folder))
        self.unlabeled.chosen.connect(lambda folder: choose(unlabeled=folder))
        self.goal.chosen.connect(lambda chosen: choose(goal=chosen[0], translator=chosen[1]))
        self.speed.chosen.connect(lambda speed: choose(speed=speed))
        self.settings.changed.connect(presenter.choose_settings)
        self.cluster.chosen.connect(lambda file: choose(cluster=file))
        self.folder.chosen.connect(presenter.choose_folder)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        images = [QLabel("Labelled images (L)"), self.labeled, QLabel("New images (U)"), self.unlabeled]
        layout.addWidget(form_group("1. Images", images))
        layout.addWidget(form_group("2. What to make", [self.goal, self.sentence, self.speed]))
        layout.addWidget(self.found)
        places = [QLabel("Runs on"), self.cluster, QLabel("Folder of the job"), self.folder]
        layout.addWidget(self.advanced)
        layout.addWidget(folded_part("Computer and folder", "Another computer, or another folder for the job.", places))
        layout.addStretch()
