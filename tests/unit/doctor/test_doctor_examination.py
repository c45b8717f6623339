"""The examination of this computer, and what is made of it."""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from labelbridge.doctor import Finding, as_json, as_table, examination, examine, is_ready, torch_probe
from labelbridge.doctor.driver import DriverFacts, look_at_driver
from labelbridge.doctor.packages import look_at_packages, package_findings
from labelbridge.doctor.processor import ProcessorFacts
from labelbridge.doctor.torch_probe import TorchFacts, look_at_torch

FINDINGS = [Finding("python", "3.12.1"), Finding("graphics card", "none", "note", "Get one.")]


@pytest.fixture
def _quick_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch takes seconds to import."""
    facts = ProcessorFacts(TorchFacts(version="2.8.0", threads=2), DriverFacts())
    monkeypatch.setattr(examination, "look_at_processor", lambda: facts)


@pytest.mark.usefixtures("_quick_processor")
def test_everything_is_looked_at() -> None:
    names = [finding.name for finding in examine()]
    for name in ("labelbridge", "python", "system", "torch", "graphics card", "would be used", "nnunetv2", "packages"):
        assert name in names
    for name in ("Qt binding", "memory", "cores", "models", "temporary data", "current folder"):
        assert names.count(name) == 1


@pytest.mark.usefixtures("_quick_processor")
def test_a_look_that_fails_becomes_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the bus is\non fire")

    for name in ("look_at_computer", "look_at_packages", "look_at_memory", "look_at_folder"):
        monkeypatch.setattr(examination, name, fail)
    findings = examine()
    failed = [finding for finding in findings if "RuntimeError: the bus is)" in finding.value]
    assert [finding.name for finding in failed] == [
        "computer",
        "packages",
        "memory",
        "models",
        "temporary data",
        "current folder",
    ]
    assert {finding.status for finding in failed} == {"note"}
    assert len(findings) == len(failed) + 3


def test_the_table_is_aligned() -> None:
    assert as_table(FINDINGS).splitlines() == [
        "ok       python         3.12.1",
        "note     graphics card  none",
        "                        -> Get one.",
    ]


@pytest.mark.parametrize(("status", "ready"), [("ok", True), ("note", True), ("problem", False)])
def test_only_problems_stop(status: str, ready: bool) -> None:
    assert is_ready([*FINDINGS, Finding("torch", "broken", status)]) == ready  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("home", "user", "value", "expected"),
    [
        ("/people/ann", "ann", "/people/ann/models, 3 GB free", "~/models, 3 GB free"),
        ("/people/ann", "ann", "/people/anna/x and /people/ann", "/people/anna/x and ~"),
        ("/people/ann", "ann", "/data/ann/models, 3 GB free; channel", "/data/USER/models, 3 GB free; channel"),
        (r"C:\Users\ann", "ann", r"C:\Users\ann\AppData, 3 GB", r"~\AppData, 3 GB"),
        (r"C:\Users\ann", "ann", r"D:\ann", r"D:\USER"),
        ("/", "", "/data/models", "/data/models"),
    ],
)
def test_json_names_no_user(home: str, user: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr("getpass.getuser", lambda: user)
    content = json.loads(as_json([Finding("models", value, "problem", f"Empty {value}")]))
    assert content["ready"] is False
    assert content["findings"] == [
        {"name": "models", "value": expected, "status": "problem", "remedy": f"Empty {expected}"}
    ]


def test_this_torch_answers_from_another_process() -> None:
    facts = look_at_torch()
    assert (facts.version or "").startswith(metadata.version("torch"))
    assert facts.device in ("cpu", "cuda", "mps")
    assert (facts.threads or 0) >= 1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("print('no JSON')", "ended with 0: it said nothing"),
        ("import sys; sys.exit('cannot load c10')", "ended with 1: cannot load c10"),
        ("import time; time.sleep(60)", "did not answer"),
    ],
)
def test_a_torch_that_takes_its_process_along(code: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = subprocess.run

    def run(command: list[str], **options: object) -> object:
        assert command[0] == sys.executable
        return real([sys.executable, "-c", code], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(torch_probe, "_TIMEOUT_S", 2.0)
    monkeypatch.setattr(subprocess, "run", run)
    assert words in (look_at_torch().error or "")


def test_nvidia_smi_that_is_missing_fails_or_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert look_at_driver() == DriverFacts()
    monkeypatch.setattr("shutil.which", lambda name: name)
    assert look_at_driver().error is not None
    for error, words in (
        (subprocess.CalledProcessError(9, "nvidia-smi", output="has failed\nbecause"), "has failed"),
        (subprocess.TimeoutExpired("nvidia-smi", 20), "did not answer"),
    ):

        def run(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(subprocess, "run", run)
        assert words in (look_at_driver().error or "")


def test_the_packages_here_fit() -> None:
    facts = look_at_packages()
    assert facts.requirements
    assert all(finding.status != "problem" for finding in package_findings(facts))


def test_a_package_whose_record_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name == "numpy":
            raise metadata.PackageNotFoundError(name)
        return "0.0.1" if name == "typer" else real(name)

    monkeypatch.setattr(metadata, "version", version)
    unfit = {one.name: one.installed for one in look_at_packages().requirements or () if not one.fits}
    assert unfit == {"numpy": None, "typer": "0.0.1"}
