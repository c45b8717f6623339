"""Jobs on a cluster: what SLURM is told, what it says, and what readers make of that."""

import os
import time
from pathlib import Path

import pytest
from slurm_for_tests import FakeSlurm

from labelbridge.core import InputError
from labelbridge.jobs import (
    JobFolder,
    JobPlace,
    JobProgress,
    JobSpec,
    JobState,
    JobStatus,
    LocalRunner,
    SlurmRunner,
    delete_job,
    resume_job,
    runner_named,
    runner_of,
    stop_job,
)
from labelbridge.jobs.runners import slurm as slurm_runner
from labelbridge.jobs.slurm import commands
from labelbridge.jobs.slurm.settings import SlurmSettings

LONG_AGO_S = 3600.0
INVALID = "slurm_load_jobs error: Invalid job id specified\n"
NO_CONTROLLER = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n"


@pytest.fixture
def job(tmp_path: Path) -> JobFolder:
    """A prepared job."""
    return JobFolder.prepare(tmp_path / "job", JobSpec.of("count", {"to": 3}))


@pytest.fixture
def submitted(job: JobFolder, slurm: FakeSlurm) -> JobFolder:
    """A job that SLURM has, and that has been silent for long."""
    SlurmRunner(SlurmSettings(partition="gpu")).submit(job)
    be_silent(job)
    return job


def be_silent(folder: JobFolder, state: JobState = "queued") -> None:
    """Let the last that the folder says be long ago, from a process on another computer where it ran."""
    ran = {} if state == "queued" else {"pid": 1, "host": "node7", "process_start_s": 1.0}
    progress = JobProgress(done=1, total=2, stage="counting")
    folder.write_status(JobStatus(state=state, heartbeat_s=time.time() - LONG_AGO_S, progress=progress, **ran))


def row(folder: JobFolder, state: str, reason: str = "None", node: str = "") -> str:
    place = folder.place()
    assert place is not None
    return f"{place.ticket}|{state}|{reason}|{node}\n"


def test_submit_hands_over_and_notes_where(job: JobFolder, slurm: FakeSlurm) -> None:
    SlurmRunner(SlurmSettings(partition="gpu", gpus=1)).submit(job)
    place = job.place()
    assert place is not None
    assert (place.runner, place.id, place.cluster) == ("slurm", "12", "here")
    assert slurm.calls("sbatch") == [f"--parsable {job.script_file.resolve()}"]
    script = job.script_file.read_text(encoding="utf-8")
    assert {f"#SBATCH --job-name={place.ticket}", "#SBATCH --partition=gpu"} <= set(script.splitlines())
    assert script.endswith(f"-P -m labelbridge.jobs.entry {job.path.resolve()}\n")
    assert job.status().state == "queued"
    assert slurm.calls("squeue") == [], "a job that was just handed over is not asked about"


def test_a_refusal_is_a_sentence_and_the_job_failed(job: JobFolder, slurm: FakeSlurm) -> None:
    said = "sbatch: error: invalid partition specified: nope\n"
    said += "sbatch: error: Batch job submission failed: Invalid partition name specified\n"
    slurm.says("sbatch", error=said, code=1)
    with pytest.raises(InputError, match="SLURM refuses this job") as caught:
        SlurmRunner(SlurmSettings(partition="nope")).submit(job)
    why = "(invalid partition specified: nope; Batch job submission failed: Invalid partition name specified)"
    assert why in str(caught.value)
    assert job.status().ending == "failed"
    assert why in job.status().message

    slurm.says("sbatch", "13;here\n")
    resume_job(job, SlurmRunner(SlurmSettings(partition="gpu")))
    place = job.place()
    assert place is not None
    assert (place.id, place.settings["partition"]) == ("13", "gpu")


def test_a_job_that_asks_for_too_little_is_not_handed_over(tmp_path: Path, slurm: FakeSlurm) -> None:
    job = JobFolder.prepare(tmp_path / "job", JobSpec.of("count", {"devices": 2, "device": "cuda"}))
    with pytest.raises(InputError, match="gpus = 1"):
        SlurmRunner(SlurmSettings(gpus=1)).submit(job)
    assert job.status().ending == "failed"
    assert slurm.calls("sbatch") == []


