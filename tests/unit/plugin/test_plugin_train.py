"""What the Train dock's page for a new modality knows and does, without a window."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from falsetasks import LateTasks, PromptTasks

from labelbridge.bootstrap.sets.found import SetFound, SetsFound
from labelbridge.bootstrap.tasks.tutorship import TutorshipTask
from labelbridge.bootstrap.translators.task import TranslatorTask
from labelbridge.bootstrap.trial.forecast import StageTime, Trial
from labelbridge.core import InputError, Reporter
from labelbridge.doctor.torch_probe import TorchFacts
from labelbridge.jobs import RUNNERS, JobFolder, JobStore, LocalRunner
from labelbridge.plugin.presenters.choices import BootstrapChoices
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.tasks import Failure
from labelbridge.plugin.presenters.train import TrainPresenter
from labelbridge.plugin.presenters.trainingchoices import TrainingChoices
from labelbridge.plugin.presenters.trainingdraft import GOALS, TrainingDraft, TrainingTask

if TYPE_CHECKING:
    from labelbridge.plugin.presenters.jobsactions import Question

L, U, OTHER = Path("tem"), Path("sem"), Path("other")
GOOD = SetsFound(SetFound(L, images=4, labels=4), SetFound(U, images=9), ("They differ.",))
BAD = replace(GOOD, problems=("No image of the new modality can be read.",))
TRIAL = Trial("cpu", (StageTime("training", 60.0),), 2, 3, "about a minute on this computer's CPU")


class Client:
    """Answers at once, and remembers what it was asked."""

    def __init__(self) -> None:
        self.found, self.trial = GOOD, TRIAL
        self.asked: list[tuple[str, TrainingTask]] = []
        self.problem = ""

    def look_at_sets(self, task: TrainingTask, reporter: Reporter | None = None) -> SetsFound:
        self._note("look", task)
        return self.found

    def try_training(self, task: TrainingTask, reporter: Reporter | None = None) -> Trial:
        self._note("try", task)
        return self.trial

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.asked]

    def _note(self, kind: str, task: TrainingTask) -> None:
        self.asked.append((kind, task))
        if self.problem:
            raise InputError(self.problem)


class Place(LocalRunner):
    """Only notes what it is handed."""

    submitted: list[JobFolder]

    def submit(self, folder: JobFolder) -> None:
        self.submitted.append(folder)


class Page:
    """The presenter, and what it has told."""

    def __init__(self, client: Client, device: str = "auto", found: str = "cpu") -> None:
        self.looking = LateTasks()
        self.presenter = TrainPresenter(
            PromptTasks(),
            self.looking,
            PromptTasks(),
            client,
            lambda: Preferences.of({"device": device}),
            lambda: TorchFacts(device=found),
        )
        self.said: list[str] = []
        self.failed: list[str] = []
        self.started: list[Path] = []
        self.questions: list[Question] = []
        for one in (self.presenter, self.presenter.look):
            one.said.connect(self.said.append)
            one.failed.connect(self._note)
        self.presenter.started.connect(self.started.append)
        self.presenter.asked.connect(self.questions.append)

    def choose(self, **chosen: object) -> None:
        self.presenter.choose(**chosen)

    def wait(self) -> None:
        """Do all that is due, as the clock of a window has it begun."""
        self.presenter.look.go_on()
        while self.looking.is_busy:
            self.looking.go()
            self.presenter.look.go_on()

    def _note(self, failure: Failure) -> None:
        self.failed.append(failure.sentence)


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[Place]:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Place, "submitted", [], raising=False)
    monkeypatch.setitem(RUNNERS, "local", Place)
    return Place


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def page(client: Client) -> Page:
    made = Page(client)
    made.choose(labeled=L, unlabeled=U)
    return made


def draft(**chosen: object) -> TrainingDraft:
    return TrainingDraft(TrainingChoices(labeled=L, unlabeled=U).having(**chosen))


def test_what_is_missing_is_said_in_order(client: Client) -> None:
    page = Page(client)
    assert page.presenter.hint == "Choose the folder of labelled images."
    page.choose(labeled=L)
    assert page.presenter.hint == "Choose the folder of new images."
    page.choose(unlabeled=L)
    assert "in the same folder" in page.presenter.hint
    page.wait()
    assert client.asked == []
    page.choose(unlabeled=U)
    assert page.presenter.hint == ""
    assert not page.presenter.can_start, "nobody has looked yet"
    page.wait()
    assert page.presenter.can_start


@pytest.mark.parametrize(
    ("goal", "speed", "expected"),
    [
        ("masks", "cpu", TutorshipTask(labeled=L, unlabeled=U)),
        ("masks", "gpu", TutorshipTask(labeled=L, unlabeled=U, preset="standard")),
        (
            "translator and masks",
            "tiny",
            TutorshipTask(labeled=L, unlabeled=U, preset="tiny", translator_preset="tiny"),
        ),
        ("translator", "paper", TranslatorTask(labeled=L, unlabeled=U, preset="paper")),
        ("masks", "paper", TutorshipTask(labeled=L, unlabeled=U)),
    ],
)
def test_a_goal_and_a_preset_make_a_task(goal: str, speed: str, expected: TrainingTask) -> None:
    assert draft(goal=goal, speed=speed).task == expected


def test_a_known_translator_helps_with_masks_alone() -> None:
    assert draft(translator=OTHER).task == TutorshipTask(labeled=L, unlabeled=U, translator=OTHER)
    with_training = draft(translator=OTHER, goal="translator and masks").task
    assert isinstance(with_training, TutorshipTask)
    assert with_training.translator is None


def test_advanced_settings_count_where_they_have_a_meaning() -> None:
    settings = {"tutorship": {"seed": 7, "translator_minutes": 5.0}, "train-translator": {"minutes": 3.0}}
    masks = draft(settings=settings).task
    assert isinstance(masks, TutorshipTask)
    assert (masks.seed, masks.translator_minutes) == (7, None)
    both = draft(settings=settings, goal="translator and masks").task
    assert isinstance(both, TutorshipTask)
    assert (both.seed, both.translator_minutes) == (7, 5.0)
    translator = draft(settings=settings, goal="translator").task
    assert isinstance(translator, TranslatorTask)
    assert (translator.seed, translator.minutes) == (0, 3.0)
    assert draft(settings={"tutorship": {"seed": "seven"}}).task is None


def test_every_setting_of_a_task_is_chosen_somewhere() -> None:
    for goal in GOALS:
        one = draft(goal=goal)
        assert one.not_asked >= {"labeled", "unlabeled", "preset"}
        assert set(one.model.model_fields) - one.not_asked >= {"seed", "device", "scale", "channel"}


def test_this_computer_needs_no_graphics_card_for_what_a_cluster_computes() -> None:
    settings = {"train-translator": {"device": "cuda", "devices": 4}}
    here = draft(goal="translator", settings=settings)
    assert here.looked_at == here.task
    on_cluster = draft(goal="translator", settings=settings, cluster=Path("cluster.toml"))
    assert isinstance(on_cluster.looked_at, TranslatorTask)
    assert (on_cluster.looked_at.device, on_cluster.looked_at.devices) == ("auto", 1)
    assert isinstance(on_cluster.submitted, TranslatorTask)
    assert (on_cluster.submitted.device, on_cluster.submitted.devices) == ("cuda", 4)


def test_a_cluster_gives_a_graphics_card_to_those_who_ask() -> None:
    on_cluster = draft(speed="gpu", cluster=Path("cluster.toml"))
    assert on_cluster.task is not None
    assert on_cluster.task.device == "auto"
    assert on_cluster.submitted is not None
    assert on_cluster.submitted.device == "cuda"
    slow = draft(speed="cpu", cluster=Path("cluster.toml"))
    assert slow.submitted == slow.task


@pytest.mark.parametrize(
    ("device", "found", "first"), [("auto", "cpu", "cpu"), ("auto", "cuda", "gpu"), ("cpu", "cuda", "cpu")]
)
def test_the_presets_that_suit_the_computer_come_first(client: Client, device: str, found: str, first: str) -> None:
    page = Page(client, device, found)
    page.presenter.find_out()
    assert page.presenter.draft.speeds[0] == page.presenter.draft.speed == first


def test_images_are_looked_at_first_and_then_a_training_is_tried(page: Page, client: Client) -> None:
    page.presenter.look.go_on()
    assert client.asked == [], "in a thread"
    page.looking.go()
    assert client.kinds == ["look"]
    assert page.presenter.look.found is GOOD
    page.wait()
    assert client.kinds == ["look", "try"]
    assert page.presenter.expected == "Expected: about a minute on this computer's CPU."
    page.wait()
    assert client.kinds == ["look", "try"], "once"


def test_what_is_wrong_keeps_a_job_from_starting(page: Page, client: Client, place: type[Place]) -> None:
    client.found = BAD
    page.wait()
    assert client.kinds == ["look"], "there is nothing to try"
    assert page.presenter.hint == f"{BAD.problems[0]} Mend that, then press Look again."
    page.presenter.start()
    assert place.submitted == []
    assert BAD.problems[0] in page.failed[0]
    client.found = replace(GOOD, problems=("One.", "Two."))
    page.presenter.look.look_again()
    page.wait()
    assert page.presenter.hint.startswith("One. (and 1 more above) Mend")
    client.found = GOOD
    page.presenter.look.look_again()
    page.wait()
    assert page.presenter.can_start


def test_a_choice_that_concerns_no_image_is_tried_without_looking_again(page: Page, client: Client) -> None:
    page.wait()
    page.presenter.choose_settings({"styled_images": 10})
    assert page.presenter.look.trial is None
    assert page.presenter.can_start, "what was found holds"
    page.wait()
    assert client.kinds == ["look", "try", "try"]
    page.choose(goal="translator")
    assert not page.presenter.can_start
    assert page.presenter.look.found is GOOD, "shown until there is something newer"
    page.wait()
    assert client.kinds == ["look", "try", "try", "look", "try"]
    page.choose(unlabeled=OTHER)
    assert page.presenter.look.found is None


def test_what_is_found_for_an_earlier_choice_is_dropped(page: Page, client: Client) -> None:
    page.presenter.look.go_on()
    page.choose(unlabeled=OTHER)
    assert page.looking.is_asked_to_stop
    page.choose(unlabeled=U)
    page.wait()
    assert client.kinds == ["look", "look", "try"]
    assert [task.unlabeled for _, task in client.asked] == [U, U, U]
    assert page.said == page.failed == []
    assert page.presenter.can_start


def test_who_cancels_is_left_in_peace_until_something_changes(page: Page, client: Client) -> None:
    page.presenter.look.go_on()
    page.presenter.look.cancel()
    page.wait()
    assert page.presenter.hint == "Press Look again to see what is in the folders."
    asked = len(client.asked)
    page.wait()
    assert len(client.asked) == asked
    page.presenter.look.look_again()
    page.wait()
    assert page.presenter.can_start


def test_a_failure_is_told_once(page: Page, client: Client) -> None:
    client.problem = "sem: no such folder."
    page.wait()
    page.wait()
    assert page.failed == ["sem: no such folder."]
    assert not page.presenter.can_start


def test_a_trial_that_fails_keeps_nobody_from_starting(page: Page, client: Client) -> None:
    page.presenter.look.go_on()
    page.looking.go()
    client.problem = "cannot be tried."
    page.wait()
    assert page.failed == ["cannot be tried."]
    assert page.presenter.can_start
    assert page.presenter.expected == ""


def test_a_job_is_made_and_handed_over(page: Page, place: type[Place]) -> None:
    page.wait()
    page.choose(goal="translator and masks", speed="tiny")
    page.wait()
    page.presenter.start()
    (job,) = place.submitted
    assert page.started == [job.path]
    assert job.path.parent == JobStore().root
    spec = job.spec()
    assert spec.task == "tutorship"
    task = TutorshipTask.model_validate(spec.settings)
    assert task.labeled == L.absolute(), "the job's process is elsewhere"
    assert (task.preset, task.translator_preset) == ("tiny", "tiny")
    assert "goes on when napari is closed" in page.said[0]


def test_a_job_goes_into_an_empty_folder_and_never_over_something(
    page: Page, place: type[Place], tmp_path: Path
) -> None:
    page.wait()
    full = tmp_path / "full"
    full.mkdir()
    (full / "notes.txt").write_text("mine", encoding="utf-8")
    page.presenter.choose_folder(full)
    page.presenter.start()
    assert place.submitted == []
    assert str(full) in page.failed[0]
    assert [file.name for file in full.iterdir()] == ["notes.txt"]
    page.presenter.choose_folder(tmp_path / "new")
    page.presenter.start()
    assert [job.path for job in place.submitted] == [tmp_path / "new"]
    assert page.presenter.folder is None, "the next job has another one"
    assert tmp_path / "new" in [info.folder.path for info in JobStore().jobs()]


def test_what_is_tried_ends_when_the_job_begins(page: Page, place: type[Place]) -> None:
    page.presenter.look.go_on()
    page.looking.go()
    page.presenter.look.go_on()
    assert page.looking.is_busy
    page.presenter.start()
    assert page.looking.is_asked_to_stop
    assert len(place.submitted) == 1


def test_too_little_memory_is_asked_about(page: Page, client: Client, place: type[Place]) -> None:
    client.trial = replace(TRIAL, memory_bytes=9)
    page.wait()
    assert page.presenter.expected.endswith(": more memory than is free.")
    page.presenter.start()
    assert place.submitted == []
    assert "memory is likely not enough" in page.questions[0].sentence
    page.questions[0].act()
    assert len(place.submitted) == 1


def test_nothing_is_tried_for_another_computer(page: Page, client: Client, tmp_path: Path) -> None:
    page.choose(cluster=tmp_path / "gone.toml")
    page.wait()
    assert client.kinds == ["look"]
    assert "cluster is not known" in page.presenter.expected
    page.presenter.start()
    assert "gone.toml" in page.failed[0]


def test_choices_are_remembered(page: Page, client: Client) -> None:
    page.choose(goal="translator", speed="tiny")
    page.presenter.choose_settings({"minutes": 2.0})
    again = Page(client).presenter
    assert again.choices == page.presenter.choices
    assert again.draft.advanced == {"minutes": 2.0}
    (JobStore().root.parent / TrainingChoices.FILE).write_text('{"goal": "gold"}', encoding="utf-8")
    assert Page(client).presenter.choices == TrainingChoices()


def test_labels_that_the_bootstrap_dock_knows_are_taken_over(client: Client) -> None:
    BootstrapChoices(labeled=L).save()
    assert Page(client).presenter.choices.labeled == L


def test_a_translator_that_is_gone_is_not_chosen_any_more(client: Client) -> None:
    TrainingChoices(labeled=L, unlabeled=U, translator=OTHER).save()
    assert Page(client).presenter.choices.translator is None


def test_nothing_of_this_computer_is_asked_twice(client: Client) -> None:
    asked: list[int] = []

    def probe() -> TorchFacts:
        asked.append(1)
        return TorchFacts()

    tasks = PromptTasks(), LateTasks(), PromptTasks()
    presenter = TrainPresenter(*tasks, client, lambda: Preferences.of({}), probe)
    presenter.find_out()
    presenter.find_out()
    assert asked == [1]
