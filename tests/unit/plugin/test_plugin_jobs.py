"""What the Jobs dock knows and does, without a window."""

import os
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from falsetasks import LateTasks

from labelbridge.core import TranslatorCard
from labelbridge.io.modelfolder import CARD
from labelbridge.jobs import (
    RUNNERS,
    JobFolder,
    JobInfo,
    JobReporter,
    JobSpec,
    JobStatus,
    JobStore,
    LocalRunner,
    checkpoints_of,
)
from labelbridge.plugin.presenters.jobs import JobsPresenter
from labelbridge.plugin.presenters.jobsactions import JobActions, Question


def finish(tasks: LateTasks) -> None:
    """Do what waits, and what that begins."""
    while tasks.is_busy:
        tasks.go()


class Place(LocalRunner):
    """Only notes what it is asked."""

    submitted: list[Path]
    ended: list[Path]

    def submit(self, folder: JobFolder) -> None:
        self.submitted.append(folder.path)

    def end(self, folder: JobFolder) -> None:
        self.ended.append(folder.path)


class Dock:
    """The presenters of a dock, and what they have told."""

    def __init__(self, store: JobStore) -> None:
        self.looking, self.acting = LateTasks(), LateTasks()
        self.jobs = JobsPresenter(self.looking, store)
        self.actions = JobActions(self.acting, self.jobs, store)
        self.told: list[tuple[str, Any]] = []
        for name in ("rows_changed", "row_changed", "selected_changed", "details_changed", "picture_changed"):
            getattr(self.jobs, name).connect(self._note(name))
        self.said: list[str] = []
        self.questions: list[Question] = []
        self.actions.said.connect(self.said.append)
        self.actions.failed.connect(lambda failure: self.said.append(failure.sentence))
        self.actions.asked.connect(self.questions.append)

    def look(self) -> list[str]:
        """Look, and return what was told."""
        self.told.clear()
        self.jobs.look()
        finish(self.looking)
        return [name for name, _ in self.told]

    def act(self, action: Callable[[], object]) -> str:
        """Do something to the selected job and return the sentence about it."""
        self.said.clear()
        action()
        finish(self.acting)
        finish(self.looking)
        return "; ".join(self.said)

    def _note(self, name: str) -> Callable[..., None]:
        return lambda *values: self.told.append((name, values))


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> type[Place]:
    monkeypatch.setattr(Place, "submitted", [], raising=False)
    monkeypatch.setattr(Place, "ended", [], raising=False)
    monkeypatch.setitem(RUNNERS, "local", Place)
    return Place


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(tmp_path / "jobs")


@pytest.fixture
def dock(store: JobStore) -> Dock:
    return Dock(store)


def new_job(store: JobStore, status: JobStatus | None = None, **settings: object) -> JobFolder:
    folder = store.new_job(JobSpec.of("count", {"to": 3, **settings}))
    if status is not None:
        folder.write_status(status)
    return folder


def selected(dock: Dock) -> JobInfo:
    assert dock.jobs.selected is not None
    return dock.jobs.selected


def can_be_done(dock: Dock) -> list[str]:
    return [name for name in ("stop", "end", "resume", "delete") if getattr(dock.actions, f"can_{name}")]


def test_nothing_is_told_where_nothing_has_changed(dock: Dock, store: JobStore) -> None:
    assert dock.look() == []
    assert dock.jobs.has_looked
    new_job(store, JobStatus().ended("cancelled"))
    assert {"rows_changed", "selected_changed", "details_changed"} == set(dock.look())
    assert dock.look() == []


def test_the_newest_is_selected_first_and_the_selection_stays(dock: Dock, store: JobStore) -> None:
    first = new_job(store, JobStatus().ended("cancelled"))
    dock.look()
    assert selected(dock).name == first.path.name
    second = new_job(store, JobStatus().ended("cancelled"))
    assert dock.look() == ["rows_changed"]
    assert [info.name for info in dock.jobs.rows] == [second.path.name, first.path.name]
    assert selected(dock).name == first.path.name
    first.write_status(JobStatus().ended("failed", "no luck"))
    assert set(dock.look()) == {"row_changed", "selected_changed"}
    assert selected(dock).status.message == "no luck"