def test_without_slurm_there_is_a_sentence(job: JobFolder, slurm: FakeSlurm) -> None:
    slurm.vanish()
    with pytest.raises(InputError, match="got no `sbatch` on this computer"):
        runner_named("slurm")
    with pytest.raises(InputError, match="got no `sbatch` on this computer"):
        SlurmRunner().submit(job)
    assert job.status().ending == "failed"


@pytest.mark.parametrize(
    ("state", "reason", "expected", "words"),
    [
        ("PENDING", "Priority", ("queued", None), "Waits in SLURM's queue as job 12 (Priority)."),
        ("PENDING", "None", ("queued", None), "Waits in SLURM's queue as job 12."),
        ("REQUEUED", "None", ("queued", None), "Waits"),
        ("RUNNING", "None", ("running", None), ""),
        ("COMPLETING", "None", ("running", None), ""),
        ("SUSPENDED", "None", ("running", None), ""),
        ("CANCELLED", "None", ("ended", "cancelled"), "cancelled in SLURM; resume it"),
        ("TIMEOUT", "TimeLimit", ("ended", "lost"), "time on the cluster was over; resume it"),
        ("OUT_OF_MEMORY", "None", ("ended", "lost"), "raise memory_gb"),
        ("NODE_FAIL", "None", ("ended", "lost"), "computer failed; resume"),
        ("PREEMPTED", "None", ("ended", "lost"), "make room"),
        ("FAILED", "NonZeroExitCode", ("ended", "lost"), "SLURM has ended it (FAILED)"),
        ("COMPLETED", "None", ("ended", "lost"), "(COMPLETED)"),
        ("A_NEW_STATE", "None", ("ended", "lost"), "(A_NEW_STATE)"),
    ],
)
def test_of_a_silent_job_the_schedulers_word_counts(
    submitted: JobFolder, slurm: FakeSlurm, state: str, reason: str, expected: tuple[str, str | None], words: str
) -> None:
    be_silent(submitted, "running")
    slurm.says("squeue", row(submitted, state, reason))
    status = submitted.status()
    assert (status.state, status.ending) == expected
    assert words in status.message
    assert status.progress is not None
    assert slurm.calls("squeue") == ["--jobs=12 --states=all --noheader --format=%j|%T|%r|%N"]
    assert SlurmRunner().is_alive(submitted) is (status.state != "ended")


def test_a_job_that_slurm_has_begun_but_python_has_not(submitted: JobFolder, slurm: FakeSlurm) -> None:
    slurm.says("squeue", row(submitted, "RUNNING", node="node7"))
    assert (submitted.status().state, submitted.status().message) == ("queued", "SLURM runs it as job 12 on node7.")


@pytest.mark.parametrize("state", ["queued", "running"])
@pytest.mark.parametrize(
    "said",
    [
        NO_CONTROLLER,
        "squeue: error: resolve_ctls_from_dns_srv: res_nsearch error: Unknown host\n"
        "squeue: fatal: Could not establish a configuration source\n",
        "squeue: error: something new\n",
    ],
)
def test_a_job_that_cannot_be_asked_about_is_never_lost(
    submitted: JobFolder, slurm: FakeSlurm, said: str, state: JobState
) -> None:
    be_silent(submitted, state)
    slurm.says("squeue", error=said, code=1)
    status = submitted.status()
    assert status.state == state
    assert status.message.startswith("Nobody knows how it is: ")
    assert not SlurmRunner().is_alive(submitted)
    slurm.vanish()
    assert "got no `squeue` on this computer" in submitted.status().message
    assert submitted.status().state == state


