"""Jobs on a real SLURM: begun, followed, cancelled, queued again, killed, and finished as if nothing had been."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from labelbridge.cli.watching import watch
from labelbridge.core import Cancelled, InputError
from labelbridge.jobs import (
    JobFolder,
    JobSpec,
    JobStatus,
    JobStore,
    SlurmRunner,
    delete_job,
    resume_job,
    stop_job,
)
from labelbridge.jobs.slurm import words
from labelbridge.jobs.slurm.settings import SlurmSettings

pytestmark = [pytest.mark.full, pytest.mark.usefixtures("cluster")]

STARTER = Path(__file__).parents[2] / "unit" / "jobs" / "job_starter_for_tests.py"
STEP_S = 0.05


def runner(partition: str = "normal") -> SlurmRunner:
    return SlurmRunner(SlurmSettings(partition=partition, time="00:10:00"), entry=(str(STARTER),))


@pytest.fixture
def new_job(tmp_path: Path) -> Iterator[Callable[..., JobFolder]]:
    """Make jobs that count, in a folder with a difficult name, and leave none in the queue."""
    made: list[JobFolder] = []

    def make(to: int = 10_000, pause_s: float = STEP_S) -> JobFolder:
        spec = JobSpec.of("count", {"to": to, "pause_s": pause_s})
        made.append(JobStore(tmp_path / "my jobs 100%d").new_job(spec))
        return made[-1]

    yield make
    for folder in made:
        if (place := folder.place()) and place.id:
            subprocess.run(["scancel", place.id], check=False, capture_output=True)
    wait_for(lambda: not ask("squeue", "--noheader"))


def ask(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def number_of(folder: JobFolder) -> str:
    place = folder.place()
    assert place is not None
    assert place.id is not None
    return place.id


def steps_of(folder: JobFolder) -> list[int]:
    return [int(str(event["step"])) for event in folder.events() if event["event"] == "metrics"]


def wait_for_steps(folder: JobFolder, more: int = 5) -> None:
    target = len(steps_of(folder)) + more
    wait_for(lambda: len(steps_of(folder)) >= target)


def begin(folder: JobFolder) -> None:
    runner().submit(folder)
    wait_for_steps(folder)


def begin_again_now(folder: JobFolder) -> None:
    """SLURM lets what it has queued again wait for two minutes; a second is the least that it needs."""
    wait_for(lambda: "JobState=PENDING" in ask("scontrol", "show", "job", number_of(folder)))
    ask("scontrol", "update", f"JobId={number_of(folder)}", "StartTime=now+3")


def finish(folder: JobFolder) -> dict[str, list[int]]:
    """Let a job count no further than a little, and return what its result tells."""
    watch(folder)
    result: dict[str, list[int]] = json.loads((folder.result / "count.json").read_text(encoding="utf-8"))
    return result


def test_a_job_runs_and_is_followed_to_its_result(
    new_job: Callable[..., JobFolder], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = new_job(to=20)
    runner().submit(folder)
    assert finish(folder) == {"done": 20, "starts": [0]}
    assert "the result is in" in capsys.readouterr().err.replace("\n", " ")
    assert folder.status().ending == "finished"
    assert "starting at 0" in folder.log_file.read_text(encoding="utf-8")
    with pytest.raises(InputError, match="finished"):
        resume_job(folder)
    delete_job(folder, with_result=True)


def test_scancel_saves_the_work_and_resume_goes_on(new_job: Callable[..., JobFolder]) -> None:
    folder = new_job(to=80)
    begin(folder)
    ask("scancel", number_of(folder))
    with pytest.raises(Cancelled, match="stopped"):
        watch(folder)
    saved = json.loads((folder.checkpoints / "count.json").read_text(encoding="utf-8"))["done"]
    resume_job(folder, runner())
    assert finish(folder) == {"done": 80, "starts": [0, saved]}
    assert steps_of(folder) == list(range(1, 81)), "each step was done once"


def test_when_its_time_is_nearly_over_it_saves_queues_again_and_goes_on(new_job: Callable[..., JobFolder]) -> None:
    folder = new_job(to=80)
    begin(folder)
    ask("scancel", "--signal=USR1", "--batch", number_of(folder))  # as --signal=B:USR1@... lets SLURM do
    wait_for(lambda: folder.status().state == "queued")
    number = number_of(folder)
    begin_again_now(folder)
    assert len(finish(folder)["starts"]) == 2
    assert number_of(folder) == number
    assert steps_of(folder) == list(range(1, 81))


def test_it_makes_room_for_a_more_urgent_job_and_comes_back(new_job: Callable[..., JobFolder]) -> None:
    folder, urgent = new_job(to=100), new_job(to=10)
    begin(folder)
    runner("urgent").submit(urgent)
    wait_for(lambda: folder.status().state == "queued")
    with pytest.raises(InputError, match="stop it first"):
        resume_job(folder, runner())
    assert finish(urgent)["starts"] == [0]
    begin_again_now(folder)
    assert len(finish(folder)["starts"]) == 2
    assert steps_of(folder) == list(range(1, 101))


def test_a_killed_process_is_lost_once_slurm_says_so_and_only_then(
    new_job: Callable[..., JobFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = new_job(to=100)
    begin(folder)
    process = JobStatus.model_validate_json(folder.status_file.read_bytes()).process()
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    with suppress(psutil.Error):
        process.wait(10)
    killed_s = time.monotonic()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(words, "_heard", {})
        elsewhere.setenv("PATH", str(folder.path))
        wait_for(lambda: folder.status().message.startswith("Nobody knows how it is"))
        assert folder.status().state == "running"
    wait_for(lambda: folder.status().ending == "lost")
    assert time.monotonic() - killed_s < 30
    resume_job(folder, runner())
    assert len(finish(folder)["starts"]) == 2


def test_what_waits_is_told_why_and_leaves_the_queue(new_job: Callable[..., JobFolder]) -> None:
    first, second, third = new_job(), new_job(), new_job()
    begin(first)
    for waiting in (second, third):
        runner().submit(waiting)
    wait_for(lambda: "Waits in SLURM's queue as job" in second.status().message)
    stop_job(second)
    assert second.status().ending == "cancelled"
    assert "PENDING" not in ask("squeue", "--noheader", "--format=%T", f"--name={ticket_of(second)}")
    ask("scancel", number_of(third))
    wait_for(lambda: third.status().ending == "cancelled")
    assert "cancelled in SLURM" in third.status().message
    assert steps_of(second) == steps_of(third) == []
    began_s = time.monotonic()
    runner().end(first)
    assert first.status().ending == "cancelled"
    assert time.monotonic() - began_s < 40


def ticket_of(folder: JobFolder) -> str:
    place = folder.place()
    assert place is not None
    return place.ticket


def test_what_slurm_refuses_is_a_sentence(new_job: Callable[..., JobFolder]) -> None:
    folder = new_job()
    with pytest.raises(InputError, match="Invalid partition name specified"):
        runner("nowhere").submit(folder)
    assert folder.status().ending == "failed"
    with pytest.raises(InputError, match="generic resource"):
        resume_job(folder, SlurmRunner(SlurmSettings(gpus=1), entry=(str(STARTER),)))


def test_a_setup_that_fails_ends_as_lost_with_the_shells_words(new_job: Callable[..., JobFolder]) -> None:
    folder = new_job()
    SlurmRunner(SlurmSettings(setup=("echo no such module >&2; exit 1",))).submit(folder)
    wait_for(lambda: folder.status().ending == "lost")
    assert "SLURM has ended it (FAILED)" in folder.status().message
    assert "stdout.log" in folder.status().message
    assert "no such module" in folder.log_file.read_text(encoding="utf-8")


def test_every_command_of_the_page_works(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs" / "cluster.md").read_text(encoding="utf-8")
    commands = [line.partition("#")[0].split() for line in page.splitlines() if line.startswith("labelbridge ")]
    begin, chained, *others = [[word.replace("standard", "tiny") for word in command] for command in commands]
    assert (begin[1:3], chained[1:3]) == (["train", "segmenter"], ["train", "tutorship"])
    for ours, theirs in {"tem_labeled": "my_tem", "sem_unlabeled": "my_sem"}.items():
        shutil.copytree(repository / "sample_data" / ours, tmp_path / theirs)
    for file, time_limit in {"cluster.toml": "00:30:00", "longer.toml": "00:45:00"}.items():
        (tmp_path / file).write_text(f'partition = "normal"\ntime = "{time_limit}"\n', encoding="utf-8")
    assert {command[2] for command in others} == {"list", "show", "watch", "stop", "resume"}
    folder = JobFolder(tmp_path / "tem_model")
    others.sort(key=lambda command: command[2] == "watch")  # that one goes on until the end
    stop_chained = ["labelbridge", "jobs", "stop", "sem_masks"]
    for command in (chained, stop_chained, begin, *others):
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        if command[2] == "stop":
            stopped = JobFolder(tmp_path / command[3])
            wait_for(lambda stopped=stopped: stopped.status().state == "ended", 120)
    assert folder.status().ending == "finished"
    place = folder.place()
    assert place is not None
    assert place.settings["time"] == "00:45:00"
    assert any(folder.result.iterdir())