def test_a_job_that_somebody_awaits_is_selected_as_soon_as_it_is_there(dock: Dock, store: JobStore) -> None:
    first = new_job(store, JobStatus().ended("cancelled"))
    dock.look()
    dock.jobs.await_job(store.root / "later")
    finish(dock.looking)
    assert selected(dock).name == first.path.name
    later = store.new_job(JobSpec.of("count", {}), store.root / "later")
    dock.look()
    assert selected(dock).name == later.path.name
    dock.jobs.select(first.path)
    dock.look()
    assert selected(dock).name == first.path.name, "once"


def test_curves_pictures_and_log_of_the_selected_job_grow(dock: Dock, store: JobStore) -> None:
    job = new_job(store, JobStatus.running_here())
    reporter = JobReporter(job)
    reporter.metrics(1, loss=0.5)
    dock.look()
    assert dock.jobs.details.curves["loss"][1].tolist() == [0.5]
    before = dock.jobs.details
    reporter.metrics(2, loss=0.25)
    reporter.preview("styled", np.full((4, 6), 0.2, np.float32))
    job.log_file.write_text("said\n", encoding="utf-8")
    assert "details_changed" in dock.look()
    details = dock.jobs.details
    assert details.curves["loss"][1].tolist() == [0.5, 0.25]
    assert details.log == "said\n"
    assert details.checkpoints is before.checkpoints
    (preview,) = details.previews
    dock.jobs.show_preview(preview.file)
    finish(dock.looking)
    assert dock.jobs.picture is not None
    assert dock.jobs.picture[1].tolist() == np.full((4, 6), 51).tolist()
    preview.file.unlink()
    dock.look()
    assert dock.jobs.details.previews == ()


def test_a_preview_that_is_gone_is_not_asked_for_again_and_again(dock: Dock, store: JobStore) -> None:
    new_job(store, JobStatus().ended("cancelled"))
    dock.look()
    dock.jobs.show_preview(store.root / "gone.png")
    finish(dock.looking)
    assert dock.jobs.picture is None
    assert not dock.looking.is_busy


def test_what_arrives_late_of_another_job_is_dropped(dock: Dock, store: JobStore) -> None:
    old, new = (new_job(store, JobStatus().ended("cancelled")) for _ in range(2))
    JobReporter(old).metrics(1, loss=1.0)
    JobReporter(new).metrics(1, score=1.0)
    dock.look()
    dock.jobs.look()
    dock.jobs.select(old.path)
    finish(dock.looking)
    assert list(dock.jobs.details.curves) == ["loss"]


def test_a_job_that_is_gone_is_not_selected_any_more(dock: Dock, store: JobStore) -> None:
    job = new_job(store, JobStatus().ended("cancelled"))
    JobReporter(job).metrics(1, loss=1.0)
    dock.look()
    job.path.rename(store.root / ".gone")
    dock.look()
    assert dock.jobs.selected is None
    assert dock.jobs.details.curves == {}
    assert can_be_done(dock) == []


def test_a_job_in_the_place_of_another_begins_anew(dock: Dock, store: JobStore, tmp_path: Path) -> None:
    place = tmp_path / "model"
    JobReporter(store.new_job(JobSpec.of("count", {}), place)).metrics(1, old=1.0)
    dock.look()
    place.rename(tmp_path / "away")
    JobReporter(store.new_job(JobSpec.of("count", {}), place)).metrics(1, new=1.0, newer=2.0)
    dock.look()
    assert set(dock.jobs.details.curves) == {"new", "newer"}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user reads everything")
def test_files_that_cannot_be_read_are_one_sentence(dock: Dock, store: JobStore) -> None:
    job = new_job(store, JobStatus().ended("cancelled"))
    job.events_file.write_text("{}\n", encoding="utf-8")
    job.events_file.chmod(0)
    dock.look()
    assert dock.jobs.details.problem == f"{job.events_file}: cannot be read: Permission denied."


@pytest.mark.parametrize(
    ("status", "can"),
    [
        (JobStatus.running_here(), "stop"),
        (JobStatus.running_here().model_copy(update={"state": "stopping"}), "end"),
        (JobStatus().ended("cancelled"), "resume delete"),
        (JobStatus().ended("failed", "no luck"), "resume delete"),
        (JobStatus().ended("finished"), "delete"),
    ],
)
def test_what_can_be_done_depends_on_where_a_job_is(dock: Dock, store: JobStore, status: JobStatus, can: str) -> None:
    new_job(store, status)
    dock.look()
    assert can_be_done(dock) == can.split()