def test_a_controller_that_hangs_is_not_waited_for(
    submitted: JobFolder, slurm: FakeSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_TIMEOUT_S", 0.3)
    slurm.says("squeue", before="exec /bin/sleep 30")
    began = time.monotonic()
    assert submitted.status().state == "queued"
    assert submitted.status().message.startswith("Nobody knows how it is: SLURM did not answer")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("accounts", "words"),
    [
        ("{ticket}|TIMEOUT\n", "time on the cluster was over"),
        ("{ticket}|NODE_FAIL\n{ticket}|OUT_OF_MEMORY\n", "raise memory_gb"),
        ("somebody-elses|TIMEOUT\n", "SLURM has ended it and"),
        ("{ticket}|RUNNING\n", "SLURM has ended it and"),
        ("", "SLURM has ended it and"),
    ],
)
def test_what_squeue_has_forgotten_sacct_may_know(
    submitted: JobFolder, slurm: FakeSlurm, accounts: str, words: str
) -> None:
    place = submitted.place()
    assert place is not None
    slurm.says("squeue", error=INVALID, code=1)
    slurm.says("sacct", accounts.format(ticket=place.ticket))
    assert submitted.status().ending == "lost"
    assert words in submitted.status().message


def test_accounts_know_who_cancelled(submitted: JobFolder, slurm: FakeSlurm) -> None:
    place = submitted.place()
    assert place is not None
    slurm.says("squeue", error=INVALID, code=1)
    slurm.says("sacct", f"{place.ticket}|CANCELLED by 1000\n")
    assert submitted.status().ending == "cancelled"


def test_where_no_accounts_are_kept_a_forgotten_job_is_lost(submitted: JobFolder, slurm: FakeSlurm) -> None:
    slurm.says("squeue", error=INVALID, code=1)
    assert submitted.status().ending == "lost"


def test_another_job_of_the_same_number_is_not_ours(submitted: JobFolder, slurm: FakeSlurm) -> None:
    slurm.says("squeue", "labelbridge-another|RUNNING|None|node1\n")
    assert submitted.status().ending == "lost"


def test_another_cluster_does_not_know(submitted: JobFolder, slurm: FakeSlurm) -> None:
    slurm.says("scontrol", "ClusterName             = there\n")
    slurm.says("squeue", error=INVALID, code=1)
    assert submitted.status().state == "queued"
    assert submitted.status().message == "Nobody knows how it is: it is on the cluster here; look there."


def test_a_job_whose_heart_beats_is_not_asked_about(submitted: JobFolder, slurm: FakeSlurm) -> None:
    submitted.write_status(JobStatus(state="running", pid=1, host="node7", process_start_s=1.0))
    assert submitted.status().state == "running"
    submitted.write_status(JobStatus().ended("failed", "as jobs do"))
    assert submitted.status().message == "as jobs do"
    assert slurm.calls("squeue") == []


def test_lists_that_are_read_again_and_again_ask_once(submitted: JobFolder, slurm: FakeSlurm) -> None:
    slurm.says("squeue", row(submitted, "PENDING"))
    assert [submitted.status().state for _ in range(5)] == ["queued"] * 5
    assert len(slurm.calls("squeue")) == 1


def test_a_job_that_has_ended_while_we_asked_is_not_lost(submitted: JobFolder, slurm: FakeSlurm) -> None:
    """A shared disk may tell of the end later than SLURM does."""
    ended = JobStatus().ended("cancelled", "saved").model_dump_json()
    news = f"printf %s '{ended}' > '{submitted.status_file}'"
    slurm.says("squeue", row(submitted, "COMPLETED"), before=news)
    assert (submitted.status().ending, submitted.status().message) == ("cancelled", "saved")


def test_resume_goes_where_the_job_was_unless_told(submitted: JobFolder, slurm: FakeSlurm) -> None:
    first = submitted.place()
    slurm.says("squeue", row(submitted, "NODE_FAIL"))
    slurm.says("sbatch", "13\n")
    resume_job(submitted)
    second = submitted.place()
    assert first is not None
    assert second is not None
    assert (second.id, second.settings) == ("13", first.settings)
    assert second.ticket != first.ticket

    be_silent(submitted)
    slurm.says("squeue", row(submitted, "NODE_FAIL"))
    started: list[Path] = []

    class Place(LocalRunner):
        def submit(self, folder: JobFolder) -> None:
            started.append(folder.path)

    resume_job(submitted, Place())
    assert started == [submitted.path]
    assert submitted.place() is None
    assert isinstance(runner_of(submitted), LocalRunner)


