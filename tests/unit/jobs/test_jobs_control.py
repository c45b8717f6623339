from pathlib import Path

import pytest

from labelbridge.core import InputError
from labelbridge.jobs import JobFolder, JobSpec, JobStatus, delete_job, resume_job, stop_job


class Place:
    """A runner that only notes what it was asked."""

    def __init__(self, *, knows: bool = False) -> None:
        self.knows = knows
        self.submitted: list[JobFolder] = []

    def submit(self, folder: JobFolder) -> None:
        self.submitted.append(folder)

    def is_alive(self, folder: JobFolder) -> bool:
        return self.knows

    def end(self, folder: JobFolder) -> None:
        raise AssertionError


@pytest.fixture
def job(tmp_path: Path) -> JobFolder:
    """A job that was stopped."""
    folder = JobFolder.prepare(tmp_path / "job", JobSpec.of("count", {"to": 3}))
    folder.checkpoints.mkdir()
    (folder.checkpoints / "count.json").write_text("{}", encoding="utf-8")
    folder.write_status(JobStatus().ended("cancelled"))
    return folder


def test_delete_takes_the_whole_folder_and_nothing_else(job: JobFolder, tmp_path: Path) -> None:
    (tmp_path / "neighbour").mkdir()
    delete_job(job, Place())
    assert [path.name for path in tmp_path.iterdir()] == ["neighbour"]


def test_delete_keeps_a_result_unless_told(job: JobFolder) -> None:
    job.result.mkdir()
    (job.result / "model").write_text("weights", encoding="utf-8")
    with pytest.raises(InputError, match="has a result"):
        delete_job(job, Place())
    assert (job.result / "model").read_text(encoding="utf-8") == "weights"
    delete_job(job, Place(), with_result=True)
    assert not job.path.exists()


def test_delete_spares_what_runs(job: JobFolder) -> None:
    job.write_status(JobStatus.running_here())
    with pytest.raises(InputError, match="is running; stop it first"):
        delete_job(job, Place(), with_result=True)
    job.write_status(JobStatus().ended("cancelled"))
    with pytest.raises(InputError, match="still works on this job"):
        delete_job(job, Place(knows=True), with_result=True)
    assert (job.checkpoints / "count.json").is_file()


def test_delete_spares_folders_that_are_no_jobs_and_files_of_others(job: JobFolder, tmp_path: Path) -> None:
    other = tmp_path / "thesis"
    other.mkdir()
    with pytest.raises(InputError, match="expected the folder of a job"):
        delete_job(JobFolder(other), Place(), with_result=True)
    (job.path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"got notes\.txt, which is not of this job"):
        delete_job(job, Place(), with_result=True)
    assert (job.path / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert other.is_dir()


def test_delete_does_not_follow_links(job: JobFolder, tmp_path: Path) -> None:
    link = tmp_path / "link"
    try:
        link.symlink_to(job.path, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links for this user")
    with pytest.raises(InputError, match="got a link"):
        delete_job(JobFolder(link), Place())
    assert (job.checkpoints / "count.json").is_file()


def test_resume_hands_over_the_same_job_without_stop(job: JobFolder) -> None:
    job.ask_stop()
    before = job.spec()
    place = Place()
    resume_job(job, place)
    assert [folder.path for folder in place.submitted] == [job.path]
    assert job.spec() == before
    assert job.status().state == "queued"
    assert not job.stop_file.exists()


def test_resume_may_go_on_with_another_device(tmp_path: Path) -> None:
    job = JobFolder.prepare(tmp_path / "job", JobSpec.of("train-segmenter", {"labeled": "tem", "device": "cuda"}))
    job.write_status(job.status().ended("failed", "The memory is not enough."))
    resume_job(job, Place(), device="cpu")
    assert job.spec().settings == {"labeled": "tem", "device": "cpu"}
    job.write_status(job.status().ended("failed", "Something else."))
    resume_job(job, Place())
    assert job.spec().settings["device"] == "cpu"


def test_resume_refuses_what_runs_or_is_finished(job: JobFolder) -> None:
    with pytest.raises(InputError, match="still works on this job"):
        resume_job(job, Place(knows=True))
    job.result.mkdir()
    place = Place()
    with pytest.raises(InputError, match="finished"):
        resume_job(job, place)
    assert place.submitted == []


def test_stop_refuses_what_has_ended(job: JobFolder) -> None:
    with pytest.raises(InputError, match="does not run any more, it is cancelled"):
        stop_job(job)
    assert not job.stop_file.exists()
    job.write_status(JobStatus.running_here())
    stop_job(job)
    assert job.stop_file.exists()