def test_stop_asks_the_job_and_end_asks_the_user(dock: Dock, store: JobStore, place: type[Place]) -> None:
    job = new_job(store, JobStatus.running_here())
    dock.look()
    assert dock.act(dock.actions.stop) == f"'{job.path.name}' stops as soon as its work is saved."
    assert job.stop_file.exists()
    assert dock.act(dock.actions.end) == ""
    assert place.ended == []
    (question,) = dock.questions
    assert "What came after its last checkpoint is lost." in question.sentence
    dock.act(question.act)
    assert place.ended == [job.path]


def test_resume_hands_the_job_over(dock: Dock, store: JobStore, place: type[Place]) -> None:
    job = new_job(store, JobStatus().ended("failed", "no luck"))
    dock.look()
    assert "goes on from its last checkpoint" in dock.act(dock.actions.resume)
    assert place.submitted == [job.path]
    assert selected(dock).status.state == "queued"


@pytest.mark.parametrize(
    ("ending", "device", "can"),
    [("failed", "auto", True), ("failed", "cuda", True), ("failed", "cpu", False), ("lost", "auto", False)],
)
def test_a_job_that_failed_on_a_card_can_go_on_without(
    dock: Dock, store: JobStore, ending: str, device: str, *, can: bool
) -> None:
    job = new_job(store, JobStatus().ended(ending, "no luck"), device=device)
    dock.look()
    assert dock.actions.can_go_on_elsewhere is can
    dock.act(partial(dock.actions.resume, "cpu"))
    assert job.spec().settings["device"] == "cpu"


def test_a_task_that_is_told_no_device_has_no_other_place(dock: Dock, store: JobStore) -> None:
    new_job(store, JobStatus().ended("failed", "no luck"))
    dock.look()
    assert not dock.actions.can_go_on_elsewhere


def test_delete_says_what_goes_and_waits_for_consent(dock: Dock, store: JobStore, tmp_path: Path) -> None:
    job = store.new_job(JobSpec.of("count", {}), tmp_path / "model")
    job.write_status(JobStatus().ended("finished"))
    job.result.mkdir()
    (job.result / "weights").write_bytes(bytes(3_000_000))
    dock.look()
    dock.act(dock.actions.delete)
    (question,) = dock.questions
    assert question.sentence == (
        "Delete 'model' for good? 3.0 MB go with it: its settings, log and curves, its result, the trained model."
    )
    assert job.path.exists()
    assert dock.act(question.act) == "'model' is deleted."
    assert not job.path.exists()
    assert dock.jobs.rows == []
    assert store.jobs() == []


def test_delete_spares_files_of_others_and_says_so(dock: Dock, store: JobStore) -> None:
    job = new_job(store, JobStatus().ended("cancelled"))
    (job.path / "notes.txt").write_text("mine", encoding="utf-8")
    dock.look()
    dock.act(dock.actions.delete)
    assert "got notes.txt, which is not of this job" in dock.act(dock.questions[0].act)
    assert (job.path / "notes.txt").exists()


def test_a_report_is_saved(dock: Dock, store: JobStore, tmp_path: Path) -> None:
    new_job(store, JobStatus().ended("cancelled"))
    dock.look()
    file = tmp_path / "report.zip"
    assert str(file) in dock.act(lambda: dock.actions.save_report(file))
    assert zipfile.is_zipfile(file)


def test_another_model_becomes_the_result_after_consent(dock: Dock, store: JobStore) -> None:
    job = new_job(store, JobStatus().ended("cancelled"))
    folder = job.checkpoints / "candidate-00001200"
    folder.mkdir(parents=True)
    card = TranslatorCard(name="tiny", architecture={}, metrics={"step": 1200, "score": 0.5})
    (folder / CARD).write_text(card.model_dump_json(), encoding="utf-8")
    dock.look()
    (chosen,) = dock.jobs.details.checkpoints
    assert chosen == checkpoints_of(job)[0]
    dock.act(lambda: dock.actions.use(chosen))
    (question,) = dock.questions
    assert "counts as finished and cannot be resumed" in question.sentence
    assert "the model after 1,200 steps (score 0.500)" in question.sentence
    assert not job.result.exists()
    assert "is the model after 1,200 steps." in dock.act(question.act)
    assert dock.jobs.details.used_step == 1200
    assert selected(dock).status.ending == "finished"


def test_an_unreadable_job_can_only_be_looked_at(dock: Dock, store: JobStore) -> None:
    job = new_job(store)
    job.spec_file.write_text("{", encoding="utf-8")
    dock.look()
    assert selected(dock).problem
    assert can_be_done(dock) == []