def test_what_waits_in_the_queue_is_not_begun_elsewhere(submitted: JobFolder, slurm: FakeSlurm) -> None:
    slurm.says("squeue", row(submitted, "PENDING"))
    with pytest.raises(InputError, match="stop it first"):
        resume_job(submitted, LocalRunner())
    with pytest.raises(InputError, match="waits in the queue of a cluster; stop it first"):
        JobFolder.prepare(submitted.path, submitted.spec(), resume=True)
    with pytest.raises(InputError, match="is queued; stop it first"):
        delete_job(submitted)


def test_stopping_a_job_that_waits_takes_it_out_of_the_queue(submitted: JobFolder, slurm: FakeSlurm) -> None:
    gone = slurm.folder / "squeue.out"
    gone.write_text(row(submitted, "PENDING"), encoding="utf-8")
    slurm.says("squeue", before=f"while read -r line; do echo \"$line\"; done < '{gone}'")
    slurm.says("scancel", before=f"echo '{row(submitted, 'CANCELLED').strip()}' > '{gone}'")
    stop_job(submitted)
    assert slurm.calls("scancel") == ["12"]
    assert submitted.status().ending == "cancelled"
    assert submitted.status().message == "The job was taken out of SLURM's queue; resume it to continue."
    SlurmRunner().end(submitted)
    assert slurm.calls("scancel") == ["12"], "what has ended is not ended again"
    delete_job(submitted)
    assert not submitted.path.exists()


def test_stopping_works_through_the_folder_where_slurm_cannot_be_reached(
    submitted: JobFolder, slurm: FakeSlurm
) -> None:
    slurm.vanish()
    stop_job(submitted)
    assert submitted.stop_file.exists()


def test_end_says_where_slurm_does_not(submitted: JobFolder, slurm: FakeSlurm, monkeypatch: pytest.MonkeyPatch) -> None:
    be_silent(submitted, "running")
    monkeypatch.setattr(slurm_runner, "_END_WITHIN_S", 0.0)
    slurm.says("squeue", row(submitted, "COMPLETING"))
    with pytest.raises(InputError, match=r"SLURM has not ended this job yet \(job 12\)"):
        SlurmRunner().end(submitted)
    slurm.says("scancel", error="scancel: error: Kill job error on job id 12: Access/permission denied\n", code=1)
    with pytest.raises(InputError, match="cannot be ended: Kill job error on job id 12: Access/permission denied"):
        SlurmRunner().end(submitted)


@pytest.mark.parametrize("name", ["moon", "local:file", "slurm:", "", "SLURM"])
def test_places_that_there_are_not(name: str) -> None:
    with pytest.raises(InputError, match="expected local, slurm or slurm:FILE"):
        runner_named(name)


def test_a_place_is_named_with_its_settings(tmp_path: Path, slurm: FakeSlurm, job: JobFolder) -> None:
    (tmp_path / "cluster.toml").write_text("partition = 'gpu'", encoding="utf-8")
    assert isinstance(runner_named("local"), LocalRunner)
    runner_named(f"slurm:{tmp_path / 'cluster.toml'}").submit(job)
    place = job.place()
    assert place is not None
    assert place.settings == {"partition": "gpu"}


def test_places_of_a_later_labelbridge_are_not_taken_for_lost(job: JobFolder) -> None:
    job.write_place(JobPlace(runner="moon", ticket="x", id="1"))
    be_silent(job, "running")
    assert job.status().state == "running"
    assert "update it" in job.status().message
    with pytest.raises(InputError, match="update labelbridge"):
        runner_of(job)
    job.write_place(JobPlace(runner="slurm", ticket="x", id="1", settings={"nodes": 3}))
    with pytest.raises(InputError, match=r"place\.json: got settings that cannot be used"):
        runner_of(job)


def test_the_files_of_a_cluster_are_the_jobs_own(submitted: JobFolder, slurm: FakeSlurm) -> None:
    submitted.write_status(JobStatus().ended("cancelled"))
    assert {submitted.place_file.name, submitted.script_file.name} <= set(os.listdir(submitted.path))
    slurm.says("squeue", row(submitted, "COMPLETED"))
    delete_job(submitted)
    assert not submitted.path.exists()
