"""The page for corrected masks, without a window."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from falsetasks import LateTasks

from labelbridge.bootstrap.demo import sample_data_folder
from labelbridge.bootstrap.retraining.found import VerifiedFound
from labelbridge.bootstrap.retraining.task import RetrainTask
from labelbridge.core import InputError, Reporter
from labelbridge.jobs import RUNNERS, JobFolder, JobSpec, JobStore, LocalRunner
from labelbridge.plugin.presenters import retrain as module
from labelbridge.plugin.presenters.bootstrap import BootstrapPresenter
from labelbridge.plugin.presenters.choices import BootstrapChoices
from labelbridge.plugin.presenters.preferences import Preferences
from labelbridge.plugin.presenters.retrain import RetrainPresenter
from labelbridge.plugin.presenters.retrainchoices import RetrainChoices

ENOUGH = VerifiedFound(images=2, learnt_fibres=20, held_out_fibres=5, share=0.25)
TUTORED = sample_data_folder() / "models" / "tutored"


class Page:
    """The presenter, and what it has told."""

    def __init__(self) -> None:
        self.tasks = LateTasks()
        self.open_project: Path | None = None
        self.presenter = RetrainPresenter(self.tasks, lambda: Preferences.of({}), lambda: self.open_project)
        self.said: list[str] = []
        self.failed: list[str] = []
        self.started: list[Path] = []
        self.presenter.said.connect(self.said.append)
        self.presenter.failed.connect(lambda failure: self.failed.append(failure.sentence))
        self.presenter.started.connect(self.started.append)

    def look(self) -> None:
        self.presenter.go_on()
        self.tasks.go()


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELBRIDGE_HOME", str(tmp_path / "home"))


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[RetrainTask]:
    """The tasks that were looked at; enough is verified in all."""
    tasks: list[RetrainTask] = []

    def look(task: RetrainTask, reporter: Reporter) -> VerifiedFound:
        tasks.append(task)
        return ENOUGH

    monkeypatch.setattr(module, "look_at_corrected", look)
    return tasks


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[JobFolder]:
    """The jobs that were handed over."""
    jobs: list[JobFolder] = []

    class Place(LocalRunner):
        def submit(self, folder: JobFolder) -> None:
            jobs.append(folder)

    monkeypatch.setitem(RUNNERS, "local", Place)
    return jobs


def test_the_open_project_is_learnt_from_with_what_is_preferred(looked: list[RetrainTask], tmp_path: Path) -> None:
    page = Page()
    assert page.presenter.hint == "Open a project in the Project dock, or choose its folder here."
    page.presenter.go_on()
    assert not page.tasks.is_busy
    page.open_project = tmp_path / "open"
    page.look()
    assert looked == [
        RetrainTask(
            model=page.presenter.models[0].folder, project=tmp_path / "open", journals=tmp_path / "home" / "journals"
        )
    ]
    assert page.presenter.found is ENOUGH
    assert page.presenter.can_retrain
    page.presenter.go_on()
    assert len(looked) == 1, "once is enough"


def test_other_choices_are_looked_at_anew_and_remembered(looked: list[RetrainTask], tmp_path: Path) -> None:
    page = Page()
    page.open_project = tmp_path / "open"
    page.look()
    page.presenter.choose(source="folder")
    assert page.presenter.hint == "Choose the folder of exported masks."
    page.presenter.choose(corrected=tmp_path / "exports", verified=True, model=TUTORED)
    assert not page.presenter.can_retrain
    page.look()
    assert (looked[1].project, looked[1].corrected, looked[1].verified) == (None, (tmp_path / "exports",), True)
    assert looked[1].model == TUTORED
    assert RetrainChoices.load() == page.presenter.choices


def test_a_look_for_choices_of_before_does_not_count(looked: list[RetrainTask], tmp_path: Path) -> None:
    page = Page()
    page.open_project = tmp_path / "open"
    page.presenter.go_on()
    page.presenter.choose(project=tmp_path / "another")
    assert page.tasks.is_asked_to_stop
    page.tasks.go()
    assert not page.presenter.can_retrain
    page.look()
    assert [task.project for task in looked] == [tmp_path / "open", tmp_path / "another"]
    assert page.presenter.can_retrain


@pytest.mark.usefixtures("looked")
def test_a_job_begins_and_the_page_says_where_it_is_seen(tmp_path: Path, submitted: list[JobFolder]) -> None:
    page = Page()
    page.open_project = tmp_path / "open"
    page.look()
    page.presenter.retrain()
    page.tasks.go()
    (job,) = submitted
    assert job.spec().task == "retrain"
    assert RetrainTask.model_validate(job.spec().settings) == page.presenter.task
    assert page.started == [job.path]
    assert job.path.name in page.said[-1]
    assert "Jobs dock" in page.said[-1]
    assert not page.failed


def test_too_little_begins_nothing_and_says_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, submitted: list[JobFolder]
) -> None:
    monkeypatch.setattr(module, "look_at_corrected", lambda *_: VerifiedFound(images=1, learnt_fibres=2, share=0.01))
    page = Page()
    page.open_project = tmp_path / "open"
    page.look()
    assert "expected at least 4 and 1" in page.presenter.hint
    page.presenter.retrain()
    assert page.failed == [page.presenter.hint]
    assert not submitted


def test_what_cannot_be_read_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> VerifiedFound:
        raise InputError("got no project there, expected one.")

    monkeypatch.setattr(module, "look_at_corrected", fail)
    page = Page()
    page.open_project = tmp_path / "open"
    page.look()
    assert page.failed == ["got no project there, expected one."]
    page.presenter.go_on()
    assert not page.tasks.is_busy
    assert page.presenter.hint == "Press Look again to see what is verified."
    page.presenter.look_again()
    assert page.tasks.is_busy


@pytest.mark.usefixtures("looked")
def test_coming_back_to_the_page_looks_at_everything_again(tmp_path: Path) -> None:
    page = Page()
    page.open_project = tmp_path / "open"
    page.look()
    page.presenter.refresh()
    assert not page.presenter.can_retrain
    page.look()
    assert page.presenter.can_retrain


def finished_job(name: str, model: Path = TUTORED, inner: str = "") -> JobFolder:
    """Put a model where a finished job leaves it."""
    folder = JobStore().new_job(JobSpec.of("retrain", {"model": str(model)}), JobStore().root / name)
    shutil.copytree(model, folder.result / inner)
    return folder


def test_only_models_that_can_learn_are_offered_and_that_of_the_bootstrap_first(tmp_path: Path) -> None:
    page = Page()
    assert {model.folder.name for model in page.presenter.models} == {"segmenter", "tutored"}
    job = finished_job("mine")
    page.presenter.refresh()
    assert page.presenter.model is not None
    assert page.presenter.model.folder == job.result, "samples come last"
    BootstrapChoices(model=TUTORED).save()
    assert page.presenter.model.folder == TUTORED
    page.presenter.choose(model=job.result)
    assert page.presenter.model.folder == job.result


def test_results_of_jobs_can_be_chosen_for_masks(tmp_path: Path) -> None:
    bootstrap = BootstrapPresenter(LateTasks(), None, list, lambda: Preferences.of({}))  # type: ignore[arg-type]
    first, second = finished_job("first"), finished_job("second", inner="model")
    unfinished = JobStore().new_job(JobSpec.of("retrain", {}), JobStore().root / "third")
    shutil.copytree(TUTORED, unfinished.checkpoints / "model")
    bootstrap.look_at_models()
    titles = {model.folder: model.title for model in bootstrap.shelf.models if not model.is_sample}
    assert titles == {first.result: "tutored-cpu (first)", second.result / "model": "tutored-cpu (second)"}
    bootstrap.choose(model=first.result)
    shutil.rmtree(first.path)
    bootstrap.look_at_models()
    assert bootstrap.choices.model is None
