"""What a job says of why it failed: one sentence with what, why and what to change."""

import errno
import shutil
from collections.abc import Mapping
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from pydantic import ValidationError

from labelbridge.bootstrap.training import SegmenterTask
from labelbridge.core import Cancelled, InputError, LabelBridgeError, Reporter
from labelbridge.io import write_json
from labelbridge.io.atomic import saying_why
from labelbridge.jobs import JobFolder, JobSpec, run_job
from labelbridge.jobs.failures import explain

SAMPLES = Path(__file__).parents[3] / "sample_data"
JOB = Path("job")

CPU_MEMORY = (
    "[enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate "
    "9000000000000 bytes. Error code 12 (Cannot allocate memory)"
)
CUDA_MEMORY = (
    "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB of which 1.2 GiB is free."
)
WORKER = (
    "One or more background workers are no longer alive. Exiting. Please check the print statements above for the "
    "actual error message"
)


def system(number: int, file: str | None = None) -> OSError:
    return OSError(number, "what the system says", file) if file else OSError(number, "what the system says")


def chained(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "begin", "end"),
    [
        (MemoryError(), "The memory is not enough;", "smaller preset."),
        (RuntimeError(CPU_MEMORY), "The memory is not enough;", "smaller preset."),
        (RuntimeError(CUDA_MEMORY), "The memory is not enough;", "smaller preset."),
        (RuntimeError("CUDA error: out of memory\nCUDA kernel errors"), "The memory is not enough;", "preset."),
        (chained(RuntimeError("child"), MemoryError()), "The memory is not enough;", "preset."),
        (system(errno.ENOMEM), "The memory is not enough;", "preset."),
        (system(errno.ENOSPC, "disk/a.pt"), "disk: the disk is full", "free some space, then resume the job."),
        (system(errno.EDQUOT), "job: the disk is full or its quota used up;", "then resume the job."),
        (ValueError("I/O error: No space left on device (os error 28)"), "job: the disk is full", "resume the job."),
        (system(errno.EACCES, "a.png"), "a.png: permission is denied; allow it,", "resume the job."),
        (system(errno.EPERM, "a.png"), "a.png: permission is denied; allow it,", "resume the job."),
        (system(errno.EROFS, "a.pt"), "a.pt: the disk has become read-only;", "resume the job."),
        (system(errno.ENOENT, "a.png"), "a.png: it was there before and is gone; put it back,", "resume the job."),
        (system(errno.EIO), "A file: the disk does not answer properly;", "resume the job."),
        (system(errno.EMFILE), "A file: too many files are open;", "resume the job."),
        (system(9999, "a"), "a: what the system says; mend that,", "resume the job."),
        (InputError("a.png: got damage; export it anew."), "a.png: got damage;", "export it anew."),
        (LabelBridgeError("The training diverged; train slower."), "The training diverged;", "train slower."),
        (RuntimeError(WORKER), "A process that prepares images was ended,", "then resume the job."),
        (BrokenProcessPool("A process in the process pool was terminated abruptly"), "A process that", "the job."),
        (RuntimeError("CUDA error: device-side assert triggered\nmore"), "The graphics card failed (CUDA", "the job."),
        (ModuleNotFoundError("No module named 'timm'"), "A package is missing or does not fit (No module", "resume."),
        (ZeroDivisionError("by zero\nsecond line"), "This is a bug in LabelBridge or in what it is built on", "again."),
        (AssertionError(), "This is a bug in LabelBridge or in what it is built on (AssertionError);", "again."),
        (SystemExit(1), "This is a bug in LabelBridge or in what it is built on (SystemExit: 1);", "again."),
    ],
)
def test_each_failure_is_one_sentence(error: BaseException, begin: str, end: str) -> None:
    sentence = explain(error, JOB)
    assert sentence.startswith(begin)
    assert sentence.endswith(end)
    assert "\n" not in sentence
    assert sentence.count(". ") == 0 or "CUDA" in sentence, "one sentence"


def test_a_full_disk_behind_a_sentence_is_told_as_one_that_can_be_resumed(tmp_path: Path) -> None:
    file = tmp_path / "state.pt"
    with pytest.raises(InputError) as caught, saying_why(file):
        raise system(errno.ENOSPC, str(file))
    assert explain(caught.value, JOB) == (
        f"{tmp_path}: the disk is full or its quota used up; free some space, then resume the job."
    )


def test_settings_that_cannot_be_are_named() -> None:
    with pytest.raises(ValidationError) as caught:
        SegmenterTask.model_validate({"labeled": "tem", "preset": "huge"})
    sentence = explain(caught.value)
    assert sentence.startswith("got 'huge' for the setting preset: ")
    assert sentence.endswith("; begin a new job with another.")


def failing_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> JobFolder:
    def fail(settings: Mapping[str, object], checkpoints: Path, result: Path, reporter: Reporter) -> None:
        raise error

    monkeypatch.setattr("labelbridge.jobs.run.find_task", lambda name: fail)
    return JobFolder.prepare(tmp_path / "job", JobSpec.of("count", {}))


def test_a_keyboard_interrupt_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = failing_job(tmp_path, monkeypatch, KeyboardInterrupt())
    with pytest.raises(Cancelled):
        run_job(folder)
    assert folder.status().ending == "cancelled"
    assert folder.status().message == "The job was stopped; resume it to continue."


def test_a_task_that_wants_to_exit_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = failing_job(tmp_path, monkeypatch, SystemExit(0))
    with pytest.raises(SystemExit):
        run_job(folder)
    assert folder.status().ending == "failed"


@pytest.mark.parametrize("task", ["train-segmenter", "train-translator"])
def test_a_broken_image_in_the_middle_is_named(task: str, tmp_path: Path) -> None:
    labeled, unlabeled = tmp_path / "tem", tmp_path / "sem"
    shutil.copytree(SAMPLES / "tem_labeled", labeled)
    shutil.copytree(SAMPLES / "sem_unlabeled", unlabeled)
    broken = sorted((labeled if task == "train-segmenter" else unlabeled).glob("sub-*/micr/*.png"))[1]
    broken.write_bytes(broken.read_bytes()[:200])
    settings = {"labeled": labeled, "preset": "tiny", "device": "cpu"}
    if task == "train-translator":
        settings["unlabeled"] = unlabeled
    folder = JobFolder.prepare(tmp_path / "job", JobSpec.of(task, settings))
    with pytest.raises(InputError):
        run_job(folder)
    assert folder.status().ending == "failed"
    assert folder.status().message.startswith(f"{broken}: ")
    assert folder.status().message == explain(InputError(folder.status().message))


def test_a_folder_that_may_not_be_read_or_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "a.json"))

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(InputError) as caught:
        write_json(tmp_path / "a.json", {}, overwrite=False)
    assert explain(caught.value).endswith("permission is denied; choose a folder that you may write to.")
